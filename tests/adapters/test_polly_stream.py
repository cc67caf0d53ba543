"""Polly's bidirectional stream: what it is asked, signed event by event, and many utterances over one connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from shared.adapters.polly_stream import PollyStream
from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from tests.adapters.polly_stream_server import Answer, PollyStreamServer, Utterance
from tests.fakes import PATIENCE_S

VOICE = Voice("Ruth", engine="generative")
SOUND = bytes(range(256)) * 200


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


@pytest.fixture
async def server() -> AsyncIterator[PollyStreamServer]:
    async with PollyStreamServer().running() as server:
        yield server


def _polly(server: PollyStreamServer, **limits: Any) -> Any:
    return PollyStream.running(region="us-east-1", endpoint=server.url, **{"first_byte_s": PATIENCE_S, **limits})


async def _heard(polly: PollyStream, text: str = "Hello.") -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in polly.speak(text, VOICE)])


async def _speak(utterance: Utterance) -> None:
    utterance.begin()
    utterance.sound(SOUND[:1000])
    utterance.sound(SOUND[1000:])
    utterance.closed()
    utterance.end()


async def test_what_is_asked_of_the_vendor(server: PollyStreamServer) -> None:
    server.script(_speak)
    async with _polly(server) as polly:
        assert await _heard(polly, "नमस्ते") == SOUND

    (utterance,) = server.utterances
    asked = utterance.headers
    assert (asked[":method"], asked[":path"]) == ("POST", "/v1/synthesisStream")
    assert {name: value for name, value in asked.items() if name.startswith("x-amzn-")} == {
        "x-amzn-engine": "generative",
        "x-amzn-languagecode": "en-US",
        "x-amzn-outputformat": "mulaw",
        "x-amzn-samplerate": "8000",
        "x-amzn-voiceid": "Ruth",
    }
    assert asked["x-amz-content-sha256"] == "STREAMING-AWS4-HMAC-SHA256-EVENTS"
    assert utterance.said == [("TextEvent", {"Text": "नमस्ते", "TextType": "text"}), ("CloseStreamEvent", {})]


async def test_many_utterances_share_a_connection(server: PollyStreamServer) -> None:
    all_asked = asyncio.Event()

    async def together(utterance: Utterance) -> None:
        if len(server.utterances) == 10:
            all_asked.set()
        await all_asked.wait()
        utterance.begin()
        utterance.sound(utterance.said[0][1]["Text"].encode())
        utterance.closed()
        utterance.end()

    texts = [f"number {number}" for number in range(10)]
    server.script(*[together] * 10)
    async with _polly(server) as polly, asyncio.TaskGroup() as tasks:
        speaking = [tasks.create_task(_heard(polly, text)) for text in texts]

    assert [task.result().decode() for task in speaking] == texts
    assert len(server.connections) == 1


async def test_what_is_cancelled_is_reset_alone(server: PollyStreamServer) -> None:
    async def for_ever(utterance: Utterance) -> None:
        utterance.begin()
        utterance.sound(SOUND)
        await utterance.cancelled.wait()

    server.script(for_ever, _speak)
    async with _polly(server) as polly:
        async with aclosing(polly.speak("one", VOICE)) as leaver, asyncio.timeout(PATIENCE_S):
            await anext(leaver)
        await server.changes.until(lambda: server.cancelled == 1)
        assert await _heard(polly, "two") == SOUND

    assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ThrottlingException", Throttled),
        ("ServiceQuotaExceededException", Throttled),
        ("ValidationException", Refused),
        ("ServiceFailureException", Unavailable),
    ],
)
async def test_an_exception_on_the_stream_is_named(
    server: PollyStreamServer, name: str, expected: type[ProviderError]
) -> None:
    async def fail(utterance: Utterance) -> None:
        utterance.begin()
        utterance.exception(name)
        utterance.end()

    server.script(fail)
    async with _polly(server) as polly:
        with pytest.raises(expected, match=name) as caught:
            await _heard(polly)
    assert "tell-no-one" not in str(caught.value)


async def _cut_short(utterance: Utterance) -> None:
    utterance.begin()
    utterance.sound(SOUND)
    utterance.end()


async def _reset_stream(utterance: Utterance) -> None:
    utterance.begin()
    utterance.sound(SOUND)
    utterance.reset_stream()


async def _bad_events(utterance: Utterance) -> None:
    utterance.begin()
    utterance.data(b"nonsense" * 10)


async def _silent_success(utterance: Utterance) -> None:
    utterance.begin()
    utterance.closed()
    utterance.end()


@pytest.mark.parametrize("fault", [_cut_short, _reset_stream, _bad_events, _silent_success])
async def test_a_stream_that_breaks_leaves_the_connection_to_the_next(server: PollyStreamServer, fault: Answer) -> None:
    server.script(fault, _speak)
    async with _polly(server) as polly:
        with pytest.raises(Unavailable):
            await _heard(polly)
        assert await _heard(polly) == SOUND

    assert len(server.connections) == 1


async def test_a_kept_connection_that_was_closed_is_replaced_unnoticed(server: PollyStreamServer) -> None:
    async def hang_up(utterance: Utterance) -> None:
        utterance.reset()

    server.script(_speak, hang_up, _speak)
    async with _polly(server) as polly:
        await _heard(polly)
        assert await _heard(polly) == SOUND

    assert len(server.connections) == 2
