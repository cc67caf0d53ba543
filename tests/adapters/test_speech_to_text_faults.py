"""Every recogniser on its bad days: nothing is lost that can be kept, what is lost is named, nothing hangs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from shared.ports import ProviderError, Recognition, Refused, Throttled, Transcript, Unavailable, Word
from shared.speech.ear import Patience
from tests.adapters.speech_to_text_vendors import REMOTE, Remote, running
from tests.fakes import PATIENCE_S

LOUD = bytes(160)
SILENT = b"\xff" * 160

pytestmark = pytest.mark.parametrize("name", REMOTE)


def _said(text: str) -> Transcript:
    return Transcript("r", text, True, 1, (Word(text, 0, 240, 0.9),))


@asynccontextmanager
async def _listening(name: str, **limits: object) -> AsyncIterator[tuple[Remote, Recognition]]:
    async with running(name, **limits) as vendor, vendor.speech_to_text.listen(language="en-US") as stream:
        yield vendor, stream


async def _next(stream: Recognition) -> Transcript:
    async with asyncio.timeout(PATIENCE_S), aclosing(stream.results()) as results:
        return await anext(results)


@pytest.mark.parametrize(("status", "error"), [(401, Refused), (403, Refused), (429, Throttled), (503, Unavailable)])
async def test_a_handshake_turned_away_is_named(name: str, status: int, error: type[ProviderError]) -> None:
    async with running(name, patience=Patience(attempts=2, backoff_s=0)) as vendor:
        vendor.turn_away(status, 2)
        async with vendor.speech_to_text.listen(language="en-US") as stream:
            with pytest.raises(error, match=str(status)):
                await _next(stream)


async def test_a_vendor_that_stumbles_once_is_asked_again(name: str) -> None:
    async with running(name, patience=Patience(attempts=2, backoff_s=0)) as vendor:
        vendor.turn_away(503, 1)
        async with vendor.speech_to_text.listen(language="en-US") as stream:
            await vendor.say(_said("yes"))
            assert (await _next(stream)).text == "yes"


async def test_a_broken_connection_is_replaced_and_the_sound_sent_again(name: str) -> None:
    async with _listening(name) as (vendor, stream):
        stream.send(LOUD * 20)
        await vendor.hears(3200)
        await vendor.reset(0)
        await vendor.say_on(1, _said("yes"))
        assert (await _next(stream)).text == "yes"


async def test_connections_that_break_without_a_word_are_given_up(name: str) -> None:
    async with _listening(name, patience=Patience(attempts=3, backoff_s=0)) as (vendor, stream):
        for number in range(3):
            await vendor.reset(number)
        with pytest.raises(Unavailable):
            await _next(stream)


async def test_nonsense_costs_the_connection_not_the_call(name: str) -> None:
    async with _listening(name) as (vendor, stream):
        await vendor.talk_nonsense(0)
        await vendor.say_on(1, _said("yes"))
        assert (await _next(stream)).text == "yes"


async def test_a_vendor_that_takes_speech_and_says_nothing_is_taken_for_dead(name: str) -> None:
    async with _listening(name, patience=Patience(attempts=1)) as (vendor, stream):
        stream.send(SILENT * 400)
        await vendor.hears(64_000)
        for _ in range(700):
            stream.send(LOUD)
        with pytest.raises(Unavailable, match="no longer answers"):
            await _next(stream)


async def test_a_vendor_that_never_answers_the_handshake_is_given_up(name: str) -> None:
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()[:2]
    limits: dict[str, object] = {
        "endpoint": f"ws://{host}:{port}",
        "patience": Patience(connect_s=0.05, attempts=2, backoff_s=0),
    }
    async with silent, _listening(name, **limits) as (_, stream):
        with pytest.raises(Unavailable, match="TimeoutError"):
            await _next(stream)


async def test_a_vendor_that_is_not_there_is_named(name: str) -> None:
    async with _listening(name, endpoint="ws://127.0.0.1:1", patience=Patience(attempts=2, backoff_s=0)) as (_, stream):
        with pytest.raises(Unavailable, match="could not be reached"):
            await _next(stream)


async def test_neither_log_nor_error_holds_a_secret_or_a_word(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with _listening(name, patience=Patience(attempts=2, backoff_s=0)) as (vendor, stream):
        await vendor.say(_said("tell-no-one"))
        await _next(stream)
        vendor.turn_away(401, 1)
        await vendor.reset(0)
        with pytest.raises(Refused) as caught:
            await _next(stream)

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared."))
    assert "recognition_lost" in ours
    said = f"{ours}\n{caught.value}"
    assert not any(secret in said for secret in ("X-Amz", "secret", "tell-no-one"))
