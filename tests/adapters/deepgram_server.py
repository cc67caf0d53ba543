"""Deepgram's streaming API (`/v1/listen`), driven by the test: it understands nothing by itself."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from shared.ports import Transcript
from tests.adapters.socket_server import Socket, SocketServer

KEY = "a-secret"


class Connection(Socket):
    """One socket of a client: the audio and messages it sent."""

    def __init__(self, socket: ServerConnection, server: SocketServer[Any]) -> None:
        super().__init__(socket, server)
        assert socket.request is not None
        self.query = parse_qs(urlsplit(socket.request.path).query)
        self.audio = bytearray()
        self.asked: list[str] = []
        """Kinds of the messages that were not audio."""

    def take(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            assert frame, "Deepgram closes the connection at an empty frame"
            self.audio += frame
        else:
            self.asked.append(json.loads(frame)["type"])

    async def hears(self, ulaw_bytes: int) -> None:
        await self.server.changes.until(lambda: len(self.audio) >= ulaw_bytes)

    async def say(self, transcript: Transcript, *, speech_final: bool | None = None) -> None:
        """A piece of an utterance; a final one is the last unless told."""
        await self.send(json.dumps(results(transcript, speech_final=speech_final)))


def server() -> SocketServer[Connection]:
    return SocketServer(Connection, admit)


def admit(request: Request) -> int:
    """The status for a handshake."""
    if urlsplit(request.path).path != "/v1/listen":
        return 404
    return 101 if request.headers.get("Authorization") == f"Token {KEY}" else 401


def results(transcript: Transcript, *, speech_final: bool | None = None, from_finalize: bool = False) -> dict[str, Any]:
    """As in the API reference's example."""
    words = [
        {
            "word": word.text.strip(".,").lower(),
            "start": word.start_ms / 1000,
            "end": word.end_ms / 1000,
            "confidence": 0.5 if word.confidence is None else word.confidence,
            "punctuated_word": word.text,
        }
        for word in transcript.words
    ]
    end = transcript.words[-1].end_ms / 1000 if transcript.words else 0.0
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": end,
        "start": 0.0,
        "is_final": transcript.is_final,
        "speech_final": transcript.is_final if speech_final is None else speech_final,
        "from_finalize": from_finalize,
        "channel": {"alternatives": [{"transcript": transcript.text, "confidence": 0.9, "words": words}]},
        "metadata": {"request_id": "r", "model_uuid": "m", "model_info": {"name": "n", "version": "v", "arch": "a"}},
    }
