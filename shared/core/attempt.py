"""One call to a person on a company's own initiative, and what became of it.

A chain is everything that one business event sets off; it makes attempts, one after the other. An attempt is written
before anybody is dialled, is dialled at most once, and has exactly one outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from shared.core.events import JsonValue

_BETWEEN = "."


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """Names an attempt for good: the chain, and which of its attempts (1, 2, ...)."""

    chain: str
    """Lower-case letters, digits and hyphens."""
    number: int

    def __str__(self) -> str:
        return f"{self.chain}{_BETWEEN}{self.number}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The key that `str` made into text. Raises ValueError."""
        chain, _, number = text.partition(_BETWEEN)
        if not chain or not number.isascii() or not number.isdecimal():
            raise ValueError("not an attempt's key, such as reminder-4f2a.1")
        return cls(chain, int(number))


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one call of ours is for, as the agent that makes it is told."""

    attempt: str
    """Its key, as text."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Of the event (`shared.core.facts`), secrets included: for the live call alone."""
    leaves_message: bool = True
    """Whether a mailbox gets a message."""
    earlier: Mapping[str, JsonValue] | None = None
    """What is known from the call in which they asked for this one (`shared.core.called_back`)."""


class Disposition(StrEnum):
    """How an attempt went, as far as reaching the person goes. What was agreed with them is the outcome's `result`."""

    REACHED = "reached"
    """The person themselves talked with the agent."""
    WRONG_PERSON = "wrong-person"
    """Somebody else did, who does not know them: the number is not theirs."""
    NOT_THEM = "not-them"
    """Somebody else did: they are not there now."""
    HUNG_UP = "hung-up"
    """Somebody picked up and left before it was known who they are."""
    MESSAGE_LEFT = "message-left"
    MAILBOX = "mailbox"
    """A mailbox, and nothing was left on it."""
    SCREENED = "screened"
    """Their phone asked who calls, and did not connect."""
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    """The carrier could not connect the call: worth another try."""
    UNREACHABLE = "unreachable"
    """The number does not exist or takes no calls: not worth another try."""
    OPTED_OUT = "opted-out"
    """They do not want to be called again: recorded at once, when they said so."""
    NOT_DIALLED = "not-dialled"
    """The carrier refused the order, so nobody's phone rang."""
    UNKNOWN = "unknown"
    """The carrier was asked, and nobody could find out what happened: counts as a call that was made."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt; `result` is what was agreed, in the agent file's own words (`results:`)."""

    disposition: Disposition
    result: str = ""
    """Such as `confirmed` or `promised`; empty when nothing was."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Slots that go with it, such as the day promised. Never a card's digits."""
    call_sid: str = ""
    talked_s: int = 0
    """From picking up to the end."""
