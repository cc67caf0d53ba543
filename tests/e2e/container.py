"""Runs a command as a container runtime does: as process 1 of its own PID namespace, where a signal counts only if
the process asked for it. SIGTERM is passed on, and to nobody but process 1; the command's exit status is ours.

    python tests/e2e/container.py FOLDER COMMAND...

Its first line says whether the namespace was to be had (as root, or where unprivileged users may).
Standard library only: it is started as a file of its own, so that nothing of ours is on the command's path.
"""

import json
import os
import signal
import subprocess
import sys


def main(folder: str, *command: str) -> int:
    sys.stdout.write(json.dumps({"process_one": _own_namespace()}) + "\n")
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    process = subprocess.Popen(
        command,
        cwd=folder,
        start_new_session=True,  # a signal to our group is not one to the container
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM}),
    )
    signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    return process.wait()


def _own_namespace() -> bool:
    """Whether our next child, and what it starts, will live in a PID namespace of their own."""
    for flags in (os.CLONE_NEWPID, os.CLONE_NEWPID | os.CLONE_NEWUSER):
        try:
            os.unshare(flags)
        except OSError:
            continue
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
