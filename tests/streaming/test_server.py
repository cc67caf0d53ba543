"""Draining, with real signals to a real process."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.exceptions import InvalidStatus

from tests.streaming.twilio import SILENCE, calling, upgraded

CALL_SID = f"CA{1:032x}"


@asynccontextmanager
async def process(drain_s: float) -> AsyncIterator[tuple[Process, int]]:
    """A served process and its port; killed at the end if it still runs."""
    command = [sys.executable, "-m", "tests.streaming.served", str(drain_s)]
    served = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env={**os.environ, "PYTHONWARNINGS": "error"})
    try:
        yield served, int((await told(served, "server_listening"))["port"])
    finally:
        if served.returncode is None:
            served.kill()
        await served.wait()


async def told(served: Process, event: str) -> dict[str, Any]:
    """The next line of the process's log that tells of `event`."""
    assert served.stdout is not None
    async with asyncio.timeout(20):
        while True:
            line: dict[str, Any] = json.loads(await served.stdout.readline())
            if line["event"] == event:
                return line


async def exit_code(served: Process) -> int:
    async with asyncio.timeout(20):
        return await served.wait()


async def test_sigterm_lets_a_call_go_on_and_the_process_ends_with_it() -> None:
    async with process(60) as (served, port):
        async with calling(port, CALL_SID, "let-me-in") as line:
            await line.until(lambda: len(line.marks) == 3)
            for _ in range(2):  # to a group, and passed on by its leader
                served.send_signal(signal.SIGTERM)
                await refused_as_draining(port)
            await line.press("1")
            await line.until(lambda: bool(line.marks[3:]))
            await line.say(SILENCE)
            assert line.close_code is None
            await line.stop(CALL_SID)
        over = await told(served, "test_over")
        assert (over["kept"], over["outcome"]) == (True, "caller-left")
        assert await exit_code(served) == 0


async def test_at_the_deadline_calls_are_let_go_as_restarting_and_their_progress_is_kept() -> None:
    async with process(0.2) as (served, port), calling(port, CALL_SID, "let-me-in") as line:
        await line.until(lambda: len(line.marks) == 3)
        served.send_signal(signal.SIGTERM)
        assert await line.closed() == 1012
        over = await told(served, "test_over")
        assert (over["kept"], over["outcome"]) == (True, None)
        assert await exit_code(served) == 0


async def test_a_second_signal_does_not_wait_for_the_deadline() -> None:
    async with process(60) as (served, port), calling(port, CALL_SID, "let-me-in") as line:
        await line.until(lambda: len(line.marks) == 3)
        served.send_signal(signal.SIGINT)
        await refused_as_draining(port)
        async with asyncio.TaskGroup() as tasks:
            closed = tasks.create_task(line.closed())
            while not closed.done():
                served.send_signal(signal.SIGINT)
                await asyncio.wait({closed}, timeout=0.3)
        assert closed.result() == 1012
        assert await exit_code(served) == 0


async def test_r6_a_process_tells_how_many_of_its_places_are_taken() -> None:
    async with process(60) as (served, _):
        line = await told(served, "service_busy")
        lag = await told(served, "loop_lag")

    assert (line["calls"], line["busy_percent"]) == (0, 0)
    assert lag["lag_ms"] >= 0


async def test_an_idle_process_ends_at_once() -> None:
    async with process(60) as (served, _):
        served.send_signal(signal.SIGTERM)
        assert await exit_code(served) == 0


async def refused_as_draining(port: int) -> None:
    """Wait until new calls are refused, while the listening socket stays open."""
    async with asyncio.timeout(5):
        while True:
            try:
                async with upgraded(port):
                    await asyncio.sleep(0.01)
            except InvalidStatus as refusal:
                if refusal.response.status_code == 503:
                    return
                raise
