"""SpeechToText by Amazon Transcribe streaming, over its WebSocket API.

One socket per stream, opened with a presigned URL; audio and results travel as event-stream messages (Amazon
Transcribe Developer Guide, "Setting up a WebSocket stream"; IAM action `transcribe:StartStreamTranscriptionWebSocket`).
Why not AWS's own Python clients: one burns a core for each call, the other hangs when a connection drops.
"""

import asyncio
import logging
import random
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.protocol import State

from shared.ports import ProviderError, Recognition, Refused, Throttled, Transcript, Unavailable, Word
from shared.wire import event_stream, mulaw, transcribe_messages
from shared.wire.event_stream import BadEventStream
from shared.wire.transcribe_messages import PRONUNCIATION, BadTranscript, Failure, Result

logger = logging.getLogger(__name__)
# The handshake's debug lines hold the presigned URL, which is a credential.
_socket_logger = logging.getLogger(f"{__name__}.socket")
_socket_logger.setLevel(logging.INFO)

CHUNK_BYTES: Final = 60 * mulaw.BYTES_PER_MS
"""Least audio worth a message: 20 ms chunks cost three times the CPU, 100 ms ones add up to 80 ms to every result."""

LARGEST_CHUNK_BYTES: Final = 200 * mulaw.BYTES_PER_MS
"""Most audio in a message while catching up; Transcribe takes up to a second."""

BACKLOG_BYTES: Final = 10_000 * mulaw.BYTES_PER_MS
"""Audio kept for a vendor that is not ready; older audio is dropped."""

REPLAY_BYTES: Final = 3_000 * mulaw.BYTES_PER_MS
"""Audio sent again after a reconnection, unless its final had already come."""

_RESULTS = 64
_UNSENT_BYTES = 64 * 1024
"""What may wait inside the socket, some four seconds of samples: more only when the network stands still."""
_CLOSE_S = 1.0
_UNACKNOWLEDGED_MS = 5_000
_SIGNATURE_S = 300


class CredentialSource(Protocol):
    """What botocore's credentials are: refreshed when asked, and so asked at every connection."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials: ...


class Transcribe:
    """Opens recognition streams in one region. `endpoint` is `ws://` or `wss://`, host and port."""

    def __init__(
        self,
        *,
        region: str,
        credentials: CredentialSource,
        endpoint: str | None = None,
        connect_timeout_s: float = 3.0,
        attempts: int = 4,
        backoff_s: float = 0.25,
    ) -> None:
        self._region = region
        self._credentials = credentials
        self._endpoint = endpoint or f"wss://transcribestreaming.{region}.amazonaws.com:8443"
        self._connect_timeout_s = connect_timeout_s
        self._attempts = attempts
        self._backoff_s = backoff_s

    @asynccontextmanager
    async def listen(self, *, language: str, vocabulary: str | None = None) -> AsyncIterator[Recognition]:
        """Open a stream; `vocabulary` names a custom vocabulary of the account in that language."""
        query = {
            "language-code": language,
            "media-encoding": "pcm",
            "sample-rate": "8000",
            "enable-partial-results-stabilization": "true",
            "partial-results-stability": "high",
        }
        if vocabulary is not None:
            query["vocabulary-name"] = vocabulary
        stream = _Stream()
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self._run(stream, query))
            try:
                yield stream
            except Exception as error:  # raised again below, outside the group, which would wrap it
                failure = error
            finally:
                running.cancel()
        if failure is not None:
            raise failure

    async def _run(self, stream: "_Stream", query: dict[str, str]) -> None:
        try:
            await self._supervise(stream, query)
        except ProviderError as error:
            stream.failure = error
        finally:
            stream.transcripts.shutdown()
            if stream.dropped_bytes:
                dropped_ms = stream.dropped_bytes // mulaw.BYTES_PER_MS
                logger.warning("recognition_dropped", extra={"dropped_ms": dropped_ms})

    async def _supervise(self, stream: "_Stream", query: dict[str, str]) -> None:
        """Connect, again and again, until `attempts` in a row have brought no result."""
        failures = 0
        while True:
            stream.rewind()
            error = await self._session(stream, query)
            failures = 1 if stream.heard else failures + 1
            if isinstance(error, Refused) or failures >= self._attempts:
                raise error
            logger.warning("recognition_lost", extra={"attempt": failures, "error": type(error).__name__})
            await asyncio.sleep(self._backoff_s * 2 ** (failures - 1) * random.uniform(0.5, 1.5))
            if isinstance(error, _Idle):
                await stream.audio_arrives()

    async def _session(self, stream: "_Stream", query: dict[str, str]) -> ProviderError:
        """One connection, from first audio to the reason it ended."""
        try:
            url = await asyncio.to_thread(self._presigned, query)
            opened = connect(
                url,
                compression=None,
                open_timeout=self._connect_timeout_s,
                close_timeout=_CLOSE_S,
                ping_interval=None,
                max_size=event_stream.MAX_MESSAGE_BYTES,
                logger=_socket_logger,
                proxy=None,
            )
            async with opened as connection, asyncio.TaskGroup() as tasks:
                _notice_dead_peers(connection)
                sending = tasks.create_task(_send_audio(stream, connection))
                error = await _receive(stream, connection)
                sending.cancel()
        except (OSError, BotoCoreError, InvalidHandshake) as failure:
            return _handshake_error(failure)
        finally:
            stream.connection = None
        return error

    def _presigned(self, query: dict[str, str]) -> str:
        address = f"{self._endpoint.replace('ws', 'http', 1)}/stream-transcription-websocket?{urlencode(query)}"
        request = AWSRequest("GET", address)
        credentials = self._credentials.get_frozen_credentials()
        SigV4QueryAuth(credentials, "transcribe", self._region, expires=_SIGNATURE_S).add_auth(request)
        return str(request.url).replace("http", "ws", 1)


class _Idle(Unavailable):
    """Transcribe closed the stream because no audio came for 15 s."""


class _Stream:
    """One caller's audio and what was heard in it, over however many connections it takes.

    Audio is addressed by its byte offset since the stream began, which is also its time: 8 bytes are a millisecond.
    """

    def __init__(self) -> None:
        self.transcripts: asyncio.Queue[Transcript] = asyncio.Queue(_RESULTS)
        self.failure: ProviderError | None = None
        self.dropped_bytes = 0
        self.heard = False
        self.connection: ClientConnection | None = None  # once what had waited is sent
        self._audio = bytearray()
        self._start = 0  # offset of the first byte kept
        self._next = 0  # offset of the first byte not yet sent
        self._origin = 0  # offset that the current connection calls 0
        self._final_end = 0  # offset up to which finals have come
        self._open_id: str | None = None  # a result whose final has not come
        self._orphan_id: str | None = None  # one that the connection took with it; the next result continues it
        self._identities: dict[str, str] = {}  # what we call the connection's open results
        self._arrived = asyncio.Event()

    def send(self, ulaw: bytes) -> None:
        self._audio += ulaw
        self._arrived.set()
        if self._pending < CHUNK_BYTES:
            return
        while self.connection is not None and _has_room(self.connection) and (chunk := self.next_chunk()):
            _write(self.connection, chunk)
        overflow = max(0, self._pending - BACKLOG_BYTES)
        self._next += overflow
        self._origin += overflow
        self.dropped_bytes += overflow
        self._forget(self._next if overflow else self._next - REPLAY_BYTES)

    def flush(self) -> None:
        """Nothing: Transcribe finds the end of an utterance by itself, and cannot be asked to."""

    async def results(self) -> AsyncGenerator[Transcript]:
        while True:
            try:
                transcript = await self.transcripts.get()
            except asyncio.QueueShutDown:
                break
            yield transcript
        if self.failure is not None:
            raise self.failure

    @property
    def _pending(self) -> int:
        return self._start + len(self._audio) - self._next

    async def audio_arrives(self) -> None:
        self._arrived.clear()
        await self._arrived.wait()

    def next_chunk(self) -> bytes:
        """The oldest audio not yet sent, if there are CHUNK_BYTES of it; else nothing."""
        if self._pending < CHUNK_BYTES:
            return b""
        at = self._next - self._start
        chunk = bytes(self._audio[at : at + LARGEST_CHUNK_BYTES])
        self._next += len(chunk)
        return chunk

    def rewind(self) -> None:
        """A new connection: what the last one may not have understood is sent again."""
        self._next = max(self._start, self._final_end, self._next - REPLAY_BYTES)
        self._origin = self._next
        self._orphan_id = self._open_id
        self._identities = {}
        self.heard = False

    async def hear(self, result: Result) -> None:
        """Pass a result on, in the stream's own time and under the identity it had before a reconnection."""
        self.heard = True
        if not result.alternatives:
            return
        if result.result_id not in self._identities:
            self._identities[result.result_id] = self._orphan_id or result.result_id
            self._orphan_id = None
        result_id = self._identities[result.result_id]
        self._open_id = result_id if result.is_partial else None
        origin_ms = self._origin // mulaw.BYTES_PER_MS
        if not result.is_partial:
            del self._identities[result.result_id]
            end = self._origin + int(result.end_time * 1000) * mulaw.BYTES_PER_MS
            self._final_end = min(max(self._final_end, end), self._next)
        await self.transcripts.put(_transcript(result, result_id, origin_ms))

    def _forget(self, offset: int) -> None:
        if offset > self._start:
            del self._audio[: offset - self._start]
            self._start = offset


def _has_room(connection: ClientConnection) -> bool:
    return connection.state is State.OPEN and connection.transport.get_write_buffer_size() < _UNSENT_BYTES


def _write(connection: ClientConnection, ulaw: bytes) -> None:
    """Straight to the socket, from within the call that brings the sound: no task has to wake up for it."""
    connection.protocol.send_binary(transcribe_messages.audio(mulaw.decode(ulaw)))
    connection.send_data()


async def _send_audio(stream: _Stream, connection: ClientConnection) -> None:
    """Send what has waited as fast as the vendor takes it; from then on audio goes out as it comes."""
    with suppress(ConnectionClosed):  # the receiver tells why
        while chunk := stream.next_chunk():
            await connection.send(transcribe_messages.audio(mulaw.decode(chunk)))
        stream.connection = connection


async def _receive(stream: _Stream, connection: ClientConnection) -> ProviderError:
    """Hear results until the connection ends, and say why it did."""
    decoder = event_stream.Decoder()
    try:
        while True:
            frame = await connection.recv()
            if isinstance(frame, str):
                raise BadTranscript("a text frame")
            for message in decoder.feed(frame):
                heard = transcribe_messages.decode(message)
                if isinstance(heard, Failure):
                    return _named(heard)
                for result in heard:
                    await stream.hear(result)
    except ConnectionClosed as closed:
        return Unavailable(f"Transcribe closed the connection ({closed.rcvd.code if closed.rcvd else 'no reason'})")
    except (BadEventStream, BadTranscript):
        return Unavailable("Transcribe sent something unreadable")


def _transcript(result: Result, result_id: str, origin_ms: int) -> Transcript:
    alternative = result.alternatives[0]
    spoken = [item for item in alternative.items if item.type == PRONUNCIATION]
    words = tuple(
        Word(
            item.content,
            origin_ms + round(item.start_time * 1000),
            origin_ms + round(item.end_time * 1000),
            item.confidence,
        )
        for item in spoken
    )
    unstable = next((at for at, item in enumerate(spoken) if not item.stable), len(spoken))
    stable = unstable if result.is_partial else len(alternative.transcript.split())
    return Transcript(result_id, alternative.transcript, not result.is_partial, stable, words)


def _named(failure: Failure) -> ProviderError:
    """What an exception means. Only BadRequest's own text is kept: others may quote what was signed."""
    if failure.name != "BadRequestException":
        return _NAMED.get(failure.name, Refused)(f"Transcribe: {failure.name}")
    if "timed out" in failure.message:
        return _Idle("Transcribe had no audio for too long")
    return Refused(f"Transcribe: {failure.message[:200]}")


_NAMED: Final[dict[str, type[ProviderError]]] = {
    "LimitExceededException": Throttled,
    "ThrottlingException": Throttled,
    "InternalFailureException": Unavailable,
    "ServiceUnavailableException": Unavailable,
    "ConflictException": Unavailable,
}


def _handshake_error(failure: Exception) -> ProviderError:
    if not isinstance(failure, InvalidStatus):
        return Unavailable(f"Transcribe could not be reached ({type(failure).__name__})")
    status = failure.response.status_code
    if status == 429:
        return Throttled("Transcribe: HTTP 429")
    return (Refused if 400 <= status < 500 else Unavailable)(f"Transcribe: HTTP {status}")


def _notice_dead_peers(connection: ClientConnection) -> None:
    """Audio goes out all the time, so a peer that acknowledges none of it is gone."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        raw = connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
