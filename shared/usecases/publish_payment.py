"""Tell the event bus that money was taken: never not at all, and once unless something breaks in between.

As with a call's end (`publish_call`): first the event, then the log's line that says so. `payment.captured.v1.json`
says what is in it, and a test holds the two together.
"""

import logging
from datetime import UTC, datetime
from typing import Final

from shared.core.payment import Payment, Phase
from shared.ports import BusinessEvent, CallStore, EventBus, LogEntry
from shared.ports.payments import PaymentStore
from shared.usecases.publish_call import PUBLISHED

KIND: Final = "payment.captured"
VERSION: Final = 1

log = logging.getLogger(__name__)


class NotPaid(Exception):
    """The payment is unknown, or nothing was taken, so that there is nothing to tell."""


def publish_payment(
    calls: CallStore, payments: PaymentStore, bus: EventBus, call_sid: str, number: int, *, now: datetime
) -> bool:
    """Publish; False if that was done before. Raises NotPaid; ProviderError."""
    key = f"{PUBLISHED}-{KIND}-{number:02d}"
    if any(line.key == key for line in calls.log(call_sid)):
        return False
    kept = payments.payment(call_sid, number)
    if kept is None or kept.payment.phase is not Phase.PAID:
        raise NotPaid
    bus.publish(captured(call_sid, kept.payment))
    calls.append(call_sid, [LogEntry(key, PUBLISHED, now, {"event": KIND, "payment": kept.payment.id})])
    log.info("payment_published", extra={"call_sid": call_sid, "attempt": number})
    return True


def captured(call_sid: str, payment: Payment) -> BusinessEvent:
    """The event of a payment that was made. The same payment always has the same `id`."""
    at = datetime.fromtimestamp(payment.since_ms / 1_000, UTC)
    detail = {
        "version": VERSION,
        "id": f"{payment.id}:{KIND}",
        "call_sid": call_sid,
        "reference": payment.reference,
        "amount": payment.amount.minor,
        "currency": payment.amount.currency.upper(),
        "confirmation": payment.confirmation,
        "captured_at": at.isoformat(timespec="milliseconds"),
    }
    return BusinessEvent(KIND, at, detail)
