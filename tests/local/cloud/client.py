"""The AWS side of a program under test: botocore signs and parses, so these tests hear what a product would."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from websockets.asyncio.client import ClientConnection, connect

from shared.wire import event_stream

REGION = "us-east-1"
AUDIO = {":content-type": "application/octet-stream", ":event-type": "AudioEvent", ":message-type": "event"}
QUERY = {
    "language-code": "en-US",
    "media-encoding": "pcm",
    "sample-rate": "8000",
    "enable-partial-results-stabilization": "true",
    "partial-results-stability": "high",
}
SECOND = 16_000  # bytes


@dataclass
class Transcripts:
    """What one stream answered."""

    results: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def finals(self) -> list[dict[str, Any]]:
        return [result for result in self.results if not result["IsPartial"]]

    @property
    def partials(self) -> list[dict[str, Any]]:
        return [result for result in self.results if result["IsPartial"]]

    @property
    def text(self) -> str:
        return " ".join(result["Alternatives"][0]["Transcript"] for result in self.finals)


def presigned(endpoint: str, query: dict[str, str], *, secret: str = "test", expires: int = 300) -> str:
    request = AWSRequest("GET", f"{endpoint}/stream-transcription-websocket?{urlencode(query)}")
    SigV4QueryAuth(Credentials("test", secret), "transcribe", REGION, expires=expires).add_auth(request)
    return str(request.url).replace("http", "ws", 1)


@asynccontextmanager
async def stream(endpoint: str, **query: str) -> AsyncIterator[ClientConnection]:
    """An open stream; `vocabulary_name="x"` becomes `vocabulary-name=x`, an empty value takes a parameter away."""
    asked = QUERY | {name.replace("_", "-"): value for name, value in query.items()}
    url = presigned(endpoint, {name: value for name, value in asked.items() if value})
    async with connect(url, compression=None, ping_interval=None) as socket:
        yield socket


async def say(socket: ClientConnection, pcm: bytes, *, chunk: int = 1600) -> None:
    for start in range(0, len(pcm), chunk):
        await socket.send(event_stream.encode(AUDIO, pcm[start : start + chunk]))


async def end(socket: ClientConnection) -> None:
    await socket.send(event_stream.encode(AUDIO, b""))


async def listen(socket: ClientConnection) -> Transcripts:
    """All that comes until the service closes the stream."""
    heard = Transcripts()
    async with asyncio.timeout(60):
        async for message in socket:
            collect(message, heard)
    return heard


def collect(message: str | bytes, heard: Transcripts) -> None:
    assert isinstance(message, bytes)
    buffer = EventStreamBuffer()
    buffer.add_data(message)
    for event in buffer:
        payload = json.loads(event.payload)
        if event.headers[":message-type"] == "exception":
            heard.exceptions.append((event.headers[":exception-type"], payload["Message"]))
        else:
            assert event.headers[":event-type"] == "TranscriptEvent"
            heard.results += payload["Transcript"]["Results"]


async def transcribe(endpoint: str, pcm: bytes, **query: str) -> Transcripts:
    """Send `pcm` and a second of silence as fast as it is taken, and end."""
    async with stream(endpoint, **query) as socket:
        listening = asyncio.ensure_future(listen(socket))
        await say(socket, pcm + bytes(SECOND))
        await end(socket)
        return await listening


def aws(service: str, endpoint: str, *, secret: str = "test") -> Any:
    """A boto3 client that asks once."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20),
    )


async def spoken(endpoint: str, text: str, voice: str = "Joanna", **asked: str) -> bytes:
    """What Polly answers, mu-law unless asked otherwise."""

    def call() -> bytes:
        order = {"Engine": "neural", "OutputFormat": "mulaw", "VoiceId": voice, "Text": text, **asked}
        with aws("polly", endpoint).synthesize_speech(**order)["AudioStream"] as audio:
            return bytes(audio.read())

    return await asyncio.to_thread(call)
