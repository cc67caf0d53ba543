"""The stand-in as a process: what it prints, and what ends it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
WITHIN_S = 30
MODEL = (sys.executable, "-m", "local.model", "--port", "0", "--first-token-ms", "0", "--token-ms", "0")
STARTER = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline(), child.pid, flush=True)
"""


async def first_line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        return (await process.stdout.readline()).decode()


async def test_it_says_where_it_listens_and_ends_when_told() -> None:
    process = await asyncio.create_subprocess_exec(*MODEL, cwd=ROOT, stdout=PIPE)
    url = json.loads(await first_line(process))["listening"]
    async with httpx.AsyncClient(headers={"authorization": "Bearer k"}) as http:
        assert (await http.get(f"{url}/models")).status_code == 200
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(WITHIN_S):
        assert await process.wait() == 0


async def test_it_ends_with_the_process_that_started_it() -> None:
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTER, *MODEL, cwd=ROOT, stdout=PIPE)
    assert "listening" in await first_line(starter)
    pid = int(await first_line(starter))
    async with asyncio.timeout(WITHIN_S):
        await starter.wait()
        await end_of(pid)


async def end_of(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, gone.set)
    await gone.wait()
    asyncio.get_running_loop().remove_reader(descriptor)
    os.close(descriptor)
