"""May this person be called or texted, for this purpose, and when? The question, and the answer."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.core.rules.person import Channel, Person, Purpose, Registry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person may be. What is allowed must be allowed at each of a question's places."""

    country: str
    """ISO 3166-1, such as US; empty when it is not known."""
    region: str = ""
    """ISO 3166-2, such as US-FL; empty when it may be any of the country's."""
    zones: tuple[str, ...] = ()
    """IANA names of every time zone it may be in; none means that it is not known."""


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a decision rests on. What is not known is said to be unknown, never guessed."""

    number: str
    """E.164."""
    purpose: Purpose
    channel: Channel
    now: datetime
    """Aware of its zone."""
    places: tuple[Place, ...]
    """By the number, and by every address on file."""
    person: Person | None
    """None when it could not be read."""
    registries: tuple[Registry, ...] = ()
    """The lists, or parts of them (`part_of`), that have been imported, each with its day."""
    campaign: str = ""
    debt: str = ""
    """The debt it is about, for a collection."""
    carrier: str = "twilio"
    """Who carries it: not every carrier may reach every country for every purpose."""
    caller_id: str = ""
    """E.164: the number that they will see."""


class Verdict(StrEnum):
    NOW = "now"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says to a question."""

    rule: str
    """Its id, such as `us.tcpa.hours`."""
    verdict: Verdict
    why: str
    """In words, of this question; holds no number."""
    text: str
    """The rule, in words."""
    source: str
    effective: date
    at: datetime | None = None
    """For LATER: when this rule alone would allow it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `LATER` has the first instant at which every rule allows it, if nothing else happens till then."""

    verdict: Verdict
    said: tuple[Said, ...]
    """By every rule that had a say, in the order of the rulebook."""
    decided_by: Said | None = None
    """The rule without which the answer would have been better; None when all allow it now."""
    at: datetime | None = None
    """For LATER, in UTC."""
