"""A task with a call is not to be scaled in. Asked for when the first call comes, let go of when the last one ends.

It is not renewed. Nothing says that a protected task is taken off the balancer: with new calls coming it would be
protected for ever, and hold a deployment up until CloudFormation gives up. Calls that live when protection ends have
the balancer's own patience still before them.
Off the way of the calls: whether the agent answers changes nothing for them.
"""

import asyncio
import logging
from contextlib import suppress

from shared.adapters.ecs_agent import EcsAgent
from shared.ports import ProviderError

MINUTES = 60
"""At most, from the first call on: as long as the balancer then leaves the task alone."""
RETRY_S = 15.0

log = logging.getLogger(__name__)


class Protection:
    """Keeps the agent informed while `run` runs in a task; `busy` says which way it is now."""

    def __init__(self, agent: EcsAgent, *, retry_s: float = RETRY_S) -> None:
        self._agent = agent
        self._retry_s = retry_s
        self._busy = False
        self._changed = asyncio.Event()

    def busy(self, now: bool) -> None:
        """The first call has come (True), or the last one has ended."""
        self._busy = now
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled. Of several changes while the agent is slow only the last one counts."""
        told = False
        while True:
            self._changed.clear()
            wanted = self._busy
            if wanted != told:
                told = wanted if await self._tell(wanted) else not wanted
            with suppress(TimeoutError):
                async with asyncio.timeout(None if told == wanted else self._retry_s):
                    await self._changed.wait()

    async def _tell(self, busy: bool) -> bool:
        try:
            if busy:
                await asyncio.to_thread(self._agent.protect, MINUTES)
            else:
                await asyncio.to_thread(self._agent.release)
        except ProviderError as error:
            log.warning("protection_failed", extra={"error": type(error).__name__})
            return False
        return True
