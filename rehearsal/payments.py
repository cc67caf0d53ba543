"""Payments in a rehearsal, in memory; it has one thread."""

from dataclasses import replace
from datetime import datetime

from shared.core.payment import Payment
from shared.ports import FollowUpKind
from shared.ports.payments import KeptPayment


class Payments:
    """Where payments stand."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], KeptPayment] = {}

    def open_payment(self, call_sid: str, number: int, payment: Payment, at: datetime) -> bool:
        new = KeptPayment(payment, 1)
        return self.kept.setdefault((call_sid, number), new) is new

    def payment(self, call_sid: str, number: int) -> KeptPayment | None:
        return self.kept.get((call_sid, number))

    def save_payment(self, call_sid: str, number: int, payment: Payment, *, version: int) -> bool:
        kept = self.kept.get((call_sid, number))
        if kept is None or kept.version != version:
            return False
        self.kept[call_sid, number] = replace(kept, payment=payment, version=version + 1)
        return True


class FollowUps:
    """What people would have to do: what it is about, once each."""

    def __init__(self) -> None:
        self.about: list[str] = []

    def add(
        self,
        kind: FollowUpKind,
        call_sid: str,
        about: str,
        at: datetime,
        *,
        number: str = "",
        agent_until: datetime | None = None,
    ) -> bool:
        new = about not in self.about
        if new:
            self.about.append(about)
        return new

    def called_back(self, number: str, *, done: bool) -> None:
        """No chain ends here."""
