"""CPU time and memory of the server's process while the load runs (Linux)."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    cpu_s: float
    rss_bytes: int
    machine_busy_s: float


class Meter:
    """Samples one process, all its threads included."""

    def __init__(self, pid: int) -> None:
        self._cpu_clock = (~pid << 3) | 2  # clock_getcpuclockid(3), which Python does not have
        self._statm = Path(f"/proc/{pid}/statm")
        self._peak = 0

    def sample(self) -> Sample:
        rss = int(self._statm.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
        self._peak = max(self._peak, rss)
        return Sample(time.monotonic(), time.clock_gettime(self._cpu_clock), rss, _machine_busy_s())

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            self.sample()

    def cost(self, base: Sample, begin: Sample, end: Sample, calls: int) -> dict[str, float]:
        """Per call, between `begin` and `end`; memory as its peak over what it was before the first call."""
        seconds = end.at - begin.at
        cpu = end.cpu_s - begin.cpu_s
        return {
            "cpu_ms_per_call_s": 1000 * cpu / (seconds * calls),
            "cores": cpu / seconds,
            "other_cores": (end.machine_busy_s - begin.machine_busy_s) / seconds - cpu / seconds,
            "mb_per_call": (self._peak - base.rss_bytes) / 1e6 / calls,
            "rss_idle_mb": base.rss_bytes / 1e6,
            "rss_peak_mb": self._peak / 1e6,
            "setup_cpu_ms_per_call": 1000 * (begin.cpu_s - base.cpu_s) / calls,
        }


def _machine_busy_s() -> float:
    """All cores' time in user, nice, system, irq and softirq (proc(5))."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    ticks = [int(fields[at]) for at in (0, 1, 2, 5, 6)]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")
