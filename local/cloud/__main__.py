"""`python -m local.cloud SERVICE`: runs until SIGTERM, SIGINT, or the death of the program that started it.

`speech` is Transcribe and Polly, `ecs` a service of Amazon ECS, `aws` the emulator of everything else. Each says its
address in one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

from local.cloud import ecs
from local.cloud.emulator import EmulatorFailed, emulator
from local.lifetime import until_told


async def _main(given: argparse.Namespace) -> None:
    parent = os.getppid()
    async with _SERVICES[given.cloud](given) as said:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await until_told(parent)


@contextlib.asynccontextmanager
async def _speech(given: argparse.Namespace) -> AsyncIterator[Mapping[str, Any]]:
    from local.cloud.cloud import Config, running  # the emulator should not wait for the engines' libraries

    config = Config(
        port=given.port,
        silence_ms=given.silence_ms,
        most_streams=given.streams,
        polly_per_second=given.polly_per_second,
    )
    async with running(config) as cloud:
        yield {"speech": cloud.speech, "stats": cloud.stats.summary()}


@contextlib.asynccontextmanager
async def _aws(given: argparse.Namespace) -> AsyncIterator[Mapping[str, Any]]:
    async with emulator() as endpoint:
        yield {"aws": endpoint}


@contextlib.asynccontextmanager
async def _ecs(given: argparse.Namespace) -> AsyncIterator[Mapping[str, Any]]:
    async with ecs.running(ecs.Config(given.cluster, given.service, given.command, given.start_s)) as running:
        yield {"ecs": running.endpoint, "balancer": running.balancer}


_SERVICES = {"speech": _speech, "aws": _aws, "ecs": _ecs}


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description="A small AWS on this machine.")
    services = parser.add_subparsers(dest="cloud", required=True, metavar="SERVICE")
    services.add_parser("aws", help="tables, queues, functions and the rest")
    speech = services.add_parser("speech", help="Transcribe and Polly")
    speech.add_argument("--port", type=int, default=0, help="0 takes a free one")
    speech.add_argument("--silence-ms", type=int, default=300, help="the silence that ends a segment of speech")
    speech.add_argument("--streams", type=int, default=25, help="Transcribe streams at a time")
    speech.add_argument("--polly-per-second", type=float, help="Polly requests a second per engine; 0 lifts the quota")
    tasks = services.add_parser("ecs", help="a service of Amazon ECS, whose tasks are processes")
    tasks.add_argument("--cluster", required=True)
    tasks.add_argument("--service", required=True)
    tasks.add_argument(
        "--start-s", type=float, default=30, help="from the asking for a task to its start (%(default)s)"
    )
    tasks.add_argument("command", nargs="+", metavar="COMMAND", help="after --: what a task runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        asyncio.run(_main(_asked(sys.argv[1:])))
    except (EmulatorFailed, OSError) as error:
        sys.exit(f"local.cloud: {error}")
