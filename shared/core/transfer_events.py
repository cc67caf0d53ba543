"""What happens to a transfer, and what a transfer asks for in turn (`shared.core.transfer` decides)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.core.agent import Destination
from shared.core.events import JsonValue


class Phase(StrEnum):
    RINGING = "ringing"
    """Somebody's phone rings, or is about to."""
    BRIEFING = "briefing"
    """They have picked up and hear what it is about; the caller does not hear them yet."""
    TOGETHER = "together"
    BACK = "back"
    """Nobody took the call, or they have finished: the caller goes back to the agent."""
    OVER = "over"
    """The caller has gone."""


class Why(StrEnum):
    """What became of an attempt, and in the end why the caller is back."""

    NOBODY_FREE = "nobody-free"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    DECLINED = "declined"
    """They said no, or nothing: as a voicemail does."""
    FAILED = "failed"
    """Their phone cannot be reached."""
    FINISHED = "finished"
    """They have spoken, and hung up."""
    GIVEN_BACK = "given-back"
    """They sent the caller back to the agent."""
    ASKED_BACK = "asked-back"
    """The caller did not want to wait."""
    CALLED_OFF = "called-off"
    """The caller thought better of it, or hung up, while the agent still said that they are put through."""


# --- events


@dataclass(frozen=True, slots=True)
class OfAttempt:
    """The base of everything that happens to one attempt."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Claimed(OfAttempt):
    """Somebody is held for this attempt, and about to be rung."""

    person: str


@dataclass(frozen=True, slots=True)
class Rung(OfAttempt):
    """The carrier has taken the order to ring. `leg` is the CallSid of the person's call."""

    leg: str


@dataclass(frozen=True, slots=True)
class PickedUp(OfAttempt):
    leg: str


@dataclass(frozen=True, slots=True)
class Accepted(OfAttempt):
    pass


@dataclass(frozen=True, slots=True)
class Ended(OfAttempt):
    """The attempt is over: it could not be made, nobody took it, or the person has hung up."""

    why: Why


@dataclass(frozen=True, slots=True)
class CallerBack:
    """The caller's leg is to go back to the agent, or to stay there: the caller wants it, or a person."""

    why: Why


@dataclass(frozen=True, slots=True)
class CallerGone:
    pass


@dataclass(frozen=True, slots=True)
class Looked:
    """The caller's document was asked for: they are still waiting."""


@dataclass(frozen=True, slots=True)
class StreamOver:
    """The agent has said it, and the caller's own document has the leg."""


type Event = Claimed | Rung | PickedUp | Accepted | Ended | CallerBack | CallerGone | Looked | StreamOver


# --- effects


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring whoever the destination stands for, but none of `asked`."""

    attempt: int
    destination: Destination
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HangUpLeg:
    """End a person's call, ringing or not."""

    leg: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """Have the caller's leg go on now, rather than at its next look."""


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody claims this person any more."""

    person: str


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the call's record."""

    data: Mapping[str, JsonValue]


type Effect = Ring | HangUpLeg | Fetch | Free | Note
