"""`python -m local.cloud`: runs until SIGTERM, SIGINT, or the death of the program that started it."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys

from local.cloud.cloud import Config, running
from local.cloud.emulator import EmulatorFailed

_PARENT_CHECK_S = 0.5


async def _until_told(parent: int) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told.set)
    while os.getppid() == parent and not told.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), _PARENT_CHECK_S)


async def _main(config: Config) -> None:
    parent = os.getppid()
    async with running(config) as cloud:
        sys.stdout.write(json.dumps({"speech": cloud.speech, "aws": cloud.aws, "stats": cloud.stats.summary()}) + "\n")
        sys.stdout.flush()
        await _until_told(parent)


def _config(arguments: list[str]) -> Config:
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description="A small AWS on this machine.")
    parser.add_argument("--port", type=int, default=0, help="of the speech services; 0 takes a free one")
    parser.add_argument("--ministack", action="store_true", help="run the emulator for tables, queues and the rest too")
    parser.add_argument("--silence-ms", type=int, default=300, help="the silence that ends a segment of speech")
    parser.add_argument("--streams", type=int, default=25, help="Transcribe streams at a time")
    parser.add_argument("--polly-per-second", type=float, help="Polly requests a second per engine; 0 lifts the quota")
    given = parser.parse_args(arguments)
    return Config(
        port=given.port,
        ministack=given.ministack,
        silence_ms=given.silence_ms,
        most_streams=given.streams,
        polly_per_second=given.polly_per_second,
    )


if __name__ == "__main__":
    try:
        asyncio.run(_main(_config(sys.argv[1:])))
    except (EmulatorFailed, OSError) as error:
        sys.exit(f"local.cloud: {error}")
