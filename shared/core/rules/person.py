"""What a company knows of a person it may call: what they agreed to and refused, where they are listed, who called."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

OWN_LIST: Final = "own"
"""The company's own do-not-call list."""
US_LIST: Final = "us-national"
"""The national registry of the United States, which is had by area code."""


class Purpose(StrEnum):
    """What a call or message is for. A call with two purposes has the stricter one."""

    REMINDER = "reminder"
    """Of an appointment, delivery or the like that the person has made."""
    COLLECTION = "collection"
    """A debt, an overdue invoice."""
    SURVEY = "survey"
    """Asks, and offers nothing."""
    SALES = "sales"
    """Telemarketing: encourages a purchase, now or later. A lead to qualify is one."""
    SERVICE = "service"
    """What the person asked for: a call back, news of their own case."""


class Channel(StrEnum):
    CALL = "call"
    SMS = "sms"


class ConsentKind(StrEnum):
    EXPRESS = "express"
    """They gave this number, for this purpose, knowing that they would be contacted on it."""
    WRITTEN = "written"
    """Signed, on paper or electronically, after it was said clearly that calls with an artificial voice would come and
    that no purchase depends on it (47 CFR 64.1200(f)(9))."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, and the proof of it."""

    kind: ConsentKind
    purposes: frozenset[Purpose]
    given_at: datetime
    how: str
    """Such as `web form`, `at the desk`."""
    reference: str
    """Where the proof is, in the company's own words; unique for a person."""
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """They do not want to be called again, for anything, on any channel. Never expires."""

    at: datetime
    how: str
    """Such as `said`, `key`, `text message`."""
    reference: str = ""
    """The call or message in which they said so."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A call or message between the company and a person, whatever came of it."""

    at: datetime
    channel: Channel
    talked: bool = False
    """Whether they themselves were reached and a conversation began."""
    campaign: str = ""
    debt: str = ""
    """The reference of the debt it was about."""
    inbound: bool = False
    """They called: no attempt of ours, and a conversation all the same."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The number stood on a do-not-call list when that was last imported with it."""

    name: str
    data_of: date


@dataclass(frozen=True, slots=True)
class Registry:
    """A do-not-call list, or a part of one, that has been imported as a whole, in the state it had on a day."""

    name: str
    data_of: date


def part_of(name: str, number: str) -> str:
    """The part of a list that a number would be on: of the national registry its area code's, such as us-national-305.

    Who has one area code's part knows nothing of another's.
    """
    return f"{name}-{number[2:5]}" if name == US_LIST else name


@dataclass(frozen=True, slots=True)
class Person:
    """All that is on file about a number. Nobody on file yet is `Person()`."""

    consents: tuple[Consent, ...] = ()
    opt_out: OptOut | None = None
    listings: tuple[Listing, ...] = ()
    contacts: tuple[Contact, ...] = ()
    version: int = 0
    """Counts what has been added that may forbid a call: an attempt made on what was read is conditional on it."""
