"""`python -m bench.desk`: every desk watches a call of its own, in which a line is written each second.

An update's time is from just before the write of a line to its arrival at the desk that watches its call. Beside it,
the floor: a message of the same size sent to the same WebSockets, as often, by API Gateway's management API alone.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from websockets.asyncio.client import ClientConnection

from bench.desk.stage import THREADS, Stage, desks, now, stage
from shared.ports import LogEntry

WANTED_P95_MS = 300
SETTLE_S = 5.0
TEXT = "I'd like to move my appointment to another day, if that is possible. "

type Sent = dict[str, float]
"""When each line or message was sent, by its key, in monotonic seconds."""


async def measure(on: Stage, count: int, seconds: int) -> tuple[list[float], list[float], int]:
    """Times of updates and of the floor's messages in ms, and how many of either never came."""
    calls = [on.ring(number) for number in range(count)]
    async with desks(on, calls) as sockets:
        ids = [
            connection.id for connection in sorted(on.connections.listening(), key=lambda one: int(one.person_id[2:]))
        ]

        def write(number: int, key: str) -> None:
            on.calls.append(calls[number], [LogEntry(key, "caller", now(), {"text": TEXT, "turn": 1})])

        def post(number: int, key: str) -> None:
            line = {"key": key, "kind": "caller", "at": now().isoformat(), "data": {"text": TEXT, "turn": 1}}
            on.gateway.send(ids[number], json.dumps({"news": [{"kind": "lines", "lines": [line]}]}).encode())

        updates, lost = await take_load(sockets, write, count, seconds, "update")
        floor, missed = await take_load(sockets, post, count, seconds, "floor")
    return updates, floor, lost + missed


async def take_load(
    sockets: list[ClientConnection],
    act: Callable[[int, str], None],
    count: int,
    seconds: int,
    name: str,
    *,
    settle_s: float = SETTLE_S,
) -> tuple[list[float], int]:
    """Act once a second for each desk, evenly spread; the times in ms, and how many never arrived."""
    sent: Sent = {}
    arrived: Sent = {}
    news = asyncio.Event()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(THREADS) as threads:
        async with asyncio.TaskGroup() as tasks:
            listening = [tasks.create_task(_listen(socket, arrived, news)) for socket in sockets]
            began, writes = time.monotonic(), list[asyncio.Future[None]]()
            for turn in range(count * seconds):
                await asyncio.sleep(began + turn / count - time.monotonic())
                key = f"{name}-{turn:06}"
                sent[key] = time.monotonic()
                writes.append(loop.run_in_executor(threads, act, turn % count, key))
            await asyncio.gather(*writes)
            with suppress(TimeoutError):
                async with asyncio.timeout(settle_s):
                    while len(arrived) < len(sent):
                        news.clear()
                        await news.wait()
            for task in listening:
                task.cancel()
    return [1_000 * (arrived[key] - at) for key, at in sent.items() if key in arrived], len(sent) - len(arrived)


async def _listen(socket: ClientConnection, arrived: Sent, news: asyncio.Event) -> None:
    async for message in socket:
        at = time.monotonic()
        for item in json.loads(message)["news"]:
            for line in item.get("lines", ()):
                arrived.setdefault(line["key"], at)
        news.set()


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1] if len(times) > 1 else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--desks", type=int, default=200, help="and as many calls (%(default)s)")
    parser.add_argument("--seconds", type=int, default=20, help="of either part (%(default)s)")
    given = parser.parse_args()
    with TemporaryDirectory() as folder, stage(Path(folder), print) as on:
        print(f"opening {given.desks} desks")
        updates, floor, lost = asyncio.run(measure(on, given.desks, given.seconds))
    short = [f"{lost} never came"] if lost else []
    if p95(updates) > WANTED_P95_MS:
        short.append(f"p95 above {WANTED_P95_MS} ms")
    figures = f"{len(updates)} updates, p50 {quantiles(updates, n=2)[0]:.0f} ms, p95 {p95(updates):.0f} ms"
    beside = f"floor p50 {quantiles(floor, n=2)[0]:.0f} ms, p95 {p95(floor):.0f} ms"
    print(
        f"desk: {given.desks} desks and calls, {figures}; {beside}: {'short: ' + '; '.join(short) if short else 'ok'}"
    )
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
