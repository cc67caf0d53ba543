"""What is ElevenLabs' own: what it is asked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.elevenlabs import ElevenLabs
from shared.core.agent import Voice
from shared.ports import Refused, Unavailable
from tests.adapters.http_server import Exchange, HttpServer
from tests.adapters.text_to_speech_vendors import requested
from tests.fakes import PATIENCE_S

VOICE = Voice("Kajal", "hi-IN", elsewhere={"elevenlabs": "a/voice"})


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def _elevenlabs(server: HttpServer, **values: Any) -> Any:
    return ElevenLabs.running(api_key="a-secret", endpoint=server.url, **values)


async def _speak(exchange: Exchange) -> None:
    await exchange.answer("audio/basic", b"sound")


async def _heard(elevenlabs: ElevenLabs, voice: Voice = VOICE) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in elevenlabs.speak("नमस्ते", voice)])


async def test_what_is_asked_of_the_vendor(server: HttpServer) -> None:
    server.script(_speak)
    async with _elevenlabs(server) as elevenlabs:
        assert await _heard(elevenlabs) == b"sound"

    (exchange,) = server.exchanges
    assert exchange.method == "POST"
    assert exchange.path == "/v1/text-to-speech/a%2Fvoice/stream?output_format=ulaw_8000"
    assert exchange.headers["xi-api-key"] == "a-secret"
    assert requested(exchange) == {"text": "नमस्ते", "model_id": "eleven_flash_v2_5", "language_code": "hi"}


async def test_s10_another_pace_and_other_sounds_are_asked_for(server: HttpServer) -> None:
    server.script(_speak)
    async with _elevenlabs(server) as elevenlabs:
        await _heard(elevenlabs, replace(VOICE, rate=0.8, say_as=(("नमस्ते", "नमस्कार"),)))

    asked = requested(server.exchanges[0])
    assert (asked["text"], asked["voice_settings"]) == ("नमस्कार", {"speed": 0.8})


async def test_an_answer_that_is_no_sound_is_not_played_to_the_caller(server: HttpServer) -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.answer("text/html", b"<html>Sign in to the network</html>")

    server.script(page)
    async with _elevenlabs(server) as elevenlabs:
        with pytest.raises(Unavailable):
            await _heard(elevenlabs)


async def test_a_model_that_refuses_to_be_told_the_language_is_not(server: HttpServer) -> None:
    server.script(_speak)
    async with _elevenlabs(server, model="eleven_multilingual_v2") as elevenlabs:
        await _heard(elevenlabs)

    assert requested(server.exchanges[0]) == {"text": "नमस्ते", "model_id": "eleven_multilingual_v2"}


async def test_an_agent_without_a_voice_here_is_refused_before_anything_is_sent(server: HttpServer) -> None:
    async with _elevenlabs(server) as elevenlabs:
        with pytest.raises(Refused, match="no voice"):
            await _heard(elevenlabs, Voice("Joanna"))
    assert server.exchanges == []
