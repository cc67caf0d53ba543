"""People are rung while the caller still hears that they are put through (docs/decisions/0015).

What follows the stream is written first, as at its end, so that whoever takes the call from here goes on with it. What
is begun here and lost is done when the stream is over: it is only ever sooner.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from shared.core.next_step import HandOver
from shared.ports import ProviderError
from shared.usecases.transfer import begin_ahead, call_off
from streaming.deps import Deps
from streaming.records import Records

SETTLE_S = 2
"""For what is under way when the stream ends: a person claimed, and an order to the carrier."""

log = logging.getLogger(__name__)


class Ahead:
    """Of one stream. One thing after the other, in tasks that end with their group; nothing here blocks or raises."""

    def __init__(self, deps: Deps, records: Records, tasks: asyncio.TaskGroup, *, call_sid: str, stream: int) -> None:
        self._deps = deps
        self._records = records
        self._tasks = tasks
        self._call_sid = call_sid
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._one_by_one = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()
        self._written: HandOver | None = None

    def begin(self, step: HandOver) -> None:
        """Write the step, and have its people rung."""
        self._start(self._begin, step)

    def call_off(self) -> None:
        """Have nobody rung, and take the step back; nothing if there is none."""
        self._start(self._call_off)

    async def settled(self) -> HandOver | None:
        """The step that is written already, once nothing is under way any more."""
        if self._running:
            await asyncio.wait(self._running, timeout=SETTLE_S)
        return self._written

    async def _begin(self, step: HandOver) -> None:
        await self._records.flush()
        if await self._records.set_next_step(step):
            self._written = step
            await self._order(begin_ahead, step, self._stream)

    async def _call_off(self) -> None:
        if self._written is None:
            return
        self._written = None
        await self._order(call_off, self._stream)
        await self._records.take_back()

    async def _order(self, work: Callable[..., None], *arguments: object) -> None:
        threads = self._deps.order_threads
        await self._loop.run_in_executor(threads, work, self._deps.switch, self._call_sid, *arguments)

    def _start(self, work: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        task = self._tasks.create_task(self._in_turn(work, *arguments), name="ahead")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _in_turn(self, work: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        try:
            async with self._one_by_one:
                await work(*arguments)
        except (ProviderError, TimeoutError) as error:
            log.error("ahead_lost", extra={"call_sid": self._call_sid, "error": type(error).__name__})
