"""Who opts out in a live call is on file at once, off the audio loop; and the carrier's verdict reaches the call."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from shared.core.attempt import Assignment
from shared.core.events import AnsweredBy
from shared.core.ways_out import OPT_OUT
from shared.ports import Unavailable
from streaming.records import Records
from streaming.verdict import tell_verdict
from tests.fakes import FakeCallStore
from tests.streaming.conftest import NOW, Service

ON_FILE_S = 5


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.records.BACKOFF_S", 0)
    monkeypatch.setattr("streaming.records.LINGER_S", 3_600)
    monkeypatch.setattr("streaming.verdict.LOOK_S", 0)


async def written(opt_out: Callable[[str], object], on_file: asyncio.Event) -> None:
    """An opt-out in the middle of a call, whose record has all the time in the world."""
    with ThreadPoolExecutor(1) as threads:
        records = Records(FakeCallStore(), threads, lambda: NOW, call_sid="CA1", stream=1, opt_out=opt_out)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(records.run())
            records.append("caller", {"text": "stop calling me"})
            records.append(OPT_OUT, {"by": "said"})
            async with asyncio.timeout(ON_FILE_S):
                await on_file.wait()
            records.finish()


async def test_o3_an_opt_out_lingers_no_moment_and_is_tried_until_it_is_on_file() -> None:
    loop, on_file, tries = asyncio.get_running_loop(), asyncio.Event(), list[str]()

    def opt_out(by: str) -> bool:
        tries.append(by)
        if len(tries) < 3:
            raise Unavailable("down")
        loop.call_soon_threadsafe(on_file.set)
        return True

    await written(opt_out, on_file)
    assert tries == ["said"] * 3


async def test_o3_an_opt_out_that_failed_is_tried_once_more_when_the_record_is_written_out() -> None:
    loop, failed, tries = asyncio.get_running_loop(), asyncio.Event(), list[str]()

    def opt_out(by: str) -> bool:
        tries.append(by)
        if len(tries) == 4:
            loop.call_soon_threadsafe(failed.set)
        if len(tries) <= 4:
            raise Unavailable("down")
        return True

    await written(opt_out, failed)
    assert len(tries) == 5


async def test_o3_an_opt_out_is_on_file_even_if_the_record_has_no_room_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.records.MAX_WAITING", 1)
    loop, on_file = asyncio.get_running_loop(), asyncio.Event()
    await written(lambda _: loop.call_soon_threadsafe(on_file.set), on_file)
    assert on_file.is_set()


async def test_t12_the_carriers_verdict_reaches_the_call_that_is_live(service: Service) -> None:
    call_sid, told = service.new_call(), list[AnsweredBy]()
    call = replace(service.call(call_sid), assignment=Assignment("reminder-1.1"))
    async with asyncio.timeout(ON_FILE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(tell_verdict(service.app.deps, call, told.append))
        service.store.set_answered_by(call_sid, "machine_start")
    assert told == [AnsweredBy("machine_start")]


async def test_t12_a_verdict_that_never_comes_is_not_looked_for_for_ever(service: Service) -> None:
    call, told = service.call(service.new_call()), list[AnsweredBy]()
    async with asyncio.timeout(ON_FILE_S):
        await tell_verdict(service.app.deps, call, told.append)
    assert told == []
