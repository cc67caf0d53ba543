"""Runs a program until it ends or the one who asked for it is gone, however that went, and then clears up after it.

Usage: `keeper.py FOLDER PROGRAM [ARGUMENT...]`, with a pipe for standard input that nobody but the asking process
holds open. Standard library only: it is started as a file of its own.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys

_CHECK_S = 0.2
_STOP_S = 5.0


def keep(folder: str, *program: str) -> int:
    """The program's exit code when it ended of itself; its folder is then left for the one who asked."""
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL, start_new_session=True)
    while child.poll() is None:
        if select.select([sys.stdin], [], [], _CHECK_S)[0]:  # readable is over: nothing is ever written
            _stop(child)
            shutil.rmtree(folder, ignore_errors=True)
            return 0
    return child.returncode


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End it and the workers it started; they share its process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):  # the second for workers that outlast their server
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_STOP_S)


if __name__ == "__main__":
    sys.exit(keep(*sys.argv[1:]))
