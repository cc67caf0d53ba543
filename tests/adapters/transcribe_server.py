"""Amazon Transcribe streaming as its WebSocket API has it, driven by the test: it understands nothing by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from shared.ports import Transcript, Word
from shared.wire import event_stream, transcribe_messages
from shared.wire.transcribe_messages import PRONUNCIATION, Alternative, Item, Result
from tests.fakes import Changes

CREDENTIALS = Credentials("AKIDEXAMPLE", "a-secret", "a-session-token")
REGION = "eu-west-1"


class Connection:
    """One socket of a client: the audio it sent, and what the vendor does to it."""

    def __init__(self, socket: ServerConnection, changes: Changes) -> None:
        assert socket.request is not None
        self.query = dict(parse_qsl(urlsplit(socket.request.path).query))
        self.audio = bytearray()
        self.chunk_sizes: list[int] = []
        self._socket = socket
        self._changes = changes

    async def serve(self) -> None:
        """Take in audio until the client goes."""
        decoder = event_stream.Decoder()
        try:
            async for frame in self._socket:
                assert isinstance(frame, bytes)
                for message in decoder.feed(frame):
                    assert message.headers[":event-type"] == "AudioEvent"
                    assert message.headers[":message-type"] == "event"
                    assert message.headers[":content-type"] == "application/octet-stream"
                    self.audio += message.payload
                    self.chunk_sizes.append(len(message.payload))
                self._changes.tell()
        except ConnectionClosed:
            pass

    async def hears(self, pcm_bytes: int) -> None:
        await self._changes.until(lambda: len(self.audio) >= pcm_bytes)

    async def say(self, transcript: Transcript) -> None:
        await self.send(transcribe_messages.results(_result(transcript)))

    async def throw(self, name: str, message: str) -> None:
        await self.send(transcribe_messages.failure(name, message))

    async def send(self, frame: bytes | str) -> None:
        await self._socket.send(frame)

    async def close(self) -> None:
        await self._socket.close()

    def stop_reading(self) -> None:
        """What the client sends from now on stays in the network."""
        self._socket.transport.pause_reading()

    def reset(self) -> None:
        """The connection breaks, without a word."""
        self._socket.transport.abort()


class TranscribeServer:
    """Connections in the order they came; handshakes can be turned away."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.connections: list[Connection] = []
        self.turned_away = 0
        self._statuses: list[int] = []
        self._changes = Changes()

    def turn_away(self, *statuses: int) -> None:
        """Answer the next handshakes with these HTTP statuses."""
        self._statuses.extend(statuses)

    async def connection(self, number: int = 0) -> Connection:
        """The connection accepted as the `number`-th, from 0; waits for it."""
        await self._changes.until(lambda: len(self.connections) > number)
        return self.connections[number]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["TranscribeServer"]:
        async with serve(self._accept, "127.0.0.1", 0, process_request=self._check, compression=None) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            self.endpoint = f"ws://{host}:{port}"
            yield self

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._statuses:
            self.turned_away += 1
            return connection.respond(HTTPStatus(self._statuses.pop(0)), "no\n")
        if not is_signed(request.path, request.headers["Host"]):
            return connection.respond(HTTPStatus.FORBIDDEN, "signature\n")
        return None

    async def _accept(self, socket: ServerConnection) -> None:
        connection = Connection(socket, self._changes)
        self.connections.append(connection)
        self._changes.tell()
        await connection.serve()


def final(result_id: str, text: str, start_ms: int, end_ms: int) -> Transcript:
    return Transcript(result_id, text, True, 1, (Word(text, start_ms, end_ms, 1.0),))


def partial(result_id: str, text: str, start_ms: int, end_ms: int) -> Transcript:
    return Transcript(result_id, text, False, 0, (Word(text, start_ms, end_ms),))


def is_signed(path: str, host: str) -> bool:
    """Whether the URL carries the signature that AWS would compute for it."""
    fields = parse_qsl(urlsplit(path).query, keep_blank_values=True)
    signature = dict(fields).get("X-Amz-Signature")
    signer = SigV4QueryAuth(CREDENTIALS, "transcribe", REGION, expires=300)
    unsigned = AWSRequest("GET", f"https://{host}{path.partition('&X-Amz-Signature=')[0]}")
    unsigned.context["timestamp"] = dict(fields).get("X-Amz-Date", "")
    canonical = signer.canonical_request(unsigned)
    return bool(signer.signature(signer.string_to_sign(unsigned, canonical), unsigned) == signature)


def _result(transcript: Transcript) -> Result:
    items = tuple(
        Item(
            word.text,
            PRONUNCIATION,
            word.start_ms / 1000,
            word.end_ms / 1000,
            word.confidence,
            None if transcript.is_final else number < transcript.stable_words,
        )
        for number, word in enumerate(transcript.words)
    )
    end = items[-1].end_time if items else 0.0
    return Result(transcript.result_id, not transcript.is_final, 0.0, end, (Alternative(transcript.text, items),))
