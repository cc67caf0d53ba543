"""What is OpenAI's own: the session it is asked for, and utterances that end when we say so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.adapters.openai_transcription import OpenAiTranscription
from shared.ports import ProviderError, Recognition, Refused, Throttled, Transcript, Unavailable
from shared.speech.ear import Patience
from tests.adapters.openai_realtime_server import KEY, Connection, server
from tests.adapters.socket_server import SocketServer
from tests.adapters.speech_to_text_vendors import EAGER
from tests.fakes import PATIENCE_S

LOUD = bytes(160)
SILENT = b"\xff" * 160


@pytest.fixture
async def openai() -> AsyncIterator[SocketServer[Connection]]:
    async with server().running() as running:
        yield running


@asynccontextmanager
async def _listening(
    server: SocketServer[Connection], language: str = "en-US", vocabulary: str | None = None, **values: Any
) -> AsyncIterator[Recognition]:
    endpoint = f"{server.endpoint}/v1/realtime"
    adapter = OpenAiTranscription(api_key=KEY, endpoint=endpoint, **{"patience": EAGER, **values})
    async with adapter.listen(language=language, vocabulary=vocabulary) as stream:
        yield stream


async def _next(results: AsyncIterator[Transcript]) -> Transcript:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(results)


async def test_what_is_asked_of_the_vendor(openai: SocketServer[Connection]) -> None:
    async with _listening(openai, vocabulary="clinic", vocabularies={"clinic": ["Dr. Osei"]}):
        asked = await (await openai.connection()).asked()

    assert asked == {
        "format": {"type": "audio/pcmu"},
        "transcription": {"model": "gpt-live-transcribe", "languages": ["en"], "keywords": ["Dr. Osei"]},
        "turn_detection": None,
    }


async def test_s9_languages_that_callers_mix_are_both_expected(openai: SocketServer[Connection]) -> None:
    async with OpenAiTranscription(api_key=KEY, endpoint=f"{openai.endpoint}/v1/realtime").listen(
        language="hi-IN", mixed_with=("en-IN",)
    ):
        asked = await (await openai.connection()).asked()

    assert asked["transcription"]["languages"] == ["hi", "en"]


async def test_a_model_that_takes_no_guidance_is_given_none(openai: SocketServer[Connection]) -> None:
    async with _listening(
        openai, vocabulary="clinic", vocabularies={"clinic": ["Dr. Osei"]}, model="gpt-realtime-whisper"
    ):
        asked = await (await openai.connection()).asked()

    assert asked["transcription"] == {"model": "gpt-realtime-whisper", "language": "en"}


async def test_a_flush_commits_and_the_utterance_ends_with_its_transcript(openai: SocketServer[Connection]) -> None:
    async with _listening(openai) as stream:
        results = stream.results()
        connection = await openai.connection()
        stream.send(LOUD * 4)
        await connection.delta("item-1", "I'd")
        await connection.delta("item-1", " like a vis")
        await connection.delta("item-1", "it")
        stream.flush()
        await openai.changes.until(lambda: connection.commits == 1)
        await connection.committed("item-1")
        await connection.completed("item-1", "I'd like a visit.")
        said = [await _next(results) for _ in range(4)]

    assert [(one.text, one.stable_words, one.is_final) for one in said] == [
        ("I'd", 0, False),
        ("I'd like a vis", 3, False),
        ("I'd like a visit", 3, False),
        ("I'd like a visit.", 4, True),
    ]


async def test_a_pause_after_speech_commits_once_without_being_asked(openai: SocketServer[Connection]) -> None:
    async with _listening(openai) as stream:
        connection = await openai.connection()
        await connection.asked()
        for _ in range(100):
            stream.send(SILENT)
        await connection.hears(16_000 - 480)
        assert connection.commits == 0
        for frame in [LOUD] * 30 + [SILENT] * 100:
            stream.send(frame)
        await connection.hears(36_800 - 480)

    assert connection.commits == 1


async def test_what_was_committed_and_understood_is_not_sent_again(openai: SocketServer[Connection]) -> None:
    async with _listening(openai) as stream:
        results = stream.results()
        first = await openai.connection()
        stream.send(b"\1" * 8_000)
        stream.flush()
        await openai.changes.until(lambda: first.commits == 1)
        stream.send(b"\2" * 8_000)
        await first.hears(16_000)
        await first.committed("item-1")
        await first.completed("item-1", "yes")
        await _next(results)
        first.reset()
        second = await openai.connection(1)
        await second.hears(8_000)

    assert bytes(second.audio) == b"\2" * 8_000


async def test_a_transcription_that_failed_ends_with_the_words_there_were(openai: SocketServer[Connection]) -> None:
    failed = '{"type":"conversation.item.input_audio_transcription.failed","item_id":"i","error":{"code":"oops"}}'
    async with _listening(openai) as stream:
        results = stream.results()
        connection = await openai.connection()
        await connection.delta("i", "a visit")
        await connection.send(failed)
        said = [await _next(results) for _ in range(2)]

    assert [(one.text, one.is_final) for one in said] == [("a visit", False), ("a visit", True)]


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("invalid_request_error", "invalid_api_key", Refused),
        ("invalid_request_error", None, Refused),
        ("invalid_request_error", "session_expired", Unavailable),
        ("invalid_request_error", "rate_limit_exceeded", Throttled),
        ("insufficient_quota", "insufficient_quota", Throttled),
        ("server_error", "server_error", Unavailable),
        ("server_error", "tell-no-one: it quotes", Unavailable),
    ],
)
async def test_an_error_that_ends_the_session_is_named(
    openai: SocketServer[Connection], kind: str, code: str | None, expected: type[ProviderError]
) -> None:
    async with _listening(openai, patience=Patience(attempts=1, backoff_s=0)) as stream:
        await (await openai.connection()).error(kind, code)
        with pytest.raises(expected) as caught:
            await _next(stream.results())

    assert "tell-no-one" not in str(caught.value)


async def test_a_session_outlives_a_complaint(openai: SocketServer[Connection]) -> None:
    async with _listening(openai) as stream:
        connection = await openai.connection()
        await connection.error("invalid_request_error", "input_audio_buffer_commit_empty")
        await connection.send('{"type":"session.updated","session":{}}')
        await connection.error("invalid_request_error", "something_new")
        await connection.send('{"type":"something.new"}')
        await connection.completed("item-1", "yes")
        assert (await _next(stream.results())).text == "yes"
