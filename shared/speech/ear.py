"""Recognition over one WebSocket after another, whoever the vendor is: what is lost is sent again, what fails is named.

A vendor's adapter gives its `Vendor`: the address, and a `Dialect`, which turns sound into frames and frames into
words. Sound goes out from within the call that brings it; connections that break are replaced, and the last seconds,
unless their final had come, are sent again.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from websockets.exceptions import ConnectionClosed

from shared.ports import ProviderError, Recognition, Refused, Transcript, Unavailable
from shared.speech.silence import LONG_SILENCE_BYTES, loud_bytes
from shared.speech.sockets import Connection, Frame, has_room, opened, write
from shared.speech.tape import CHUNK_BYTES, LARGEST_CHUNK_BYTES, Tape
from shared.speech.utterances import Heard, Utterances
from shared.wire import mulaw

logger = logging.getLogger(__name__)

_RESULTS: Final = 64
"""That wait to be taken, before the vendor has to."""
_ABNORMAL: Final = 1006
"""The code of a connection that ended without one (RFC 6455, 7.4.1)."""
_SPEECH: Final = 200 * mulaw.BYTES_PER_MS
"""Loud bytes that are speech: of half a second of it, more are loud."""
_WORDS_S: Final = 1.5
"""A vendor that has said nothing at all for so long after speech that may be over will not: words that may still change
come within half a second of being spoken. The core waits a little longer before it tells the caller."""


class Idle(Unavailable):
    """The vendor closed the stream for want of audio: there is nothing to be opened again for until some comes."""


class Unreadable(Exception):
    """A frame that is not of the vendor's protocol."""


class Dialect(Protocol):
    """What is said on one connection; made anew for each."""

    def hello(self) -> Frame | None:
        """What comes before the first sound."""
        ...

    def audio(self, ulaw: bytes) -> Frame: ...

    def flush(self) -> Frame | None:
        """Ask for the words so far for good; None if the vendor cannot be asked."""
        ...

    def keep_alive(self) -> Frame | None:
        """What keeps the connection open when there is no sound; None if nothing does."""
        ...

    def hear(self, frame: Frame) -> Iterable[Heard]:
        """What a frame says. Raises the ProviderError it stands for, or Unreadable."""
        ...

    def closed(self, code: int, reason: str) -> ProviderError:
        """What it means that the vendor closed the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a vendor is given."""

    connect_s: float = 3.0
    attempts: int = 4
    """Connections in a row that may bring no result before it is given up."""
    backoff_s: float = 0.25
    """Before the second; twice as long before each other."""


PATIENT: Final = Patience()


@dataclass(frozen=True, slots=True)
class Vendor:
    """How to reach one. `address` is asked at every connection: credentials may be new."""

    name: str
    address: Callable[[], Awaitable[tuple[str, Mapping[str, str]]]]
    """URL and headers. Raises ProviderError."""
    dialect: Callable[[], Dialect]
    patience: Patience
    keep_alive_s: float | None = None
    stalled_ms: int | None = None
    """Loud sound sent with no frame in return, after which the connection is taken for dead; None: never."""
    endpoint_ms: int | None = None
    """Silence after speech at which a vendor that finds no end of utterances itself is asked for the words; None: it
    is asked by `flush` only."""


@asynccontextmanager
async def listen(vendor: Vendor) -> AsyncIterator[Recognition]:
    """Open a stream at once; leaving the context closes it."""
    stream = _Stream(vendor)
    async with beside(stream.run()):
        yield stream


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have `work` done meanwhile; on leaving it ends. What is raised inside comes out as it is."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(work)
        try:
            yield
        except Exception as error:  # raised again below, outside the group, which would wrap it
            failure = error
        finally:
            running.cancel()
    if failure is not None:
        raise failure


class _Stream:
    """One caller's sound and what was heard in it, over however many connections it takes."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._tape = Tape()
        self._utterances = Utterances()
        self._transcripts: asyncio.Queue[Transcript] = asyncio.Queue()
        self._failure: ProviderError | None = None
        self._heard = False
        self._connection: Connection | None = None  # once what had waited is sent
        self._held: Connection | None = None  # that has to wait until results are taken
        self._dialect: Dialect | None = None
        self._arrived = asyncio.Event()
        self._flush_waits = False
        self._unanswered = 0  # loud bytes since the vendor's last frame
        self._spoken = False  # whether there was speech since the vendor was last asked for the words
        self._quiet = 0  # bytes of silence since
        self._frames = 0
        self._overdue: asyncio.TimerHandle | None = None  # runs while the words of finished speech are waited for
        self._mute = False  # whether they did not come, over the last connection

    @property
    def dropped_ms(self) -> int:
        return self._tape.dropped_bytes // mulaw.BYTES_PER_MS

    def send(self, ulaw: bytes) -> None:
        self._tape.add(ulaw)
        least = self._worth_a_message(ulaw)
        if not self._tape.has_chunk(least):
            return
        self._arrived.set()
        while self._has_room() and (chunk := self._tape.next_chunk(least)):
            self._write_audio(chunk)
        self._tape.trim()

    def flush(self) -> None:
        self._flush_waits = True
        if self._has_room():
            self._write_flush()
            self._expect_words()

    async def results(self) -> AsyncGenerator[Transcript]:
        while True:
            try:
                transcript = await self._transcripts.get()
            except asyncio.QueueShutDown:
                break
            if self._held is not None and self._transcripts.empty():
                held, self._held = self._held.transport, None
                if not held.is_closing():
                    held.resume_reading()
            yield transcript
        if self._failure is not None:
            raise self._failure

    async def run(self) -> None:
        """Connect, again and again, until `attempts` in a row have brought no result."""
        try:
            await self._supervise()
        except ProviderError as error:
            self._failure = error
        except asyncio.CancelledError as cancelled:
            # A frame of its traceback holds it (TaskGroup's, in 3.13.0): together they would keep all of the stream.
            raise cancelled.with_traceback(None) from None
        finally:
            self._transcripts.shutdown()
            if self._tape.dropped_bytes:
                dropped_ms = self._tape.dropped_bytes // mulaw.BYTES_PER_MS
                logger.warning("recognition_dropped", extra={"dropped_ms": dropped_ms})

    async def _supervise(self) -> None:
        patience, failures = self._vendor.patience, 0
        while True:
            self._tape.rewind()
            self._utterances.begin_anew()
            self._heard, self._unanswered = False, 0
            error = await self._session()
            self._expect_nothing()
            failures = 1 if self._heard else failures + 1
            if isinstance(error, Refused) or failures >= patience.attempts:
                raise error
            about = {"provider": self._vendor.name, "attempt": failures, "error": type(error).__name__}
            logger.warning("recognition_lost", extra=about)
            await asyncio.sleep(patience.backoff_s * 2 ** (failures - 1) * random.uniform(0.5, 1.5))
            while isinstance(error, Idle) and not self._tape.has_chunk():
                self._arrived.clear()
                await self._arrived.wait()

    async def _session(self) -> ProviderError:
        """One connection, from first audio to the reason it ended."""
        try:
            url, headers = await self._vendor.address()
            connection = await opened(self._vendor.name, url, headers, within_s=self._vendor.patience.connect_s)
            async with connection, asyncio.TaskGroup() as tasks:
                dialect = self._vendor.dialect()
                aside = [tasks.create_task(self._catch_up(connection, dialect))]
                if self._vendor.keep_alive_s is not None:
                    aside.append(tasks.create_task(self._keep_alive(self._vendor.keep_alive_s)))
                error = await self._receive(connection, dialect)
                for task in aside:
                    task.cancel()
        except ProviderError as error:
            return error
        finally:
            self._connection = None
        return error

    async def _catch_up(self, connection: Connection, dialect: Dialect) -> None:
        """Send what has waited as fast as the vendor takes it; from then on audio goes out as it comes."""
        with suppress(ConnectionClosed):  # the receiver tells why
            hello = dialect.hello()
            if hello is not None:
                await connection.send(hello)
            while chunk := self._tape.next_chunk():
                await connection.send(dialect.audio(chunk))
                self._await_answer(chunk, connection)
            self._connection, self._dialect = connection, dialect
            if self._flush_waits:
                self._write_flush()
            if self._mute:
                self._mute = False
                self._expect_words()

    async def _keep_alive(self, every_s: float) -> None:
        frames = self._frames
        while True:
            await asyncio.sleep(every_s)
            if frames == self._frames and self._dialect is not None and self._has_room():
                frame = self._dialect.keep_alive()
                if frame is not None:
                    self._write(frame)
            frames = self._frames

    async def _receive(self, connection: Connection, dialect: Dialect) -> ProviderError:
        """Hear results until the connection ends, and say why it did."""
        try:
            await connection.hear(partial(self._hear, connection, dialect))
        except ProviderError as error:
            return error
        except (Unreadable, UnicodeDecodeError):
            return Unavailable(f"{self._vendor.name} sent something unreadable")
        if self._mute or self._is_stalled():
            return Unavailable(f"{self._vendor.name} no longer answers")
        return dialect.closed(connection.close_code or _ABNORMAL, connection.close_reason or "")

    def _hear(self, connection: Connection, dialect: Dialect, frame: Frame) -> None:
        self._unanswered, self._mute = 0, False
        self._expect_nothing()
        for heard in dialect.hear(frame):
            self._heard = True
            if heard.is_final:
                self._tape.final_until(heard.end_ms)
            transcript = self._utterances.add(heard, self._tape.origin // mulaw.BYTES_PER_MS)
            if transcript is not None:
                self._transcripts.put_nowait(transcript)
        if self._transcripts.qsize() >= _RESULTS:
            connection.transport.pause_reading()
            self._held = connection

    def _worth_a_message(self, ulaw: bytes) -> int:
        """How many bytes are, `ulaw` the last of them: in silence more, once no words are awaited, until it ends."""
        if self._quiet < LONG_SILENCE_BYTES and not self._tape.is_understood(self._quiet):
            return CHUNK_BYTES
        return 1 if loud_bytes(ulaw) else LARGEST_CHUNK_BYTES

    def _has_room(self) -> bool:
        return self._connection is not None and has_room(self._connection)

    def _write_audio(self, ulaw: bytes) -> None:
        assert self._dialect is not None
        assert self._connection is not None
        self._write(self._dialect.audio(ulaw))
        self._await_answer(ulaw, self._connection)
        endpoint_ms = self._vendor.endpoint_ms
        if endpoint_ms is not None and self._spoken and self._quiet >= endpoint_ms * mulaw.BYTES_PER_MS:
            self._write_flush()

    def _write_flush(self) -> None:
        assert self._dialect is not None
        self._flush_waits = self._spoken = False
        frame = self._dialect.flush()
        if frame is not None:
            if rest := self._tape.next_chunk(least=1):
                self._write_audio(rest)
                self._spoken = False
            self._write(frame)

    def _write(self, frame: Frame) -> None:
        assert self._connection is not None
        self._frames += 1
        write(self._connection, frame)

    def _await_answer(self, ulaw: bytes, connection: Connection) -> None:
        loud = loud_bytes(ulaw)
        self._unanswered += loud
        if loud > len(ulaw) // 8:
            self._spoken, self._quiet = True, 0
        else:
            self._quiet += len(ulaw)
        if self._is_stalled():
            connection.transport.abort()

    def _expect_words(self) -> None:
        """Somebody spoke, and may have finished: if nothing comes of it, another connection is given the same sound."""
        if self._unanswered >= _SPEECH and self._overdue is None:
            self._overdue = asyncio.get_running_loop().call_later(_WORDS_S, self._give_up)

    def _expect_nothing(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        self._overdue, self._mute = None, True
        if self._connection is not None:
            self._connection.transport.abort()

    def _is_stalled(self) -> bool:
        stalled_ms = self._vendor.stalled_ms
        return stalled_ms is not None and self._unanswered >= stalled_ms * mulaw.BYTES_PER_MS
