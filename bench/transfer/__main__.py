"""`python -m bench.transfer`: callers ask for billing, and are put through to people at desks, some at a time.

Each person has a page's WebSocket open and a phone that follows a script; each call is one conversation with the agent,
one transfer, and the way back. Times are those of `cli/handover/evidence.py`.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import partial
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

from bench.transfer.stage import SPACED_S, Transferred, put_through, staffed
from cli.handover.evidence import FIRST_RING_MS, NETWORK_MS, SILENCE_MS, WHISPER_MS, Timings
from cli.laptop import laptop

WANTED_P95: Final = {
    "decision_to_ring_ms": FIRST_RING_MS,
    "desk_ms": NETWORK_MS,
    "whisper_ms": WHISPER_MS,
    "silence_ms": SILENCE_MS,
}
"""In ms: the numbers of issue 5."""
SHOWN: Final = {
    "decision_to_ring_ms": "decided -> first ring",
    "said_to_ring_ms": "said so -> first ring",
    "desk_ms": "order to ring -> on the desk",
    "whisper_ms": "picked up -> whisper",
    "silence_ms": "longest silence of a caller",
    "word_ms": "decided -> said so",
}


def percentiles(times: Sequence[int]) -> tuple[float, float, int]:
    """p50, p95 and the longest; there is at least one."""
    if len(times) == 1:
        return times[0], times[0], times[0]
    cuts = quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18], max(times)


def columns(of: Iterable[Timings]) -> dict[str, list[int]]:
    """The times of each kind that were measured."""
    found: dict[str, list[int]] = {}
    for one in of:
        for field in fields(one):
            value = getattr(one, field.name)
            if value is not None:
                found.setdefault(field.name, []).append(value)
    return found


def shortcomings(done: Sequence[Transferred], wanted: int) -> list[str]:
    """In words."""
    times = columns(one.timings for one in done)
    reached = sum(one.finished for one in done)
    short = [] if reached == wanted else [f"{wanted - reached} of {wanted} callers did not reach anybody"]
    for name, limit in WANTED_P95.items():
        if len(times.get(name, ())) < reached:
            short.append(f"{SHOWN[name]}: not measured in {reached - len(times.get(name, ()))} calls")
        elif reached and (p95 := percentiles(times[name])[1]) > limit:
            short.append(f"{SHOWN[name]}: p95 {p95:.0f} ms, more than {limit}")
    return short


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.transfer", description=__doc__)
    parser.add_argument("--transfers", type=int, default=21, help="(%(default)s)")
    parser.add_argument("--people", type=int, default=3, help="at desks, and callers at a time (%(default)s)")
    given = parser.parse_args()
    with TemporaryDirectory() as folder, laptop(Path(folder), print) as machine, staffed(machine, given.people) as team:
        print(f"{given.transfers} calls, {given.people} at a time")
        with ThreadPoolExecutor(given.people) as callers:
            waits = [SPACED_S * number if number < given.people else 0 for number in range(given.transfers)]
            done = list(callers.map(partial(put_through, machine, team), range(given.transfers), waits))
    times = columns(one.timings for one in done)
    for name, what in SHOWN.items():
        if name in times:
            p50, p95, most = percentiles(times[name])
            print(f"{what:<36} p50 {p50:5.0f}  p95 {p95:5.0f}  most {most:5.0f} ms  ({len(times[name])})")
    rate = sum(one.requests for one in done) / max(1.0, sum(one.waited_s for one in done))
    print(f"{'requests while nobody talks':<36} {rate:.2f} a second")
    short = shortcomings(done, given.transfers)
    print(f"transfer: {len(done)} transfers: {'short: ' + '; '.join(short) if short else 'ok'}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
