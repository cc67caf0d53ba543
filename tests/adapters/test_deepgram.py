"""What is Deepgram's own: what it is asked, and how its pieces become utterances."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.adapters.deepgram import MOST_KEYTERMS, Deepgram
from shared.current_call import CALL_SID
from shared.ports import Recognition, Transcript, Unavailable, Word
from shared.speech.ear import Patience
from tests.adapters.deepgram_server import KEY, Connection, results, server
from tests.adapters.socket_server import SocketServer
from tests.adapters.speech_to_text_vendors import EAGER
from tests.fakes import PATIENCE_S

LOUD = bytes(160)
SILENT = b"\xff" * 160


@pytest.fixture
async def deepgram() -> AsyncIterator[SocketServer[Connection]]:
    async with server().running() as running:
        yield running


@asynccontextmanager
async def _listening(
    server: SocketServer[Connection], language: str = "en-US", vocabulary: str | None = None, **values: Any
) -> AsyncIterator[Recognition]:
    adapter = Deepgram(api_key=KEY, endpoint=server.endpoint, **{"patience": EAGER, **values})
    async with adapter.listen(language=language, vocabulary=vocabulary) as stream:
        yield stream


async def _next(results: AsyncIterator[Transcript]) -> Transcript:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(results)


def _piece(text: str, *, final: bool, start_ms: int = 0) -> Transcript:
    each = enumerate(text.split())
    words = tuple(Word(word, start_ms + 100 * at, start_ms + 100 * at + 100, 0.9) for at, word in each)
    return Transcript("", text, final, 0, words)


async def test_what_is_asked_of_the_vendor(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram):
        query = (await deepgram.connection()).query

    assert query == {
        "model": ["nova-3"],
        "encoding": ["mulaw"],
        "sample_rate": ["8000"],
        "channels": ["1"],
        "interim_results": ["true"],
        "punctuate": ["true"],
        "numerals": ["true"],
        "endpointing": ["300"],
        "utterance_end_ms": ["1000"],
        "language": ["en-US"],
    }


async def test_a_call_is_named_so_that_it_is_found_at_deepgram(deepgram: SocketServer[Connection]) -> None:
    named = CALL_SID.set("CA" + "1" * 32)
    try:
        async with _listening(deepgram):
            query = (await deepgram.connection()).query
    finally:
        CALL_SID.reset(named)

    assert query["tag"] == ["CA" + "1" * 32]


@pytest.mark.parametrize(
    ("language", "mixed_with", "asked", "hints"),
    [
        ("hi-IN", ("en-IN",), "multi", ["hi", "en"]),
        ("en-IN", ("hi-IN",), "multi", ["en", "hi"]),
        ("hi-IN", (), "hi", None),
        ("en-IN", (), "en-IN", None),
    ],
)
async def test_s9_languages_that_callers_mix_are_heard_by_the_model_for_many(
    deepgram: SocketServer[Connection], language: str, mixed_with: tuple[str, ...], asked: str, hints: list[str] | None
) -> None:
    async with Deepgram(api_key=KEY, endpoint=deepgram.endpoint).listen(language=language, mixed_with=mixed_with):
        query = (await deepgram.connection()).query

    assert query["language"] == [asked]
    assert query.get("language_hint") == hints


async def test_no_more_keyterms_are_sent_than_deepgram_takes(
    deepgram: SocketServer[Connection], caplog: pytest.LogCaptureFixture
) -> None:
    terms = [f"t{number}" for number in range(150)]
    async with _listening(deepgram, vocabulary="clinic", vocabularies={"clinic": terms, "long": ["x" * 600] * 3}):
        query = (await deepgram.connection()).query

    assert query["keyterm"] == terms[:MOST_KEYTERMS]
    assert [vars(record)["words"] for record in caplog.records] == [50]


async def test_pieces_of_an_utterance_become_one_result_whose_closed_words_are_stable(
    deepgram: SocketServer[Connection],
) -> None:
    async with _listening(deepgram) as stream:
        heard = stream.results()
        connection = await deepgram.connection()
        await connection.say(_piece("I would", final=False))
        await connection.say(_piece("I'd like", final=True), speech_final=False)
        await connection.say(_piece("a visit", final=False, start_ms=500))
        await connection.say(_piece("a visit.", final=True, start_ms=500))
        await connection.say(_piece("Thanks", final=False))
        said = [await _next(heard) for _ in range(5)]

    assert [(one.text, one.stable_words, one.is_final) for one in said] == [
        ("I would", 0, False),
        ("I'd like", 2, False),
        ("I'd like a visit", 2, False),
        ("I'd like a visit.", 4, True),
        ("Thanks", 0, False),
    ]
    assert len({one.result_id for one in said[:4]}) == 1
    assert said[4].result_id != said[3].result_id
    assert [word.start_ms for word in said[3].words] == [0, 100, 500, 600]


async def test_a_flush_sends_the_last_sound_and_asks_for_the_words(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram) as stream:
        heard = stream.results()
        connection = await deepgram.connection()
        stream.send(LOUD * 3)
        await connection.hears(480)
        stream.send(LOUD)
        stream.flush()
        await deepgram.changes.until(lambda: connection.asked == ["Finalize"])
        assert len(connection.audio) == 640
        answer = results(_piece("yes", final=True), speech_final=False, from_finalize=True)
        await connection.send(json.dumps(answer))
        said = await _next(heard)

    assert (said.text, said.is_final) == ("yes", True)


async def test_a_flush_before_the_vendor_is_ready_is_not_forgotten(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram) as stream:
        stream.send(LOUD * 5)
        stream.flush()
        connection = await deepgram.connection()
        await deepgram.changes.until(lambda: connection.asked == ["Finalize"])

    assert len(connection.audio) == 800


async def test_an_utterance_whose_pause_is_hidden_by_noise_ends_all_the_same(
    deepgram: SocketServer[Connection],
) -> None:
    async with _listening(deepgram) as stream:
        heard = stream.results()
        connection = await deepgram.connection()
        await connection.send(json.dumps({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 2.4}))
        await connection.say(_piece("a visit", final=True), speech_final=False)
        await connection.send(json.dumps({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 2.4}))
        said = [await _next(heard) for _ in range(2)]

    assert [(one.text, one.is_final) for one in said] == [("a visit", False), ("a visit", True)]


async def test_silence_and_messages_unknown_today_say_nothing(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram) as stream:
        heard = stream.results()
        connection = await deepgram.connection()
        await connection.say(_piece("", final=False))
        await connection.say(_piece("", final=True))
        await connection.send('{"type":"Metadata","channels":1,"request_id":"r"}')
        await connection.send('{"type":"SomethingNew","channel":[0,1]}')
        await connection.say(_piece("yes", final=True))
        assert (await _next(heard)).text == "yes"


async def test_words_that_were_closed_outlive_the_connection(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram) as stream:
        heard = stream.results()
        first = await deepgram.connection()
        stream.send(LOUD * 100)
        await first.hears(16_000)
        await first.say(_piece("I'd like", final=True, start_ms=0), speech_final=False)
        await _next(heard)
        first.reset()
        second = await deepgram.connection(1)
        await second.hears(16_000 - 1_600)
        await second.say(_piece("a visit.", final=True, start_ms=500))
        said = await _next(heard)

    assert (said.text, said.is_final) == ("I'd like a visit.", True)
    assert [word.start_ms for word in said.words] == [0, 100, 700, 800]


async def test_without_sound_the_connection_is_kept_open(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram, keep_alive_s=0.02):
        connection = await deepgram.connection()
        await deepgram.changes.until(lambda: connection.asked[:2] == ["KeepAlive", "KeepAlive"])


async def test_a_stream_closed_for_want_of_sound_is_opened_again_when_there_is_some(
    deepgram: SocketServer[Connection],
) -> None:
    reason = "Deepgram did not receive audio data or a text message within the timeout window. (NET-0001)"
    async with _listening(deepgram) as stream:
        stream.send(SILENT * 10)
        first = await deepgram.connection()
        await first.hears(1_600)
        await first.close(1011, reason)
        stream.send(SILENT * 10)
        second = await deepgram.connection(1)
        await second.hears(3_200)


async def test_of_the_reason_for_closing_only_its_name_is_kept(deepgram: SocketServer[Connection]) -> None:
    async with _listening(deepgram, patience=Patience(attempts=1, backoff_s=0)) as stream:
        await (await deepgram.connection()).close(1008, "DATA-0000: tell-no-one is not audio")
        with pytest.raises(Unavailable) as caught:
            await _next(stream.results())

    assert str(caught.value) == "Deepgram closed the connection (DATA-0000)"
