"""The document a call is obeying now: started, replaced by another, or stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from local.carrier.page import Source

log = logging.getLogger(__name__)

CLEANUP_S = 5
"""Longest wait for a verb to put its things away."""


class Running:
    """At most one document at a time. `failed` is called when obeying broke by a defect of ours."""

    def __init__(
        self, tasks: asyncio.TaskGroup, obey: Callable[[Source], Awaitable[None]], failed: Callable[[], None]
    ) -> None:
        self._tasks = tasks
        self._obey = obey
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def replace(self, source: Source) -> None:
        """Leave the present document, if any, and go on with this one."""
        if self._task:
            # At once: a document that has yet to begin must not end the call before this one begins.
            self._task.cancel()
        self._task = self._tasks.create_task(self._run(self._task, source))

    async def stop(self) -> None:
        if self._task:
            await put_away([self._task])

    async def _run(self, previous: asyncio.Task[None] | None, source: Source) -> None:
        if previous:
            await asyncio.wait([previous], timeout=CLEANUP_S)
        try:
            await self._obey(source)
        except Exception:
            log.exception("a TwiML document could not be obeyed")
            self._failed()


async def put_away(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel and wait, at most CLEANUP_S."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=CLEANUP_S)
