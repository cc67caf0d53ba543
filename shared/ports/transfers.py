"""What it takes to put a caller through to people, besides those people (`People`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.core.events import JsonValue
from shared.core.transfer import Transfer


@dataclass(frozen=True, slots=True)
class KeptTransfer:
    """A transfer as it was read, with what the person is told; `version` counts its writes."""

    transfer: Transfer
    briefing: Mapping[str, JsonValue]
    version: int


class TransferStore(Protocol):
    """Where transfers stand. A call's transfer has the number of the stream it ended; all writes are conditional."""

    def open_transfer(
        self,
        call_sid: str,
        number: int,
        transfer: Transfer,
        briefing: Mapping[str, JsonValue],
        at: datetime,
        *,
        version: int = 0,
    ) -> bool:
        """Write a new one, or one in the place of that of `version`; False, and nothing changed, if another exists."""
        ...

    def transfer(self, call_sid: str, number: int) -> KeptTransfer | None:
        """Consistently read."""
        ...

    def save_transfer(self, call_sid: str, number: int, transfer: Transfer, *, version: int) -> bool:
        """Write it anew; False, and nothing changed, if it has been written since `version` was read."""
        ...


@dataclass(frozen=True, slots=True)
class LegOrder:
    """A call to a person, to be placed for a caller who waits. URLs are absolute; times in seconds."""

    account_sid: str
    to: str
    """E.164, or a sip: address with headers."""
    caller_id: str
    url: str
    """Asked for what they hear when they pick up."""
    status_url: str
    ring_s: int


class Telephony(Protocol):
    """What is done to calls besides answering the carrier's questions. Raises ProviderError.

    None of it is tried again by the adapter: an order whose answer was lost may have been carried out.
    """

    def ring(self, order: LegOrder) -> str:
        """Place the call; its CallSid."""
        ...

    def redirect(self, account_sid: str, call_sid: str, url: str) -> None:
        """Have the call go on with the document at `url`. Nothing happens to a call that is over."""
        ...

    def hang_up(self, account_sid: str, call_sid: str) -> None:
        """End the call, ringing or not. Nothing happens to one that is over."""
        ...
