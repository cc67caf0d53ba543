"""What it takes to be paid: where payments stand, and who makes links to pay by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.core.money import Money
from shared.core.payment import Payment


@dataclass(frozen=True, slots=True)
class KeptPayment:
    """A payment as it was read; `version` counts its writes."""

    payment: Payment
    version: int


class PaymentStore(Protocol):
    """Where payments stand. A call's payment has a number of its own; all writes are conditional."""

    def open_payment(self, call_sid: str, number: int, payment: Payment, at: datetime) -> bool:
        """Write a new one; False, and nothing changed, if it exists."""
        ...

    def payment(self, call_sid: str, number: int) -> KeptPayment | None:
        """Consistently read."""
        ...

    def save_payment(self, call_sid: str, number: int, payment: Payment, *, version: int) -> bool:
        """Write it anew; False, and nothing changed, if it has been written since `version` was read."""
        ...


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """A page to be paid at. `payment_id` makes a repeat the same order."""

    payment_id: str
    amount: Money
    description: str
    success_url: str
    """Where the payer's browser goes afterwards."""


class PaymentLinks(Protocol):
    def create(self, order: LinkOrder) -> str:
        """The page's URL. The same order again gives the same page. Raises ProviderError."""
        ...
