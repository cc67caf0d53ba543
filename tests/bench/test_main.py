"""The benchmark as a command, for a few seconds."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest


@pytest.mark.e2e
async def test_it_measures_one_call_beside_the_floor_and_ends_with_a_verdict(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = ["-m", "bench", "--calls", "1", "--seconds", "16", "--results", str(results)]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE)
    try:
        async with asyncio.timeout(100):
            output = (await process.communicate())[0].decode().splitlines()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    runs = {run["server"]: run for run in json.loads(results.read_text())["runs"]}
    assert runs["floor"]["gap"]["n"] >= 1
    ours = runs["switchboard"]
    assert (ours["refused"], ours["closed_early"], ours["unanswered"]) == (0, 0, 0)
    assert ours["turns"] >= 1
    assert ours["model"]["n"] >= 1
    assert process.returncode == (0 if output[-1].endswith("ok") else 1)
    assert output[-1].endswith("ok") or "short: " in output[-1]
