"""Who is broken, how, and from which phase of a call on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Party(StrEnum):
    RECOGNITION = "recognition"
    VOICE = "voice"
    MODEL = "model"
    BOOKINGS = "bookings"
    CALLS = "calls"


class Kind(StrEnum):
    REFUSES = "refuses"
    """Turns every request away: HTTP 403, AccessDenied."""
    FAILS = "5xx"
    SLOW = "slow"
    """Answers, but so late that most deadlines have passed."""
    STALLS = "stalls"
    """Begins to answer, and says nothing more."""
    GARBAGE = "garbage"
    """Answers what is not of its protocol."""
    DISCONNECTS = "disconnects"
    """Begins to answer, and breaks the connection."""


class Phase(StrEnum):
    GREETING = "greeting"
    """From the first ring."""
    LISTENING = "listening"
    """From the caller's first word."""
    THINKING = "thinking"
    """From the first question to the model."""
    SPEAKING = "speaking"
    """From the first sentence of an answer that is synthesised."""
    TOOL = "tool"
    """From the first tool that runs."""


SLOW_S = 5.0


@dataclass(slots=True)
class Trouble:
    """One party's fault, for so many seconds; by default to the end of the call."""

    party: Party
    kind: Kind
    phase: Phase | None = None
    """With which it begins by itself."""
    lasts_s: float = float("inf")
    begins: list[Callable[[], None]] = field(default_factory=list)
    """Told when it begins."""
    _began: float | None = None

    @property
    def begun(self) -> bool:
        return self._began is not None

    def reached(self, phase: Phase) -> None:
        """The call has come to this phase."""
        if phase is self.phase:
            self.begin()

    def begin(self) -> None:
        """From now on; harmless when repeated."""
        if not self.begun:
            self._began = asyncio.get_running_loop().time()
            for tell in self.begins:
                tell()

    def of(self, party: Party) -> Kind | None:
        """What is wrong with this party now."""
        if self._began is None or party is not self.party:
            return None
        over = asyncio.get_running_loop().time() >= self._began + self.lasts_s
        return None if over else self.kind
