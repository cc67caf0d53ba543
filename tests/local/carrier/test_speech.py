"""The carrier's own voice and ear, over Polly's and Transcribe's protocols."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from local.carrier.phones.script import HangUp, Listen, Say
from local.carrier.sound import tone
from local.carrier.speech import Hearing, SpeechUnavailable, Voice
from shared.wire import event_stream
from tests.local.carrier.office import Socket, polly, served, telephony, transcribe


async def second(ms: int = 1000) -> AsyncIterator[bytes]:
    """Sound in pieces of 100 ms."""
    for _ in range(ms // 100):
        yield tone(300, 100)


async def test_a_text_is_synthesised_once_and_remembered() -> None:
    asked: list[dict[str, str]] = []

    async def counting(request: web.Request) -> web.StreamResponse:
        asked.append(json.loads(await request.text()))
        return await polly(request)

    async with served(counting) as url, Voice(url) as voice:
        assert await voice.say("Hello", "Polly.Kajal-Neural") == tone(440, 200)
        assert await voice.say("Hello", "Polly.Kajal-Neural") == tone(440, 200)
        await voice.say("Hello", "Polly.Aditi")
        await voice.say("Hello", "alice")
    chosen = [(each["VoiceId"], each["Engine"], each["SampleRate"]) for each in asked]
    assert chosen == [("Kajal", "neural", "8000"), ("Aditi", "standard", "8000"), ("Matthew", "neural", "8000")]


async def test_a_refused_text_is_speech_unavailable() -> None:
    async with served(polly) as url, Voice(url) as voice:
        with pytest.raises(SpeechUnavailable):
            await voice.say("fail")


async def test_who_is_throttled_asks_again() -> None:
    tries: list[web.Request] = []

    async def busy(request: web.Request) -> web.StreamResponse:
        tries.append(request)
        if len(tries) > 1:
            return await polly(request)
        return web.json_response({}, status=400, headers={"x-amzn-ErrorType": "ThrottlingException"})

    async with served(busy) as url, Voice(url) as voice:
        assert await voice.say("Hello") == tone(440, 200)


async def test_a_service_that_is_not_there_is_speech_unavailable() -> None:
    async with Voice("http://127.0.0.1:1") as voice, aiohttp.ClientSession() as session:
        with pytest.raises(SpeechUnavailable):
            await voice.say("Hello")
        for url in ("http://127.0.0.1:1", None):
            with pytest.raises(SpeechUnavailable):
                await Hearing(session, url).recognise(second(), "en-US")


async def test_all_sound_is_sent_and_the_last_final_awaited() -> None:
    async with served(transcribe) as url, aiohttp.ClientSession() as session:
        heard = await Hearing(session, url).recognise(second(), "en-US")
    assert heard.text == "heard 1000 ms"
    assert heard.confidence == 0.75


async def _exception(socket: web.WebSocketResponse) -> None:
    headers = {":message-type": "exception", ":exception-type": "BadRequestException"}
    await socket.send_bytes(event_stream.encode(headers, b"{}"))


async def _noise(socket: web.WebSocketResponse) -> None:
    await socket.send_bytes(b"\x00" * 40)


async def _text(socket: web.WebSocketResponse) -> None:
    await socket.send_str("hello")


@pytest.mark.parametrize("answer", [_exception, _noise, _text])
async def test_a_recogniser_that_fails_is_speech_unavailable(answer: Socket) -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await answer(socket)
        await socket.receive()
        return socket

    async with served(serve) as url, aiohttp.ClientSession() as session:
        with pytest.raises(SpeechUnavailable):
            await Hearing(session, url).recognise(second(), "en-US")


@asynccontextmanager
async def _speech_services() -> AsyncIterator[str]:
    """The stand-ins of Polly and Transcribe in `local/cloud`, with their engines."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local.cloud", "speech", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        yield str(json.loads(await asyncio.wait_for(process.stdout.readline(), 60))["speech"])
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.e2e
async def test_a_spoken_answer_is_understood_by_the_real_engines() -> None:
    line = "I would like to book an appointment for Tuesday."
    async with _speech_services() as url, telephony(url, url, pace=1) as t:
        t.office.page("/voice", '<Gather input="speech" speechTimeout="1" action="/heard"><Say>Welcome.</Say></Gather>')
        t.office.page("/heard", "<Say>Thank you.</Say><Pause length='5'/>")
        call = await t.call(Listen(quiet_ms=300), Say(text=line), Listen(quiet_ms=300), HangUp())
        assert await call.ended(60) == "completed"
        (heard,) = t.office.at("/heard")
        assert "appointment" in heard.fields["SpeechResult"]
        assert float(heard.fields["Confidence"]) > 0.5
        assert call.timeline.of("error") == []
