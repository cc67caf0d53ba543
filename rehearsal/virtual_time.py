"""An event loop whose time is its own: it never waits, but moves its clock to what is due next.

Code runs on it unchanged: `asyncio.sleep`, deadlines and timers follow `loop.time()`. What would run in a thread runs
at once, in place. Sockets of this process work too: what they carry arrives before the clock moves on.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any

_STUCK_S = 2.0
"""Real time to wait for a socket when no timer is left; then nothing will ever happen."""


class Stuck(RuntimeError):
    """Everything waits for something that cannot come."""


class _Jumping(selectors.DefaultSelector):
    """Looks at the sockets once; when none is ready, time jumps instead of passing."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # One file is the loop's own, for threads to wake it: there are none.
        ready = super().select(0) if len(self.get_map()) > 1 else []
        if ready or timeout == 0:
            return ready
        if timeout is not None:
            self.now += max(0.0, timeout)
            return ready
        if not (late := super().select(_STUCK_S)):
            raise Stuck
        return late


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        self._taken_s = 0.0
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made, of its own time."""
        return self._jumping.now

    def takes(self, seconds: float) -> None:
        """For blocking code that runs "in a thread": its result comes so much later."""
        self._taken_s += seconds

    def run_in_executor(  # type: ignore[override]  # typeshed has it generic in what `func` returns
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self.create_future()
        self._taken_s = 0.0
        try:
            result, failure = func(*args), None
        except Exception as error:
            result, failure = None, error
        self.call_later(self._taken_s, _settle, future, result, failure) if self._taken_s else _settle(
            future, result, failure
        )
        return future


def _settle(future: asyncio.Future[Any], result: Any, failure: Exception | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


def run[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """`asyncio.run`, at virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
