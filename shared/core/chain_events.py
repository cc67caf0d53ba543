"""What happens to a chain, and what comes next for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.core.attempt import Outcome
from shared.core.rules.question import Verdict


class Phase(StrEnum):
    WAITING = "waiting"
    """For its time, for a slot of the line, for the person's other call to end."""
    CALLING = "calling"
    """An attempt has been claimed and its outcome is not known yet."""
    OVER = "over"


class Ended(StrEnum):
    """How a chain came to its end (docs/events/chain.completed.v1.json)."""

    DONE = "done"
    """As the campaign has it: what a call came to needs no other."""
    EXHAUSTED = "exhausted"
    """All attempts made, or all the time used up."""
    STOPPED = "stopped"
    """By an event of the company's own systems."""
    FORBIDDEN = "forbidden"
    """By a rule, or because they do not want to be called."""
    CANCELLED = "cancelled"
    """By hand, with its campaign."""
    FAILED = "failed"
    """By a fault of ours, such as a campaign that is no longer there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the person may be called or texted now, by the rule that decides it."""

    verdict: Verdict
    rule: str = ""
    """Its id, such as `us.tcpa.hours`; ours begin with `chain.`. Empty when nothing stands against it."""
    why: str = ""
    until_ms: int = 0
    """For LATER: when to ask again at the earliest."""


# --- events


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody looks after the chain. `answer` is to `Chain.asks`, None if that is None."""

    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The company's system has newer facts, as of `as_of_ms`. Older ones than are known change nothing."""

    as_of_ms: int
    facts: Mapping[str, str]
    moment_ms: int


@dataclass(frozen=True, slots=True)
class CalledOff:
    """Nobody is to be called any more."""

    ended: Ended
    why: str
    """The event, the rule or the like, by its name."""


@dataclass(frozen=True, slots=True)
class Freed:
    """What held it up does so no longer."""


@dataclass(frozen=True, slots=True)
class Slotted:
    """The line has a slot for the next call, from this time on."""

    slot_ms: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """This attempt is about to be dialled, by whoever wrote this, and by nobody else."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The carrier was asked about this attempt: it is under way, or nobody can say yet."""

    attempt: int


@dataclass(frozen=True, slots=True)
class OutcomeOf:
    attempt: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TextClaimed:
    """This text is about to be sent, by whoever wrote this, and by nobody else."""

    text: str


@dataclass(frozen=True, slots=True)
class Published:
    """So many of its attempts have been told to the company's systems, from the first."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Its result has been told."""


type Happened = (
    Changed | CalledOff | Freed | Slotted | Claimed | Unsettled | OutcomeOf | TextClaimed | Published | Finished
)
type Event = Looked | Happened

# --- what comes next


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing until then, unless something happens before."""

    until_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class Call:
    """Claim this attempt and dial."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Text:
    """Claim this text and send it."""

    name: str


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find out what became of this attempt: its outcome is overdue."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Over:
    ended: Ended


type Step = Wait | Call | Text | Reconcile | Over
