"""Runs a module pinned to one core, before the machine's other work if that is allowed (Linux).

    python -m bench.pinned 0 streaming --its --arguments

A core is shared with whatever else runs; real-time scheduling (sched(7)) keeps that out of the figures. Where it is not
allowed the figures are those of the machine as it is.
"""

import os
import runpy
import sys
from contextlib import suppress

PRIORITY = 10
"""Of 1 to 99; the kernel keeps 5 % of each core for ordinary work."""


def main() -> None:
    _, core, module, *arguments = sys.argv
    os.sched_setaffinity(0, {int(core)})
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
