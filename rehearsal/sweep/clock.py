"""Virtual time, what is still to happen, and who is at work: one of several processes at a time, as the dice say."""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from rehearsal.sweep.effects import Killed, Process

BEGINNING: Final = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
EFFECT_S: Final = 0.02
STALL_S: Final = 45.0
LIFE_S: Final = 60.0
"""Of a process: then it is killed, as a Lambda is."""
MOST_ACTIONS: Final = 8_000

_OTHERS_COME: Final = 0.3

type Done = Callable[[object, BaseException | None], None]


class Endless(Exception):
    """Things go on happening."""


class Clock:
    """`width` is how many processes may be at work at a time, besides those that stand still."""

    def __init__(self, dice: Random, width: int) -> None:
        self.now_s = 0.0
        self._dice = dice
        self._width = width
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._at_work: list[tuple[Process, Done, float]] = []
        self._present: Process | None = None

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.now_s)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now_s + seconds, next(self._numbers), act))

    def start(self, work: Callable[[], object], done: Done) -> None:
        """Begin a process; `done` is told its result, or what it died of."""
        self._at_work.append((Process(work), done, self.now_s))

    def pass_by(self, stalls: bool) -> None:
        """Within a process, before each effect: time passes, and others may come first."""
        process = self._present
        assert process is not None
        begun_s = next(begun_s for one, _, begun_s in self._at_work if one is process)
        self.now_s += EFFECT_S
        if stalls:
            process.stalled_until = self.now_s + STALL_S
        if stalls or self._width > 1:
            process.pause()
        if self.now_s - begun_s > LIFE_S:
            raise Killed

    def run(self) -> None:
        """Until nothing is left to happen. Raises Endless."""
        for _ in range(MOST_ACTIONS):
            awake = [entry for entry in self._at_work if entry[0].stalled_until <= self.now_s]
            more = len(awake) < self._width and bool(self._due) and self._due[0][0] <= self.now_s
            if awake and not (more and self._dice.random() < _OTHERS_COME):
                self._go_on(self._dice.choice(awake))
            elif self._due:
                self._next()
            elif self._at_work:
                self.now_s = min(process.stalled_until for process, _, _ in self._at_work)
            else:
                return
        raise Endless

    def _next(self) -> None:
        """The next thing that is due; or whoever stands still goes on before it."""
        wakes = min((process.stalled_until for process, _, _ in self._at_work), default=self._due[0][0])
        if wakes < self._due[0][0]:
            self.now_s = max(self.now_s, wakes)
            return
        at, _, act = heapq.heappop(self._due)
        self.now_s = max(self.now_s, at)
        act()

    def _go_on(self, entry: tuple[Process, Done, float]) -> None:
        process, done, _ = entry
        self._present = process
        process.go_on()
        self._present = None
        if process.ended:
            self._at_work.remove(entry)
            done(process.result, process.error)
