"""MiniStack, the AWS emulator for tables, queues and the rest: a child process on loopback that ends when we do."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from local.cloud import keeper, mended

_PROGRAM = Path(__file__).resolve().parents[2] / ".tools" / "ministack" / "bin" / "python"
_START_S = 20.0
_STOP_S = 10.0
_WARM_S = 86_400  # a Lambda that has been started stays warm: starting one takes a second or two here

REGION = "us-east-1"


class EmulatorFailed(Exception):
    """MiniStack is not installed, or did not come up. The message says which, and the last thing it said."""


@contextlib.asynccontextmanager
async def emulator() -> AsyncIterator[str]:
    """Run MiniStack and give its endpoint URL once it answers. Its files live in a folder that goes away with it.

    Raises EmulatorFailed.
    """
    if not _PROGRAM.exists():
        raise EmulatorFailed("MiniStack is not installed; run `make setup`")
    with tempfile.TemporaryDirectory(prefix="ministack-", ignore_cleanup_errors=True) as folder:
        port = _free_port()
        process = await _start(port, Path(folder))
        try:
            await _answers(process, port, Path(folder))
            yield f"http://127.0.0.1:{port}"
        finally:
            await _stop(process)


async def _start(port: int, folder: Path) -> asyncio.subprocess.Process:
    environment = {
        **{
            name: value for name, value in os.environ.items() if not name.startswith("AWS_")
        },  # functions would see them
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": f"{REGION}.amazonaws.com",  # an API is told by its public name in the Host header
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": str(_WARM_S),
        "TMPDIR": str(folder),
        "S3_DATA_DIR": str(folder / "s3"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    with (folder / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            keeper.__file__,
            str(folder),
            str(_PROGRAM),
            mended.__file__,
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


async def _answers(process: asyncio.subprocess.Process, port: int, folder: Path) -> None:
    try:
        async with asyncio.timeout(_START_S):
            while not await _healthy(port):
                if process.returncode is not None:
                    raise EmulatorFailed(f"MiniStack ended at once: {_last_words(folder)}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise EmulatorFailed(f"MiniStack did not answer in {_START_S:.0f} s: {_last_words(folder)}") from None


async def _healthy(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let go of the keeper's pipe; it ends MiniStack and the workers that runs."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _last_words(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")[-500:].strip() or "nothing"
