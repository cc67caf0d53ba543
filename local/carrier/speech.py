"""The carrier's own voice and ear: Amazon Polly and Amazon Transcribe over their own protocols.

Twilio speaks <Say> and hears <Gather input="speech"> with such services too. The endpoints are configured; without
one, or when it fails, SpeechUnavailable is raised and the call goes on.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from yarl import URL

from shared.wire import event_stream, mulaw

MAX_TEXT = 3000
"""Longest text for a Polly voice; more is Twilio's warning 13521."""
DEFAULT_VOICE = "Matthew"
_REGION = "us-east-1"
_CONNECT_S = 5
_SYNTHESIS_S = 20
_AGAIN = {"mode": "standard", "total_max_attempts": 5}
"""Polly throttles; at start the product has its own lines made at the same time."""
_RECOGNITION_S = 15
_MAX_MESSAGE = event_stream.MAX_MESSAGE_BYTES
_MAX_CACHED = 128
_AUDIO_EVENT = {
    ":content-type": "application/octet-stream",
    ":event-type": "AudioEvent",
    ":message-type": "event",
}
# What emulators of AWS take.
_KEY, _SECRET = "test", "test"


class SpeechUnavailable(Exception):
    """The speech service is not configured, did not answer in time, or refused."""


class Voice:
    """Text to mu-law at 8 kHz. Used as an async context manager."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._polly: Any = None
        self._opened: AbstractAsyncContextManager[Any] | None = None
        self._cache: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def __aenter__(self) -> Self:
        if self._url:
            config = AioConfig(read_timeout=_SYNTHESIS_S, retries=_AGAIN, max_pool_connections=50)
            self._opened = get_session().create_client(
                "polly",
                region_name=_REGION,
                endpoint_url=self._url,
                aws_access_key_id=_KEY,
                aws_secret_access_key=_SECRET,
                config=config,
            )
            self._polly = await self._opened.__aenter__()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        if self._opened:
            await self._opened.__aexit__(*failure)

    async def say(self, text: str, voice: str = "") -> bytes:
        """Sound of the whole text. `voice` as in TwiML: `Polly.Joanna`, `Polly.Joanna-Neural`, or anything for the
        default. The last 128 are remembered. Raises SpeechUnavailable."""
        key = (text, voice)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        sound = await self._synthesise(text, voice)
        self._cache[key] = sound
        if len(self._cache) > _MAX_CACHED:
            self._cache.popitem(last=False)
        return sound

    async def _synthesise(self, text: str, voice: str) -> bytes:
        if self._polly is None:
            raise SpeechUnavailable("no Polly endpoint is configured")
        name, _, engine = voice.removeprefix("Polly.").partition("-")
        if not voice.startswith("Polly."):
            name, engine = DEFAULT_VOICE, "Neural"
        try:
            async with asyncio.timeout(_SYNTHESIS_S):
                answer = await self._polly.synthesize_speech(
                    Text=text,
                    TextType="text",
                    VoiceId=name,
                    Engine=engine.lower() or "standard",
                    OutputFormat="mulaw",
                    SampleRate="8000",
                )
                async with answer["AudioStream"] as stream:
                    sound: bytes = await stream.read()
        except (TimeoutError, BotoCoreError, ClientError, aiohttp.ClientError) as error:
            raise SpeechUnavailable(type(error).__name__) from None
        return sound


@dataclass(slots=True)
class Transcript:
    """What was recognised: final pieces joined, and the mean confidence of their words (None when not given)."""

    pieces: list[str] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(piece.strip() for piece in self.pieces if piece.strip())

    @property
    def confidence(self) -> float | None:
        return sum(self.confidences) / len(self.confidences) if self.confidences else None


class Hearing:
    """Mu-law to text, over Transcribe's WebSocket API."""

    def __init__(self, session: aiohttp.ClientSession, url: str | None) -> None:
        self._session = session
        self._url = url

    async def recognise(self, sound: AsyncIterator[bytes], language: str) -> Transcript:
        """Streams the sound until its iterator ends, then waits for the last final. Raises SpeechUnavailable."""
        if not self._url:
            raise SpeechUnavailable("no Transcribe endpoint is configured")
        try:
            async with (
                asyncio.timeout(_CONNECT_S) as deadline,
                self._session.ws_connect(_signed(self._url, language), max_msg_size=_MAX_MESSAGE) as socket,
                asyncio.TaskGroup() as tasks,
            ):
                deadline.reschedule(None)
                sender = tasks.create_task(_send(socket, sound, deadline))
                transcript = await _receive(socket)
                sender.cancel()
        except* (aiohttp.ClientError, OSError, TimeoutError, event_stream.BadEventStream, ValueError) as errors:
            raise SpeechUnavailable(type(errors.exceptions[0]).__name__) from None
        return transcript


async def _send(
    socket: aiohttp.ClientWebSocketResponse, sound: AsyncIterator[bytes], deadline: asyncio.Timeout
) -> None:
    """Sends the sound as it comes; once all is sent, the service has 15 s for the rest."""
    async for ulaw in sound:
        await socket.send_bytes(event_stream.encode(_AUDIO_EVENT, mulaw.decode(ulaw)))
    await socket.send_bytes(event_stream.encode(_AUDIO_EVENT, b""))
    deadline.reschedule(asyncio.get_running_loop().time() + _RECOGNITION_S)


async def _receive(socket: aiohttp.ClientWebSocketResponse) -> Transcript:
    """Collects finals until the service closes."""
    transcript = Transcript()
    decoder = event_stream.Decoder()
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY:
            raise ValueError("not an event stream")
        for event in decoder.feed(message.data):
            if event.headers.get(":message-type") != "event":
                raise ValueError(str(event.headers.get(":exception-type")))
            _collect(json.loads(event.payload), transcript)
    return transcript


def _collect(event: Mapping[str, Any], transcript: Transcript) -> None:
    for result in event.get("Transcript", {}).get("Results", []):
        if result.get("IsPartial") or not result.get("Alternatives"):
            continue
        best = result["Alternatives"][0]
        transcript.pieces.append(best.get("Transcript", ""))
        items = best.get("Items") or []
        transcript.confidences += [item["Confidence"] for item in items if item.get("Confidence") is not None]


def _signed(url: str, language: str) -> URL:
    query = urlencode({"language-code": language, "media-encoding": "pcm", "sample-rate": "8000"})
    request = AWSRequest("GET", f"{url.rstrip('/')}/stream-transcription-websocket?{query}")
    SigV4QueryAuth(Credentials(_KEY, _SECRET), "transcribe", _REGION, expires=300).add_auth(request)
    return URL(str(request.url), encoded=True)
