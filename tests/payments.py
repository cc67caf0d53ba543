"""Fakes of the ports about payments; their contract suites run on these and on the adapters."""

from dataclasses import replace
from datetime import datetime
from threading import Lock

from shared.core.payment import Payment
from shared.ports import CallStore
from shared.ports.payments import KeptPayment
from shared.usecases.payment import Cashier
from tests.people import FakeFollowUps
from tests.usecases.clinic import ADDRESSES, AGENTS, NOW


class FakePayments:
    """Payments in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.kept: dict[tuple[str, int], KeptPayment] = {}

    def open_payment(self, call_sid: str, number: int, payment: Payment, at: datetime) -> bool:
        with self._lock:
            is_new = (call_sid, number) not in self.kept
            self.kept.setdefault((call_sid, number), KeptPayment(payment, 1))
            return is_new

    def payment(self, call_sid: str, number: int) -> KeptPayment | None:
        return self.kept.get((call_sid, number))

    def save_payment(self, call_sid: str, number: int, payment: Payment, *, version: int) -> bool:
        with self._lock:
            kept = self.kept.get((call_sid, number))
            if kept is None or kept.version != version:
                return False
            self.kept[call_sid, number] = replace(kept, payment=payment, version=version + 1)
            return True


def nobody_pays(store: CallStore) -> Cashier:
    """The clinic, where nothing is paid."""
    return Cashier(store, FakePayments(), FakeFollowUps(), ADDRESSES, AGENTS, lambda: NOW)
