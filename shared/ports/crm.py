"""The company's records of its customers: each call is noted there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Reached(StrEnum):
    """Who was reached, as people who read such notes tell them apart."""

    TALKED = "talked"
    MESSAGE_LEFT = "message-left"
    WRONG_NUMBER = "wrong-number"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    NOT_CONNECTED = "not-connected"


@dataclass(frozen=True, slots=True)
class CallNote:
    """One call, as it is noted."""

    key: str
    """Names the call for good."""
    at: datetime
    """When it ended."""
    number: str
    """The customer's, in E.164; empty when it was withheld."""
    line: str
    """The company's own, in E.164; empty when it is not known."""
    outgoing: bool
    reached: Reached
    talked_s: int
    title: str
    body: str
    """Plain text; facts, and none of the customer's words."""


class Crm(Protocol):
    """Raises ProviderError."""

    def has_call(self, key: str) -> bool:
        """Whether a call of that key is noted already."""
        ...

    def note_call(self, note: CallNote) -> None:
        """Note it, with whoever has that number, or with nobody. Never tried again by the adapter."""
        ...
