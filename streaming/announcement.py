"""A task says that it takes calls, where webhooks have to know: in a stage that keeps no task while nobody calls.

It says so once the balancer sends calls here, over and over for as long as it takes any, and takes it back when it
drains. Off the way of the calls: whether the table takes it changes nothing for them.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from shared.ports import ProviderError
from shared.ports.fleet import Roster

RENEW_S = 10.0
GOOD_FOR = timedelta(seconds=30)
"""One that died without a word is counted on for as long; two renewals may fail."""

log = logging.getLogger(__name__)


class Announcement:
    """`checked` says that the balancer has looked, `drain` that no more calls are taken; `run` does the rest."""

    def __init__(
        self, roster: Roster, *, after_s: float, clock: Callable[[], datetime], renew_s: float = RENEW_S
    ) -> None:
        self._roster = roster
        self._after_s = after_s
        self._clock = clock
        self._renew_s = renew_s
        self._task = uuid4().hex
        self._checked = asyncio.Event()
        self._drained = asyncio.Event()

    def checked(self) -> None:
        self._checked.set()

    def drain(self) -> None:
        self._drained.set()

    async def run(self) -> None:
        """Until drained. What is told is told in order, by one thread."""
        with ThreadPoolExecutor(1, "announcing") as thread:
            async with asyncio.TaskGroup() as tasks:
                announcing = tasks.create_task(self._announce(thread))
                await self._drained.wait()
                announcing.cancel()
            if self._checked.is_set():
                await self._tell(thread, partial(self._roster.withdraw, self._task))

    async def _announce(self, thread: ThreadPoolExecutor) -> None:
        await self._checked.wait()
        await asyncio.sleep(self._after_s)
        since = self._clock()
        while True:
            await self._tell(thread, partial(self._roster.announce, self._task, since, self._clock() + GOOD_FOR))
            await asyncio.sleep(self._renew_s)

    async def _tell(self, thread: ThreadPoolExecutor, what: Callable[[], None]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(thread, what)
        except ProviderError as error:
            log.warning("announcement_failed", extra={"error": type(error).__name__})
