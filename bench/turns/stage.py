"""One line of a caller's before one policy, at virtual time: no socket, no sleeping, the same every time.

The policy is the product's own core (`shared.core.call`) or a plain one. It is given the events of the product's voice
activity detection and of a recogniser as slow as published; what it asks for is done by a model and a voice as slow as
published, and goes out by the product's own `Playout`.
"""

import heapq
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final, Protocol

from bench.turns.callers import Line
from bench.turns.delays import CACHED_MS, CHARS_PER_TOKEN, FIRST_SOUND, FIRST_TOKEN, MS_PER_CHAR, NEXT_TOKEN_MS, Ear
from bench.turns.recogniser import Recogniser
from bench.turns.sounds import Sound
from shared.core import actions as do
from shared.core import events as on
from shared.core.actions import Action
from shared.core.events import Event
from shared.wire import mulaw
from streaming.playout import Playout

LISTENS_MS: Final = 700
"""The caller begins so long after the question."""
PATIENCE_MS: Final = 12_000
REPLIES: Final = (
    "Sure, I can help you with that. It will take about two minutes.",
    "We are open from eight in the morning until five in the afternoon, Monday to Friday.",
    "Great, thank you. I have noted that for you.",
    "That would be ninety dollars without insurance, and most plans cover it.",
    "Of course. You can park behind the building, and it is free.",
    "The next free time is on Tuesday at three. Would that suit you?",
    "Thanks. And what is the best number to reach you at?",
    "I have you down for Thursday, the third of December, at nine.",
)
"""Half of them begin with an opener, as models do that are asked to be brief."""


class Policy(Protocol):
    """Something that takes turns."""

    def handle(self, event: Event, at_ms: int) -> list[Action]: ...


@dataclass(slots=True)
class Outcome:
    """What became of one line. Times are ms after its last audible sound."""

    gap_ms: float | None = None
    """To the first sound of the answer after the whole line; None if there was none."""
    taken_ms: list[float] = field(default_factory=list)
    """When turns were taken."""
    heard: str = ""
    """The words of the turn answered last."""
    least_ms: float = 0.0
    """The gap had the answer been begun as soon as the last word was known, and been heard as soon as it was there."""
    talked_over: bool = False
    """Whether the agent was heard before the line was complete."""
    drafts: int = 0
    """Requests to the model."""
    wasted_written: int = 0
    wasted_spoken: int = 0
    """Characters written and synthesised that nobody heard."""


class Carrier:
    """The carrier's buffer: what is written plays in order, and marks come back when they are reached."""

    stream_sid = "MZ"

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage
        self._until = 0.0
        self._marks: list[str] = []

    def write(self, text: str) -> None:
        message = json.loads(text)
        if message["event"] == "media":
            self._until = (
                max(self._until, self._stage.now) + len(message["media"]["payload"]) * 3 / 4 / mulaw.BYTES_PER_MS
            )
            self._stage.sounded()
        else:
            name = message["mark"]["name"]
            self._marks.append(name)
            self._stage.later(max(self._until, self._stage.now), lambda: self._back(name))

    def clear(self) -> None:
        self._until = self._stage.now
        for name in list(self._marks):
            self._back(name)

    def _back(self, name: str) -> None:
        if name in self._marks:
            self._marks.remove(name)
            self._stage.playout.returned(name)


class Stage:
    def __init__(self, policy: Policy, line: Line, sounds: Sequence[Sound], ear: Ear) -> None:
        self.now = 0.0
        self._policy = policy
        self._line = line
        self._sounds = sounds
        self._ear = ear
        self._recogniser: Recogniser | None = None
        self._rnd = Random(line.name)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._timers: dict[str, int] = {}
        self._asked: set[int] = set()
        self._written: Counter[int] = Counter()
        self._spoken: Counter[int] = Counter()
        self._ends = float("inf")
        self._answered = -1
        self._known = 0.0
        self._asked_at: dict[int, float] = {}
        self._ready_at: dict[int, float] = {}
        self._handling = False
        self._events: list[Event] = []
        self.playout = Playout(Carrier(self), self.tell)
        self.outcome = Outcome()

    def play(self) -> Outcome:
        self.tell(on.CallStarted())
        self._run_until(float("inf"))
        begins = self.now + LISTENS_MS
        self._ends = begins + self._line.ends_ms
        self._recogniser = Recogniser(self._ear, self._line, begins, self.later, self._hear)
        for at, event in self._sounds:
            self.later(begins + at, partial(self.tell, event))
        self._written.clear()
        self._spoken.clear()
        self._run_until(self._ends + PATIENCE_MS)
        self._settle()
        return self.outcome

    def later(self, at_ms: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (at_ms, self._count, act))

    def tell(self, event: Event) -> None:
        """An event of the call; those that come while one is handled wait, as in the service."""
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        while self._events:
            for action in self._policy.handle(self._events.pop(0), round(self.now)):
                self._perform(action)
        self._handling = False

    def sounded(self) -> None:
        """The agent's sound goes out."""
        if self._recogniser is None:
            return
        if self.now < self._ends:
            self.outcome.talked_over = True
        elif self.outcome.gap_ms is None:
            self.outcome.gap_ms = self.now - self._ends
            self._answered = max(self._asked, default=-1)

    def _run_until(self, end: float) -> None:
        """Until nothing more is due. What only waits for the caller does not count."""
        while self._due and self._due[0][0] <= end:
            if end == float("inf") and not self._busy():
                return
            self.now, _, act = heapq.heappop(self._due)
            act()

    def _busy(self) -> bool:
        return not self._timers.keys() >= {"silence"}

    def _hear(self, event: on.PartialHeard | on.FinalHeard) -> None:
        if not self._known and self._recogniser is not None and self._recogniser.told_all:
            self._known = self.now - self._ends
        self.tell(event)

    def _perform(self, action: Action) -> None:
        match action:
            case do.Speak():
                self._speak(action)
            case do.Release(turn):
                self.playout.release(turn)
            case do.StopSpeaking(turn):
                self.playout.stop(turn)
            case do.FlushHearing():
                if self._recogniser is not None:
                    self._recogniser.flush(self.now)
            case do.AskModel(turn):
                self._ask(turn)
            case do.CancelModel(turn):
                self._asked = {asked for asked in self._asked if asked > turn}
            case do.SetTimer(name, ms):
                self._set(name, ms)
            case do.CancelTimer(name):
                self._timers.pop(name, None)
            case do.Record("caller", data):
                self.outcome.taken_ms.append(self.now - self._ends)
                self.outcome.heard = str(data["text"])
            case _:
                pass

    def _set(self, name: str, ms: int) -> None:
        self._count += 1
        key = self._timers[name] = self._count

        def ring() -> None:
            if self._timers.get(name) == key:
                del self._timers[name]
                self.tell(on.TimerFired(name))

        self.later(self.now + ms, ring)

    def _ask(self, turn: int) -> None:
        self._asked.add(turn)
        self._asked_at[turn] = self.now
        self.outcome.drafts += 1
        reply = REPLIES[self._rnd.randrange(len(REPLIES))]
        at = self.now + FIRST_TOKEN.draw(self._rnd)
        for begin in range(0, len(reply), CHARS_PER_TOKEN):
            self.later(at, partial(self._write, turn, reply[begin : begin + CHARS_PER_TOKEN]))
            at += NEXT_TOKEN_MS
        self.later(at, partial(self._finish, turn))

    def _write(self, turn: int, token: str) -> None:
        if turn in self._asked:
            self._written[turn] += len(token)
            self.tell(on.ReplyText(turn, token))

    def _finish(self, turn: int) -> None:
        if turn in self._asked:
            self.tell(on.ReplyFinished(turn))

    def _speak(self, speak: do.Speak) -> None:
        self.playout.add(speak.turn, speak.segment, held=speak.held)
        self._spoken[speak.turn] += 0 if speak.cached else len(speak.text)
        delay = CACHED_MS if speak.cached else FIRST_SOUND.draw(self._rnd)
        sound = mulaw.SILENCE * mulaw.BYTES_PER_MS * MS_PER_CHAR * len(speak.text)

        def comes() -> None:
            self._ready_at.setdefault(speak.turn, self.now)
            self.playout.feed(speak.turn, speak.segment, sound)
            self.playout.end(speak.turn, speak.segment)

        self.later(self.now + delay, comes)

    def _settle(self) -> None:
        made = self._ready_at.get(self._answered, 0.0) - self._asked_at.get(self._answered, 0.0)
        self.outcome.least_ms = self._known + made
        self.outcome.wasted_written = sum(n for turn, n in self._written.items() if turn != self._answered)
        self.outcome.wasted_spoken = sum(n for turn, n in self._spoken.items() if turn != self._answered)
