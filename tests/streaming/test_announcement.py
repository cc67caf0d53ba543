"""A task says that it takes calls once the balancer sends them, and takes it back when it drains."""

import asyncio
import queue
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from shared.ports import ProviderError, Unavailable
from streaming.announcement import GOOD_FOR, RENEW_S, Announcement
from streaming.live_calls import LiveCalls
from tests.fakes import FakeRoster
from tests.streaming.conftest import Service
from tests.streaming.test_app import get

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PATIENCE_S = 10


class ToldRoster(FakeRoster):
    """What it is told, in order; whatever is in `failures` it fails with first."""

    def __init__(self, *failures: ProviderError) -> None:
        super().__init__()
        self.told: queue.Queue[str] = queue.Queue()
        self._failures = list(failures)

    def announce(self, task: str, since: datetime, until: datetime) -> None:
        self._say("here")
        assert (since, until) == (NOW, NOW + GOOD_FOR)
        super().announce(task, since, until)

    def withdraw(self, task: str) -> None:
        self._say("gone")
        super().withdraw(task)

    def _say(self, what: str) -> None:
        self.told.put(what)
        if self._failures:
            raise self._failures.pop(0)

    async def next(self) -> str:
        return await asyncio.to_thread(self.told.get, timeout=PATIENCE_S)


@asynccontextmanager
async def announcing(roster: FakeRoster, *, renew_s: float = PATIENCE_S) -> AsyncIterator[Announcement]:
    """It must have ended when the block is left, once it was told to drain."""
    announcement = Announcement(roster, after_s=0, clock=lambda: NOW, renew_s=renew_s)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(announcement.run())
        yield announcement
        announcement.drain()


async def test_t7_a_task_that_the_balancer_has_not_looked_at_says_nothing() -> None:
    roster = ToldRoster()
    async with announcing(roster, renew_s=0.01):
        await asyncio.sleep(0)
    assert roster.told.empty()


async def test_t7_a_task_says_that_it_is_there_again_and_again_until_it_drains() -> None:
    roster = ToldRoster()
    async with announcing(roster, renew_s=0.01) as announcement:
        announcement.checked()
        assert [await roster.next() for _ in range(3)] == ["here"] * 3
        assert roster.awake_since(NOW) == NOW
    assert roster.awake_since(NOW) is None
    assert roster.told.queue[-1] == "gone"


async def test_t7_a_table_that_fails_is_told_again_and_nobody_waits_for_it() -> None:
    roster = ToldRoster(Unavailable("down"), Unavailable("down"))
    async with announcing(roster, renew_s=0.01) as announcement:
        announcement.checked()
        assert [await roster.next() for _ in range(3)] == ["here"] * 3
        assert await roster.next() == "here"
        assert roster.awake_since(NOW) == NOW


async def test_t7_a_task_that_waits_for_the_balancer_to_send_calls_is_not_there_yet() -> None:
    roster = ToldRoster()
    announcement = Announcement(roster, after_s=PATIENCE_S, clock=lambda: NOW)
    async with asyncio.timeout(PATIENCE_S / 2), asyncio.TaskGroup() as tasks:
        tasks.create_task(announcement.run())
        announcement.checked()
        await asyncio.sleep(0)
        announcement.drain()
    assert list(roster.told.queue) == ["gone"]


async def test_t7_the_balancer_is_whoever_asks_for_the_health_and_draining_begins_with_the_calls(
    service: Service,
) -> None:
    roster = ToldRoster()
    async with announcing(roster) as announcement:
        service.app.on_check, service.app.calls.on_drain = announcement.checked, announcement.drain
        await get(service, "/ready")
        assert roster.told.empty()
        await get(service, "/health")
        assert await roster.next() == "here"
        service.app.calls.drain()
        assert await roster.next() == "gone"


def test_two_words_may_be_lost() -> None:
    assert GOOD_FOR.total_seconds() > 2 * RENEW_S


def test_nobody_has_to_be_told_of_draining() -> None:
    LiveCalls(1).drain()
