"""Outside effects, numbered: each may be struck before or after it happens, and others may come in between."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, cast

from shared.ports import Unavailable


class Blow(StrEnum):
    """What happens to one effect."""

    KILLED_BEFORE = "killed-before"
    KILLED_AFTER = "killed-after"
    """The process dies; what it did stays done."""
    FAILS = "fails"
    """Nothing is done, and the caller is told so."""
    LOST = "lost"
    """It is done, and its answer is lost."""
    STALLS = "stalls"
    """The process stands still before it, for longer than an attempt may wait to be dialled."""
    OVERTAKEN = "overtaken"
    """The same, and meanwhile another execution of each chain does what it can."""
    STOPPED = "stopped"
    """The same, but meanwhile everybody texts STOP."""


class Killed(BaseException):
    """The process has died: nothing in it is to catch this."""


STANDS_STILL: Final = frozenset({Blow.STALLS, Blow.OVERTAKEN, Blow.STOPPED})

type Strike = Callable[[int, str], Blow | None]
"""What happens to the effect of this number and name."""


class Process:
    """One invocation, in a thread of its own that runs only when it is told to, from one effect to the next."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self.result: object = None
        self.ended = False
        self.stalled_until = 0.0
        self._work = work
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        """Until its next effect, or its end."""
        self._mine.release()
        self._theirs.acquire()
        if self.ended:
            self._thread.join()

    def pause(self) -> None:
        """Within it: let others go on."""
        self._theirs.release()
        self._mine.acquire()

    def _run(self) -> None:
        self._mine.acquire()
        try:
            self.result = self._work()
        except BaseException as error:  # whoever started it is told
            self.error = error
        self.ended = True
        self._theirs.release()


class Effects:
    """All effects of one run. `pass_by` is called before each, with what happens to it; `noticed` after each that is
    done."""

    def __init__(self, strike: Strike, pass_by: Callable[[Blow | None], None], noticed: Callable[[], None]) -> None:
        self.count = 0
        self._strike = strike
        self._pass_by, self._noticed = pass_by, noticed

    def of[Port](self, port: Port, kind: str) -> Port:
        """The port, each of whose methods is an effect."""
        return cast(Port, _Watched(self, port, kind))

    def do(self, name: str, effect: Callable[[], Any], error: Callable[[], Exception] = Unavailable) -> Any:
        """Raises the `error`, or Killed, if it is struck so."""
        self.count += 1
        blow = self._strike(self.count, name)
        self._pass_by(blow)
        if blow is Blow.KILLED_BEFORE:
            raise Killed
        if blow is Blow.FAILS:
            raise error()
        result = effect()
        self._noticed()
        if blow is Blow.KILLED_AFTER:
            raise Killed
        if blow is Blow.LOST:
            raise error()
        return result


class _Watched:
    def __init__(self, effects: Effects, port: object, kind: str) -> None:
        self._effects, self._port, self._kind = effects, port, kind

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def effect(*args: object, **kwargs: object) -> Any:
            return self._effects.do(f"{self._kind}.{name}", lambda: method(*args, **kwargs))

        return effect
