"""Calls that a company places on its own initiative, as the carrier takes and knows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.core.call_status import CallStatus
from shared.ports import Refused


class NumberRefused(Refused):
    """The number does not exist, or is of a kind that can never be called or texted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """A call to be placed. Numbers are E.164, URLs absolute and signed for by the carrier, times in seconds."""

    to: str
    from_: str
    """One of the company's own numbers."""
    url: str
    """Asked for what they hear when somebody, or something, picks up."""
    fallback_url: str
    """Asked instead when `url` does not answer."""
    status_url: str
    """Told each status the call comes to: initiated, ringing, in-progress, and its last."""
    machine_url: str = ""
    """Told who picked up, while the call goes on; nobody finds out where this is empty."""
    ring_s: int
    time_limit_s: int
    """From picking up."""


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call as the carrier has it."""

    call_sid: str
    status: CallStatus
    placed_at: datetime
    """When the carrier took the order, which may stand in its queue afterwards; UTC, in whole seconds."""
    answered_by: str = ""
    """`human`, `machine_start`, `machine_end_beep`, `machine_end_silence`, `machine_end_other`, `fax` or `unknown`;
    empty as long as nobody has found out."""
    talked_s: int = 0
    """From picking up to the end, of a call that is over."""


class Outbound(Protocol):
    """The carrier takes orders for calls. It has no key that makes an order unique: nothing is asked twice by the
    adapter, and must not be by whoever uses it."""

    def place(self, order: CallOrder) -> str:
        """Order the call, once; its CallSid. It may wait in the carrier's queue before anybody's phone rings.

        Raises Refused or Throttled when surely nothing was placed (NumberRefused when no such call ever will be), and
        Unavailable when nobody knows: the phone may be ringing. Then `find` tells.
        """
        ...

    def find(self, to: str, since: datetime) -> tuple[PlacedCall, ...]:
        """The calls placed to this number since then, queued ones too; newest first. Raises ProviderError."""
        ...

    def status(self, call_sid: str) -> PlacedCall | None:
        """One call; None if the carrier knows none of that name. Raises ProviderError."""
        ...

    def cancel(self, call_sid: str) -> None:
        """Call off a call that is queued or rings. Nothing happens to one that was picked up, or is over.

        Raises ProviderError.
        """
        ...
