"""OpenAI's Realtime API in a transcription session, driven by the test: it understands nothing by itself.

What it says is made of the types of OpenAI's own package, and what it is asked is checked by them.
"""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openai.types.realtime import (
    ConversationItemInputAudioTranscriptionCompletedEvent,
    ConversationItemInputAudioTranscriptionDeltaEvent,
    InputAudioBufferCommittedEvent,
    RealtimeError,
    RealtimeErrorEvent,
    RealtimeTranscriptionSessionCreateRequest,
)
from openai.types.realtime.conversation_item_input_audio_transcription_completed_event import (
    UsageTranscriptTextUsageDuration,
)
from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from tests.adapters.socket_server import Socket, SocketServer

KEY = "a-secret"


class Connection(Socket):
    """One socket of a client: the session it asked for, its audio, how often it committed."""

    def __init__(self, socket: ServerConnection, server: SocketServer[Any]) -> None:
        super().__init__(socket, server)
        self.session: dict[str, Any] = {}
        self.audio = bytearray()
        self.commits = 0

    def take(self, frame: bytes | str) -> None:
        event = json.loads(frame)
        match event["type"]:
            case "session.update":
                RealtimeTranscriptionSessionCreateRequest.model_validate(event["session"])
                self.session = event["session"]
            case "input_audio_buffer.append":
                assert self.session, "a session is described before it is sent audio"
                self.audio += base64.b64decode(event["audio"])
            case "input_audio_buffer.commit":
                self.commits += 1
            case unknown:
                raise AssertionError(unknown)

    async def hears(self, ulaw_bytes: int) -> None:
        await self.server.changes.until(lambda: len(self.audio) >= ulaw_bytes)

    async def asked(self) -> dict[str, Any]:
        """The session's input."""
        await self.server.changes.until(lambda: bool(self.session))
        heard: dict[str, Any] = self.session["audio"]["input"]
        return heard

    async def committed(self, item: str) -> None:
        kind: Any = "input_audio_buffer.committed"
        await self._event(InputAudioBufferCommittedEvent(event_id="e", item_id=item, type=kind))

    async def delta(self, item: str, text: str) -> None:
        kind: Any = "conversation.item.input_audio_transcription.delta"
        await self._event(
            ConversationItemInputAudioTranscriptionDeltaEvent(event_id="e", item_id=item, type=kind, delta=text)
        )

    async def completed(self, item: str, text: str) -> None:
        kind: Any = "conversation.item.input_audio_transcription.completed"
        await self._event(
            ConversationItemInputAudioTranscriptionCompletedEvent(
                event_id="e",
                item_id=item,
                content_index=0,
                type=kind,
                transcript=text,
                usage=UsageTranscriptTextUsageDuration(seconds=1.0, type="duration"),
            )
        )

    async def error(self, type_: str, code: str | None) -> None:
        error = RealtimeError(message="tell-no-one", type=type_, code=code)
        await self._event(RealtimeErrorEvent(event_id="e", error=error, type="error"))

    async def _event(self, event: BaseModel) -> None:
        await self.send(event.model_dump_json())


def server() -> SocketServer[Connection]:
    return SocketServer(Connection, admit)


def admit(request: Request) -> int:
    """The status for a handshake."""
    url = urlsplit(request.path)
    if url.path != "/v1/realtime" or parse_qs(url.query) != {"intent": ["transcription"]}:
        return 404
    return 101 if request.headers.get("Authorization") == f"Bearer {KEY}" else 401
