"""What is measured: one process, from a bare interpreter to a warm Lambda. Run by `bench.cold_start`, never imported.

    python -I -S probe.py FOLDER MODULE EVENTS CORE

FOLDER is an unpacked package, MODULE has the `handler`, EVENTS a file of JSON events, of which the first is the first
request. Prints JSON: ms of wall clock and CPU, MB at the highest.
"""

import os
import sys
import time

_folder, _module, _events, _core = sys.argv[1:]
os.sched_setaffinity(0, {int(_core)})
try:  # noqa: SIM105, since contextlib is to count as the handler's own
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))  # before the machine's other work, as `bench.pinned`
except PermissionError:
    pass
os.chdir(_folder)
sys.path.insert(0, _folder)

begun, begun_cpu = time.perf_counter(), time.process_time()
handler = __import__(_module, fromlist=["handler"]).handler
start_ms, start_cpu_ms = 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - begun_cpu)


def peak_mb() -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM"))


start_mb = peak_mb()

import json  # noqa: E402, so that it counts as the handler's own

with open(_events) as lines:
    first, *rest = map(json.loads, lines)


def served(event: object) -> tuple[float, float]:
    """ms of wall clock and of CPU, all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    reply = handler(event, None)
    taken = 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)
    if reply["statusCode"] != 200 or "<Response>" not in reply["body"]:
        sys.exit(f"{_module} answered {reply['statusCode']}")
    return taken


first_ms, first_cpu_ms = served(first)
first_mb = peak_mb()
warm = [served(event) for event in rest]
figures = {
    "start_ms": start_ms,
    "start_cpu_ms": start_cpu_ms,
    "start_mb": start_mb,
    "first_ms": first_ms,
    "first_cpu_ms": first_cpu_ms,
    "first_mb": first_mb,
    "warm_ms": [wall for wall, _ in warm],
    "warm_cpu_ms": [cpu for _, cpu in warm],
    "warm_mb": peak_mb(),
}
sys.stderr.write(json.dumps(figures))
