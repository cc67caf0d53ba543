"""Amazon Polly's bidirectional stream over HTTP/2, scripted by the test; it checks every event's signature itself."""

import asyncio
import json
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from shared.wire import event_stream
from shared.wire.signed_events import event_signature
from tests.fakes import Changes

SECRET = "a-secret"

type Answer = Callable[["Utterance"], Awaitable[None]]


class Utterance:
    """One request: its headers, what it said, and the means to answer it."""

    def __init__(self, connection: "Connection", number: int, headers: dict[str, str]) -> None:
        self.headers = headers
        self.said: list[tuple[str, dict[str, Any]]] = []
        """Events: their names and what they hold."""
        self.cancelled = asyncio.Event()
        self._connection = connection
        self._number = number
        self._decoder = event_stream.Decoder()
        self._previous = headers.get("authorization", "").rpartition("Signature=")[2]

    def take(self, data: bytes) -> bool:
        """Events of the client's; whether they are complete."""
        for message in self._decoder.feed(data):
            self._check(message)
            if not message.payload:
                return True
            for event in event_stream.Decoder().feed(message.payload):
                self.said.append((str(event.headers[":event-type"]), json.loads(event.payload or b"{}")))
        return False

    def _check(self, message: event_stream.Message) -> None:
        at, signature = message.headers[":date"], message.headers[":chunk-signature"]
        assert isinstance(at, int)
        assert isinstance(signature, bytes)
        when = datetime.fromtimestamp(at / 1000, UTC)
        scope = f"{when:%Y%m%d}/us-east-1/polly"
        date = b"\x05:date\x08" + struct.pack(">q", at)
        right = event_signature(SECRET, scope, f"{when:%Y%m%dT%H%M%SZ}", self._previous, date, message.payload)
        assert signature == right, "the event's signature is wrong"
        self._previous = signature.hex()

    def begin(self, status: int = 200, **headers: str) -> None:
        fields = {":status": str(status), "content-type": "application/vnd.amazon.eventstream", **headers}
        self._connection.http.send_headers(self._number, list(fields.items()))
        self._connection.flush()

    def sound(self, chunk: bytes) -> None:
        headers = {":message-type": "event", ":event-type": "AudioEvent", ":content-type": "application/octet-stream"}
        self.data(event_stream.encode(headers, chunk))

    def closed(self) -> None:
        headers = {":message-type": "event", ":event-type": "StreamClosedEvent", ":content-type": "application/json"}
        self.data(event_stream.encode(headers, b'{"RequestCharacters":13}'))

    def exception(self, name: str) -> None:
        headers = {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"}
        self.data(event_stream.encode(headers, b'{"message":"tell-no-one"}'))

    def data(self, data: bytes) -> None:
        for at in range(0, len(data), 16_000):
            self._connection.http.send_data(self._number, data[at : at + 16_000])
        self._connection.flush()

    def end(self) -> None:
        self._connection.http.end_stream(self._number)
        self._connection.flush()

    def reset_stream(self) -> None:
        self._connection.http.reset_stream(self._number, h2.errors.ErrorCodes.INTERNAL_ERROR)
        self._connection.flush()

    def reset(self) -> None:
        """The whole connection breaks."""
        self._connection.transport.abort()

    def talk_nonsense(self) -> None:
        """A frame that breaks HTTP/2's rules: headers of no stream."""
        self._connection.transport.write(b"\0\0\0\x01\x04\0\0\0\0")


class Connection(asyncio.Protocol):
    def __init__(self, server: "PollyStreamServer") -> None:
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._server = server
        self._open: dict[int, Utterance] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.connections.append(self)
        self.http.initiate_connection()
        self.flush()

    def flush(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.http.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.http.receive_data(data):
            number = getattr(event, "stream_id", 0) or 0
            if isinstance(event, h2.events.RequestReceived):
                headers = {str(name): str(value) for name, value in event.headers}
                self._open[number] = Utterance(self, number, headers)
            elif isinstance(event, h2.events.DataReceived):
                self.http.acknowledge_received_data(event.flow_controlled_length, number)
                if self._open[number].take(event.data):
                    self._server.begin(self._open[number])
            elif isinstance(event, h2.events.StreamReset):
                self._server.cancelled += 1
                self._open[number].cancelled.set()
        self._server.changes.tell()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for utterance in self._open.values():
            utterance.cancelled.set()


class PollyStreamServer:
    """Answers each request by the next scripted answer; `utterances` keeps them all."""

    def __init__(self) -> None:
        self.url = ""
        self.changes = Changes()
        self.connections: list[Connection] = []
        self.utterances: list[Utterance] = []
        self.cancelled = 0
        self._answers: deque[Answer] = deque()

    def script(self, *answers: Answer) -> None:
        self._answers.extend(answers)

    def begin(self, utterance: Utterance) -> None:
        self.utterances.append(utterance)
        self._tasks.create_task(self._answer(utterance))

    async def _answer(self, utterance: Utterance) -> None:
        await self._answers.popleft()(utterance)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["PollyStreamServer"]:
        server = await asyncio.get_running_loop().create_server(lambda: Connection(self), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        async with server, asyncio.TaskGroup() as self._tasks:
            yield self
            for connection in self.connections:
                connection.transport.abort()
            for utterance in self.utterances:
                utterance.cancelled.set()
