"""What is written down of one call: in order, off the event loop, bounded, and complete when the call is over.

Lines that come shortly after one another are written together: a turn is a handful of lines and one or two writes.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime
from functools import partial

from shared.core.events import JsonValue
from shared.core.next_step import NextStep
from shared.core.ways_out import OPT_OUT
from shared.ports import CallStore, LogEntry, ProviderError, Refused

MAX_WAITING = 1_000
"""Lines kept for a store that is slow: some hundred turns. What exceeds them is lost and counted."""
LINGER_S = 1.0
"""How long a line waits for others; a process that dies takes these lines with it."""
WRITE_DEADLINE_S = 10
ATTEMPTS = 4
BACKOFF_S = 0.2

type Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


class Records:
    """The record of one call, as far as one stream of it writes it. `run` must be running in a task."""

    def __init__(
        self,
        store: CallStore,
        threads: Executor,
        clock: Clock,
        *,
        call_sid: str,
        stream: int,
        name: str = "",
        opt_out: Callable[[str], object] | None = None,
    ) -> None:
        """`name` tells the keys of its lines from those of another stream of that number; `opt_out` puts on file that
        whoever was called wants no more calls, told how they said so."""
        self._store = store
        self._threads = threads
        self._clock = clock
        self._call_sid = call_sid
        self._stream = stream
        self._name = name or f"{stream:02d}"
        self._lines: list[LogEntry] = []
        self._progress: Mapping[str, JsonValue] | None = None
        self._newest: Mapping[str, JsonValue] = {}
        self._news = asyncio.Event()
        self._at_once = asyncio.Event()
        """Whether what waits is to linger no longer."""
        self._over = asyncio.Event()
        self._opt_out = opt_out
        self._opting_out: Callable[[], object] | None = None
        self._writing = asyncio.Lock()
        self._count = 0
        self.lost = 0

    def append(self, kind: str, data: Mapping[str, JsonValue]) -> None:
        """Add one line to the call's event log. An opt-out is put on file even if there is no room for its line."""
        self._count += 1
        if kind == OPT_OUT and self._opt_out is not None:
            self._opting_out = partial(self._opt_out, str(data.get("by", "")))
            self._at_once.set()
            self._news.set()
        if self._over.is_set() or len(self._lines) >= MAX_WAITING:
            self._lose(1, "late" if self._over.is_set() else "full")
            return
        self._lines.append(LogEntry(f"{self._name}-{self._count:05d}", kind, self._clock(), data))
        self._news.set()

    def save_progress(self, progress: Mapping[str, JsonValue]) -> None:
        """Keep where the conversation stands. Of several that wait only the newest is written."""
        self._progress = self._newest = progress
        self._news.set()

    async def set_next_step(self, next_step: NextStep) -> bool:
        """Write what follows the stream at once, ahead of all that waits; False if something else does. Raises
        ProviderError or TimeoutError."""
        return await self._write(partial(self._store.set_next_step, self._call_sid, next_step, stream=self._stream))

    async def take_back(self) -> None:
        """Nothing follows the stream after all: it goes on. Raises ProviderError or TimeoutError."""
        async with self._writing:
            progress, self._progress = self._newest, None
            await self._write(partial(self._store.resume, self._call_sid, progress, stream=self._stream))

    async def flush(self) -> None:
        """Write what waits at once, for somebody else reads it next."""
        await self._write_what_waits()

    def finish(self) -> None:
        """Nothing more will be written: `run` ends when all that waits is."""
        self._over.set()
        self._at_once.set()
        self._news.set()

    async def run(self) -> None:
        """Write, in order, until `finish`."""
        while not self._over.is_set():
            await self._news.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_S):
                    await self._at_once.wait()
            if not self._over.is_set():
                self._at_once.clear()
            self._news.clear()
            await self._write_what_waits()
        await self._write_what_waits()
        if self.lost:
            log.error("record_incomplete", extra={"call_sid": self._call_sid, "dropped": self.lost})

    async def _write_what_waits(self) -> None:
        """Who is not to be called again, then progress: a process that dies after it leaves a call that goes on where
        its record ends. An opt-out that could not be written is tried again, and made good by whoever ends the call."""
        async with self._writing:
            if self._opting_out is not None and await self._try(self._opting_out, 1):
                self._opting_out = None
            lines, self._lines = self._lines, []
            progress, self._progress = self._progress, None
            if progress is not None:
                await self._try(partial(self._store.save_progress, self._call_sid, progress, stream=self._stream), 1)
            if lines:
                await self._try(partial(self._store.append, self._call_sid, lines), len(lines))

    async def _try(self, write: Callable[[], object], worth: int) -> bool:
        try:
            await self._write(write)
        except (ProviderError, TimeoutError) as error:
            self._lose(worth, type(error).__name__)
            return False
        return True

    def _lose(self, count: int, why: str) -> None:
        if not self.lost:
            log.error("record_lost", extra={"call_sid": self._call_sid, "provider": "store", "reason": why})
        self.lost += count

    async def _write[Result](self, write: Callable[[], Result]) -> Result:
        """One write, again and again while the store may still take it: every write is conditional, so it is safe."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(WRITE_DEADLINE_S):
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return await loop.run_in_executor(self._threads, write)
                except Refused:
                    raise
                except ProviderError:
                    if attempt == ATTEMPTS:
                        raise
                    await asyncio.sleep(BACKOFF_S * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")
