"""Text messages to people's telephones."""

from dataclasses import dataclass
from typing import Protocol

from shared.ports import Refused


class OptedOut(Refused):
    """They have told the carrier that they want no more messages from this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """A text message to be sent (SMS, at most 1600 characters). `to` is E.164."""

    to: str
    from_: str
    """One of the company's numbers in E.164, or the carrier's name of a set of them (`MG...`)."""
    body: str
    status_url: str
    """Told each status the message comes to; absolute."""


class Messages(Protocol):
    """The carrier takes text messages. It has no key that makes one unique: nothing is sent twice by the adapter."""

    def send(self, message: TextMessage) -> str:
        """Hand it over, once; its MessageSid. Whether it arrives is told later.

        Raises Refused or Throttled when surely nothing was sent, and Unavailable when nobody knows. Of the refusals
        OptedOut says that they answered STOP to that number, `outbound.NumberRefused` that no text can reach theirs.
        """
        ...
