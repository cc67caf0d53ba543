"""`python -m local.cloud` as a child process, the way other programs run it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from tests.local.cloud.client import spoken

ROOT = Path(__file__).parents[3]
PARENT = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); sys.stdin.read()"


@asynccontextmanager
async def started(*command: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def announced(process: Process) -> dict[str, Any]:
    assert process.stdout
    return dict(json.loads(await asyncio.wait_for(process.stdout.readline(), 60)))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_is_and_stops_when_told(sign: signal.Signals) -> None:
    async with started("-m", "local.cloud", "speech", "--polly-per-second", "0") as process:
        ready = await announced(process)
        assert await spoken(ready["speech"], "Hello.")
        process.send_signal(sign)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_it_takes_the_emulator_with_it_even_when_killed() -> None:
    async with started("-m", "local.cloud", "aws") as process:
        assert (await announced(process))["aws"].startswith("http://127.0.0.1:")
        children = psutil.Process(process.pid).children(recursive=True)
        folders = {child.environ()["TMPDIR"] for child in children}
        assert len(folders) == 1
        process.kill()
        await process.wait()
        gone, alive = await asyncio.to_thread(psutil.wait_procs, children, 20)
    assert (len(gone), alive) == (len(children), [])
    assert [folder for folder in folders if os.access(folder, os.F_OK)] == []


async def test_it_does_not_outlive_the_program_that_started_it() -> None:
    async with started("-c", PARENT, sys.executable, "-m", "local.cloud", "speech") as parent:
        assert parent.stdout
        cloud = psutil.Process(int(await parent.stdout.readline()))
        await announced(parent)
        parent.kill()
        await parent.wait()
        gone, _ = await asyncio.to_thread(psutil.wait_procs, [cloud], 20)
    assert gone == [cloud]
