"""The record of a call: ordered, bounded, retried, complete at the end."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from threading import Event

import pytest

from shared.core.events import JsonValue
from shared.core.next_step import HangUp
from shared.ports import LogEntry, NewCall, ProviderError, Refused, Throttled, Unavailable
from streaming.records import ATTEMPTS, Records
from tests.fakes import FakeCallStore
from tests.streaming.conftest import NOW

CALL_SID = f"CA{1:032x}"


class MoodyStore(FakeCallStore):
    """Fails the next writes as told, and waits while it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[ProviderError] = []
        self.tries = 0
        self.held = Event()
        self.held.set()
        self.began = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.saved: list[Mapping[str, JsonValue]] = []
        self.create(NewCall(CALL_SID, "AC1", "+1", "+2", "clinic", NOW, "hash", NOW + timedelta(minutes=1)))
        assert self.claim_stream(CALL_SID, "hash", NOW) == 1

    def append(self, call_sid: str, entries: Sequence[LogEntry]) -> bool:
        self._loop.call_soon_threadsafe(self.began.set)
        self.held.wait(5)
        self.tries += 1
        if self.faults:
            raise self.faults.pop(0)
        return super().append(call_sid, entries)

    def save_progress(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        self.saved.append(progress)
        return super().save_progress(call_sid, progress, stream=stream)


@pytest.fixture(autouse=True)
def _no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.records.BACKOFF_S", 0)


@asynccontextmanager
async def recording(store: FakeCallStore) -> AsyncIterator[Records]:
    """Records of stream 1, written out on leaving."""
    with ThreadPoolExecutor(2) as threads:
        records = Records(store, threads, lambda: NOW, call_sid=CALL_SID, stream=1)
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(records.run())
            yield records
            records.finish()


async def test_everything_written_is_there_in_order_when_it_ends() -> None:
    store = MoodyStore()
    async with recording(store) as records:
        for number in range(200):
            records.append("line", {"number": number})

    assert [entry.data["number"] for entry in store.log(CALL_SID)] == list(range(200))
    assert records.lost == 0


async def test_lines_that_come_together_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.records.LINGER_S", 60)
    store = MoodyStore()
    async with recording(store) as records:
        records.append("first", {})
        await asyncio.sleep(0)
        records.append("second", {})
        records.save_progress({"number": 1})
        records.append("third", {})

    assert [entry.kind for entry in store.log(CALL_SID)] == ["first", "second", "third"]
    assert (store.tries, store.saved) == (1, [{"number": 1}])


async def test_lines_do_not_wait_for_the_call_to_end() -> None:
    store = MoodyStore()
    async with recording(store) as records:
        records.append("first", {})
        await store.began.wait()


@asynccontextmanager
async def one_after_the_other(store: MoodyStore) -> AsyncIterator[Records]:
    """Two lines in a write each: the second comes while the first is written."""
    store.held.clear()
    async with recording(store) as records:
        records.append("first", {})
        await store.began.wait()
        records.append("second", {})
        store.held.set()
        yield records


@pytest.mark.parametrize("fault", [Unavailable("reset"), Throttled("slow down")])
async def test_a_write_that_fails_is_tried_again_before_the_next(fault: ProviderError) -> None:
    store = MoodyStore()
    store.faults = [fault] * (ATTEMPTS - 1)
    async with one_after_the_other(store) as records:
        pass

    assert [entry.kind for entry in store.log(CALL_SID)] == ["first", "second"]
    assert (store.tries, records.lost) == (ATTEMPTS + 1, 0)


async def test_a_write_that_keeps_failing_is_counted_as_lost_and_the_rest_goes_on() -> None:
    store = MoodyStore()
    store.faults = [Unavailable("down")] * ATTEMPTS
    async with one_after_the_other(store) as records:
        pass

    assert [entry.kind for entry in store.log(CALL_SID)] == ["second"]
    assert records.lost == 1


async def test_every_line_of_a_write_that_fails_is_counted() -> None:
    store = MoodyStore()
    store.faults = [Refused("no such table")]
    async with recording(store) as records:
        records.append("first", {})
        records.append("second", {})

    assert records.lost == 2


async def test_a_refused_write_is_not_tried_again() -> None:
    store = MoodyStore()
    store.faults = [Refused("no such table")]
    async with recording(store) as records:
        records.append("first", {})

    assert (store.tries, records.lost) == (1, 1)


async def test_of_progress_that_waits_only_the_newest_is_written() -> None:
    store = MoodyStore()
    store.held.clear()
    async with recording(store) as records:
        records.append("slow", {})
        for number in range(10):
            records.save_progress({"number": number})
        store.held.set()

    assert store.saved == [{"number": 9}]


async def test_a_process_that_dies_while_it_writes_leaves_progress_no_older_than_its_record() -> None:
    store = MoodyStore()
    store.held.clear()
    async with recording(store) as records:
        records.append("agent", {"text": "What day?"})
        records.save_progress({"asked": "day"})
        await store.began.wait()
        assert store.saved == [{"asked": "day"}]
        store.held.set()


async def test_the_next_step_does_not_wait_for_the_record() -> None:
    store = MoodyStore()
    store.held.clear()
    async with recording(store) as records:
        records.append("slow", {})
        await records.set_next_step(HangUp())
        record = store.get(CALL_SID)
        assert record is not None
        assert record.next_step == HangUp()
        store.held.set()


async def test_a_store_that_stands_still_costs_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.records.MAX_WAITING", 10)
    store = MoodyStore()
    store.held.clear()
    async with recording(store) as records:
        for number in range(100):
            records.append("line", {"number": number})
        store.held.set()

    assert len(store.log(CALL_SID)) == 10
    assert records.lost == 90
