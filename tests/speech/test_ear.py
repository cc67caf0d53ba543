"""What becomes of speech to which a recogniser says nothing; at virtual time, over the stand-in's sockets."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from rehearsal import virtual_time
from shared.adapters.transcribe import Transcribe
from shared.ports import Recognition, Unavailable
from shared.wire import mulaw
from tests.adapters.transcribe_server import CREDENTIALS, REGION, TranscribeServer, final, partial

SECOND = 1_000 * mulaw.BYTES_PER_MS
SPEECH = b"\x2a" * SECOND
PCM_BYTES = 2


def listening(work: Callable[[TranscribeServer, Recognition], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with TranscribeServer().running() as server:
            hearing = Transcribe(region=REGION, credentials=CREDENTIALS, endpoint=server.endpoint)
            async with hearing.listen(language="en-US") as stream:
                await (await server.connection()).hears(0)
                await work(server, stream)

    virtual_time.run(whole())


async def spoken(server: TranscribeServer, stream: Recognition) -> None:
    stream.send(SPEECH)
    await server.connections[-1].hears(SECOND * PCM_BYTES)


def test_c3_speech_without_an_answer_is_heard_again_over_another_connection() -> None:
    async def work(server: TranscribeServer, stream: Recognition) -> None:
        await spoken(server, stream)
        stream.flush()
        another = await server.connection(1)
        await another.hears(SECOND * PCM_BYTES)
        await another.say(final("r", "hello", 0, 900))
        assert (await anext(stream.results())).text == "hello"

    listening(work)


def test_a_vendor_that_answers_is_given_its_time() -> None:
    async def work(server: TranscribeServer, stream: Recognition) -> None:
        await spoken(server, stream)
        await server.connections[0].say(partial("r", "hel", 0, 400))
        assert (await anext(stream.results())).text == "hel"
        stream.flush()
        await asyncio.sleep(10)
        assert len(server.connections) == 1

    listening(work)


def test_an_answer_that_comes_in_time_is_enough() -> None:
    async def work(server: TranscribeServer, stream: Recognition) -> None:
        await spoken(server, stream)
        stream.flush()
        await asyncio.sleep(1.4)
        await server.connections[0].say(partial("r", "hel", 0, 400))
        await asyncio.sleep(10)
        assert len(server.connections) == 1

    listening(work)


def test_nothing_is_expected_of_silence_or_of_speech_that_goes_on() -> None:
    async def work(server: TranscribeServer, stream: Recognition) -> None:
        stream.send(mulaw.SILENCE * SECOND)
        stream.flush()
        await spoken(server, stream)
        await asyncio.sleep(10)
        assert len(server.connections) == 1

    listening(work)


def test_a_vendor_that_never_answers_is_given_up_in_the_end() -> None:
    async def work(server: TranscribeServer, stream: Recognition) -> None:
        await spoken(server, stream)
        stream.flush()
        with pytest.raises(Unavailable, match="no longer answers"):
            await anext(stream.results())
        assert len(server.connections) == 4

    listening(work)


async def test_a_vendor_whose_results_nobody_takes_has_to_wait() -> None:
    many, text = 4_000, "word " * 1_000
    async with TranscribeServer().running() as server:
        hearing = Transcribe(region=REGION, credentials=CREDENTIALS, endpoint=server.endpoint)
        async with asyncio.timeout(20), hearing.listen(language="en-US") as stream, asyncio.TaskGroup() as tasks:
            vendor = await server.connection()

            async def says_all() -> None:
                for number in range(many):
                    await vendor.say(final(f"r{number}", text, 0, 100))

            saying = tasks.create_task(says_all())
            await asyncio.wait([saying], timeout=1)
            assert not saying.done()
            heard = [(await anext(stream.results())).result_id for _ in range(many)]
    assert heard == [f"r{number}" for number in range(many)]
