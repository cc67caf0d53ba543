"""`make soak`: call-hours on one process, whose memory stays flat and whose registry is empty at the end.

    python -m bench.soak --calls 30 --minutes 4

Rounds of simultaneous calls, one after the other, on a streaming service that is never restarted. After each round,
when nobody calls any more, its resident memory is taken. Python keeps what it once needed, so the first two rounds fill
it; what each of the later ones adds is what leaks.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.__main__ import CLIENT_CORE, SERVER_CORE, pinned, port_of, settings
from bench.meter import Meter
from cli.children import Child, Children

LEAK_KB_A_CALL = 10.0
"""What each further call may add. A call that is over was some 90 kB, so one that stays behind is seen."""
FILLING = 2
"""Rounds that are not judged."""
QUIET_S = 5
"""For the last record lines, and for the allocator."""


def rounds(calls: int, minutes: float, count: int, folder: Path) -> tuple[list[float], list[str]]:
    """Resident MB after each round, and what went wrong."""
    with Children(folder) as children:
        providers = children.start("providers", *pinned(CLIENT_CORE, "bench.providers"))
        environment = settings(port_of(providers), calls)
        streaming = children.start("streaming", *pinned(SERVER_CORE, "streaming"), environment=environment)
        port, meter = port_of(streaming), Meter(streaming.pid)
        resident = []
        for number in range(count):
            arguments = ["--port", port, "--calls", calls, "--seconds", 60 * minutes, "--pid", streaming.pid]
            subprocess.check_output(
                pinned(CLIENT_CORE, "bench.load", *arguments, "--seed", number), timeout=60 * minutes + 120
            )
            time.sleep(QUIET_S)
            children.check()
            resident.append(meter.sample().rss_bytes / 1e6)
            print(f"round {number + 1} of {count}: {resident[-1]:.1f} MB", flush=True)
        return resident, left_behind(streaming, calls * count)


def left_behind(streaming: Child, calls: int) -> list[str]:
    """What the service's own log says: every stream ended, none of them by a failure."""
    log = streaming.output()
    started, ended, failed = (log.count(f'"{event}"') for event in ("stream_started", "stream_ended", "call_failed"))
    short = [] if started == ended == calls else [f"{started} streams started and {ended} ended, of {calls}"]
    short += [f"{failed} calls failed"] if failed else []
    return short


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=30, help="at the same time")
    parser.add_argument("--minutes", type=float, default=0.5, help="of a round")
    parser.add_argument("--rounds", type=int, default=6, help="at least 3")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        resident, short = rounds(options.calls, options.minutes, options.rounds, Path(folder))
    later = (len(resident) - FILLING) * options.calls
    leaked = 1e3 * (resident[-1] - resident[FILLING - 1]) / later
    short += [f"{leaked:.1f} kB stay behind after each call"] if leaked > LEAK_KB_A_CALL else []
    hours = options.calls * options.minutes * options.rounds / 60
    figures = (
        f"{hours:.1f} call-hours, {resident[FILLING - 1]:.1f} MB after round {FILLING}, {resident[-1]:.1f} at the end"
    )
    print(f"soak: {figures}: {'short: ' + '; '.join(short) if short else 'ok'}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
