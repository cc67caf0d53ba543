"""Processes of ours: started, waited for until they say they are ready, and stopped by their id, whatever happens.

Output goes to one file a process, so that a full pipe stops nobody and an error can show its last lines. The kernel
ends the children of a parent that was killed (`prctl(PR_SET_PDEATHSIG)`, through Debian's `setpriv`).
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

LOOK_EVERY_S = 0.02
QUIET_S = 1.0
"""A wait longer than this is announced."""
STOP_S = 5.0
"""From SIGTERM to SIGKILL."""
LAST_LINES = 15

type Say = Callable[[str], None]
"""Shows one line of progress."""


class ChildFailed(Exception):
    """A process ended, or did not get ready in time. The message has its last lines."""


class Child:
    """One process in a session of its own, so that Ctrl-C reaches it through us, in order."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._log = log
        watched = shutil.which("setpriv")
        prefix = [watched, "--pdeathsig", "TERM", "--"] if watched else []
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*prefix, *command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """What it ended with; None while it is alive."""
        return self._process.poll()

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def until_says(self, pattern: str, within_s: float, say: Say) -> re.Match[str]:
        """Wait for the line that says it is ready. Raises ChildFailed."""
        return self._until(lambda: re.search(pattern, self.output(), re.MULTILINE), within_s, say)

    def _until[Found](self, look: Callable[[], Found | None], within_s: float, say: Say) -> Found:
        begun = time.monotonic()
        announced = False
        while True:
            if (found := look()) is not None:
                return found
            waited = time.monotonic() - begun
            if not self.alive:
                raise ChildFailed(self._complaint(f"ended with status {self._process.returncode} before it was ready"))
            if waited > within_s:
                raise ChildFailed(self._complaint(f"was not ready within {within_s:.0f} s"))
            if waited > QUIET_S and not announced:
                announced = True
                say(f"waiting for {self.name}")
            time.sleep(LOOK_EVERY_S)

    def until_done(self, within_s: float) -> None:
        """Wait until it has done its work and ended. Raises ChildFailed."""
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ChildFailed(self._complaint(f"was not done within {within_s:.0f} s")) from None
        if status != 0:
            raise ChildFailed(self._complaint(f"ended with status {status}"))

    def check(self) -> None:
        """Raises ChildFailed if it has ended."""
        if not self.alive:
            raise ChildFailed(self._complaint(f"ended with status {self._process.returncode}"))

    def kill(self) -> None:
        """End it, and what it started itself, as a crash would; wait until it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ask_to_stop(self) -> None:
        if self.alive:
            self._process.send_signal(signal.SIGTERM)

    def wait_stopped(self, deadline: float) -> None:
        """Until it is gone; by force after `deadline` (monotonic s). What it started and left behind goes too."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self.kill()

    def _complaint(self, what: str) -> str:
        lines = self.output().splitlines()[-LAST_LINES:]
        shown = "".join(f"\n    {line[:300]}" for line in lines) or " nothing"
        return f"{self.name} {what}. It said:{shown}"


class Children(AbstractContextManager["Children"]):
    """All processes of one run; leaving the context stops them, the last started first."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._children: list[Child] = []

    def start(self, name: str, *command: str, environment: Mapping[str, str] | None = None) -> Child:
        """Start `command` with exactly this environment besides PATH, HOME, TMPDIR and LANG; its log is `name.log`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        namesakes = sum(child.name == name for child in self._children)
        log = self.logs / (f"{name}-{namesakes + 1}.log" if namesakes else f"{name}.log")
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LANG") if key in os.environ}
        child = Child(name, command, kept | dict(environment or {}), log)
        self._children.append(child)
        return child

    def run(self, name: str, *command: str | Path, environment: Mapping[str, str], within_s: float) -> None:
        """Start `command`, wait until it has done its work. Raises ChildFailed when it fails or takes longer."""
        child = self.start(name, *map(str, command), environment=environment)
        child.until_done(within_s)
        self._children.remove(child)

    @property
    def alive(self) -> bool:
        """Whether all are."""
        return all(child.alive for child in self._children)

    def check(self) -> None:
        """Raises ChildFailed if any has ended."""
        for child in self._children:
            child.check()

    def stop(self) -> None:
        for child in reversed(self._children):
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_S
        for child in reversed(self._children):
            child.wait_stopped(deadline)
        self._children.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
