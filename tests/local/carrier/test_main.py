"""The stand-in as a process."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process

import aiohttp
import pytest

from local.carrier.__main__ import parse
from tests.local.carrier.office import ACCOUNT

ARGUMENTS = ("-m", "local.carrier", "--account-sid", ACCOUNT, "--auth-token-env", "CARRIER_TOKEN")
ENVIRONMENT = {**os.environ, "CARRIER_TOKEN": "t0ken"}


async def started(process: Process) -> str:
    assert process.stdout
    return str(json.loads(await asyncio.wait_for(process.stdout.readline(), 30))["listening"])


async def test_it_says_where_it_listens_and_leaves_when_told() -> None:
    route = "https://voice.example.test=http://127.0.0.1:9"
    process = await asyncio.create_subprocess_exec(
        sys.executable, *ARGUMENTS, "--route", route, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT
    )
    url = await started(process)
    async with aiohttp.ClientSession() as session, session.get(f"{url}/lab/calls") as answer:
        assert await answer.json() == {"calls": []}
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out, err) == (0, b"", b"")


async def test_it_leaves_when_whoever_started_it_is_gone() -> None:
    """A shell starts it and dies; the pipe it inherited closes when it has left too."""
    command = f"{sys.executable} {' '.join(ARGUMENTS)} & wait"
    shell = await asyncio.create_subprocess_exec("/bin/sh", "-c", command, stdout=PIPE, env=ENVIRONMENT)
    await started(shell)
    shell.kill()
    out, _ = await asyncio.wait_for(shell.communicate(), 10)
    assert out == b""


def test_the_command_line_becomes_a_configuration() -> None:
    routes = ("--route", "https://a.test=http://127.0.0.1:1", "--route", "wss://a.test=ws://127.0.0.1:2")
    config = parse([*ARGUMENTS[2:], *routes, "--polly-url", "http://127.0.0.1:3"], {"CARRIER_TOKEN": "x"})
    assert config.routes == {"https://a.test": "http://127.0.0.1:1", "wss://a.test": "ws://127.0.0.1:2"}
    assert (config.auth_token, config.polly_url, config.port) == ("x", "http://127.0.0.1:3", 0)
    assert "'x'" not in repr(config)


@pytest.mark.parametrize(
    ("extra", "environment", "why"),
    [((), {}, "CARRIER_TOKEN is not set"), (("--route", "nowhere"), {"CARRIER_TOKEN": "x"}, "not PUBLIC=LOCAL")],
)
def test_bad_arguments_are_explained(
    extra: tuple[str, ...], environment: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse([*ARGUMENTS[2:], *extra], environment)
    assert why in capsys.readouterr().err
