import asyncio
import time

import pytest

from rehearsal.virtual_time import Stuck, VirtualLoop, run


def test_an_hour_of_waiting_passes_at_once() -> None:
    async def wait() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert run(wait()) == pytest.approx(3600)
    assert time.monotonic() - began < 60


def test_what_is_due_first_happens_first() -> None:
    async def race() -> list[str]:
        told: list[str] = []

        async def tell(name: str, after_s: float) -> None:
            await asyncio.sleep(after_s)
            told.append(name)

        async with asyncio.TaskGroup() as tasks:
            for name, after_s in (("late", 2.0), ("early", 0.5), ("between", 1.0)):
                tasks.create_task(tell(name, after_s))
        return told

    assert run(race()) == ["early", "between", "late"]


def test_a_deadline_is_kept_in_virtual_time() -> None:
    async def late() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert run(late()) == pytest.approx(5)


def test_blocking_work_runs_in_place_and_takes_as_long_as_it_says() -> None:
    async def work() -> tuple[str, float, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)

        def slow() -> str:
            loop.takes(4)
            return "done"

        quick_at = (await asyncio.to_thread(loop.time), loop.time())[1]
        return await asyncio.to_thread(slow), quick_at, loop.time()

    assert run(work()) == ("done", 0.0, 4.0)


def test_failing_work_fails_whoever_awaits_it() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def work() -> None:
        with pytest.raises(ValueError, match="no"):
            await asyncio.to_thread(fail)

    run(work())


def test_sockets_of_the_process_carry_at_once() -> None:
    async def talk() -> tuple[bytes, float]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(5))
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"hello")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        return answer, asyncio.get_running_loop().time()

    assert run(talk()) == (b"hello", 0.0)


def test_waiting_for_what_cannot_come_is_told() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        run(wait())
