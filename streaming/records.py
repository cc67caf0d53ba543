"""What is written down of one call: in order, off the event loop, bounded, and complete when the call is over."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from shared.core.events import JsonValue
from shared.core.next_step import NextStep
from shared.ports import CallStore, LogEntry, ProviderError, Refused

MAX_WAITING = 1_000
"""Writes kept for a store that is slow: some hundred turns. What exceeds them is lost and counted."""
WRITE_DEADLINE_S = 10
ATTEMPTS = 4
BACKOFF_S = 0.2

type Clock = Callable[[], datetime]
type _Write = Callable[[], object]

log = logging.getLogger(__name__)


class Records:
    """The record of one call, as far as one stream of it writes it. `run` must be running in a task."""

    def __init__(self, store: CallStore, threads: Executor, clock: Clock, *, call_sid: str, stream: int) -> None:
        self._store = store
        self._threads = threads
        self._clock = clock
        self._call_sid = call_sid
        self._stream = stream
        self._queue: asyncio.Queue[_Write] = asyncio.Queue(MAX_WAITING)
        self._progress: Mapping[str, JsonValue] | None = None
        self._count = 0
        self.lost = 0

    def append(self, kind: str, data: Mapping[str, JsonValue]) -> None:
        """Add one line to the call's event log."""
        self._count += 1
        entry = LogEntry(f"{self._stream:02d}-{self._count:05d}", kind, self._clock(), data)
        self._put(partial(self._store.append, self._call_sid, entry))

    def save_progress(self, progress: Mapping[str, JsonValue]) -> None:
        """Keep where the conversation stands. Of several that wait only the newest is written."""
        if self._progress is None:
            self._put(self._write_progress)
        self._progress = progress

    async def set_next_step(self, next_step: NextStep) -> None:
        """Write what follows the stream at once, ahead of all that waits. Raises ProviderError or TimeoutError."""
        await self._write(partial(self._store.set_next_step, self._call_sid, next_step, stream=self._stream))

    def finish(self) -> None:
        """Nothing more will be written: `run` ends when all that waits is."""
        self._queue.shutdown()

    async def run(self) -> None:
        """Write, in order, until `finish`."""
        while True:
            try:
                write = await self._queue.get()
            except asyncio.QueueShutDown:
                break
            try:
                await self._write(write)
            except (ProviderError, TimeoutError) as error:
                self._lose(type(error).__name__)
        if self.lost:
            log.error("record_incomplete", extra={"call_sid": self._call_sid, "dropped": self.lost})

    def _put(self, write: _Write) -> None:
        try:
            self._queue.put_nowait(write)
        except (asyncio.QueueFull, asyncio.QueueShutDown) as error:
            self._lose(type(error).__name__)

    def _lose(self, why: str) -> None:
        self.lost += 1
        if self.lost == 1:
            log.error("record_lost", extra={"call_sid": self._call_sid, "reason": why})

    def _write_progress(self) -> None:
        progress, self._progress = self._progress, None
        if progress is not None:
            self._store.save_progress(self._call_sid, progress, stream=self._stream)

    async def _write(self, write: _Write) -> None:
        """One write, again and again while the store may still take it: every write is conditional, so it is safe."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(WRITE_DEADLINE_S):
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    await loop.run_in_executor(self._threads, write)
                except Refused:
                    raise
                except ProviderError:
                    if attempt == ATTEMPTS:
                        raise
                    await asyncio.sleep(BACKOFF_S * 2 ** (attempt - 1))
                else:
                    return
