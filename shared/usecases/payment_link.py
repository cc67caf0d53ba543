"""A link to pay by, sent to whoever calls: Stripe's page for one sum, in one text message; and what Stripe says of it.

Neither the sum, nor the number, nor the address of the page is anybody's to choose. The address is written nowhere.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.core import payment as core
from shared.core.events import JsonValue
from shared.core.money import Money
from shared.core.next_step import TakePayment
from shared.core.payment import Method, Payment, Phase
from shared.ports import CallRecord, ProviderError
from shared.ports.messages import Messages, TextMessage
from shared.ports.payments import LinkOrder, PaymentLinks
from shared.usecases.answers import Verbs
from shared.usecases.payment import Cashier, back_to_agent, happens, payment_id

_ID: Final = re.compile(r"(CA[0-9a-fA-F]{32})-(\d{2,3})")
_CONFIRMATION: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_ENDS: Final = {
    "checkout.session.async_payment_failed": Phase.DECLINED,
    "checkout.session.expired": Phase.TIMEOUT,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkSender:
    """What links are sent with."""

    links: PaymentLinks
    messages: Callable[[str], Messages]
    """Of the account of this sid."""
    status_url: str
    """Told what becomes of the message."""
    success_url: str
    """Where the payer's browser goes afterwards."""


def send_link(cashier: Cashier, sender: LinkSender | None, call: CallRecord, step: TakePayment) -> Verbs:
    """The payment is written, then the link is made and sent, once; the caller goes back to the agent."""
    number = call.streams
    amount, agent = Money.read(step.amount, step.currency), cashier.agent(call)
    new = Payment(payment_id(call, number), step.task, Method.LINK, amount, step.description)
    fresh = cashier.payments.open_payment(call.call_sid, number, new, cashier.now())
    if fresh and (agent is None or sender is None or not _sent(sender, call, new, agent.business)):
        happens(cashier, call, number, core.Ended(Phase.FAILED, "link-not-sent"))
    elif fresh:
        happens(cashier, call, number, core.Shown())
    return back_to_agent(cashier, call, number)


def _sent(sender: LinkSender, call: CallRecord, payment: Payment, business: str) -> bool:
    try:
        page = sender.links.create(LinkOrder(payment.id, payment.amount, payment.reference, sender.success_url))
        body = f"{business}: pay {payment.amount.written} here: {page}"
        to, from_ = call.caller, call.called
        sender.messages(call.account_sid).send(TextMessage(to=to, from_=from_, body=body, status_url=sender.status_url))
    except ProviderError as error:
        log.error("payment_link_not_sent", extra={"call_sid": call.call_sid, "error": type(error).__name__})
        return False
    log.info("payment_link_sent", extra={"call_sid": call.call_sid})
    return True


def stripe_says(cashier: Cashier, event: Mapping[str, JsonValue]) -> bool:
    """An event of Stripe's, whose signature holds; False if it is about no payment of ours. Raises ProviderError."""
    data = event.get("data")
    session = data.get("object") if isinstance(data, Mapping) else None
    metadata = session.get("metadata") if isinstance(session, Mapping) else None
    found = _ID.fullmatch(str(metadata.get("payment"))) if isinstance(metadata, Mapping) else None
    call = cashier.calls.get(found[1]) if found else None
    ended = _ended(str(event.get("type")), session) if isinstance(session, Mapping) else None
    if found is None or call is None or ended is None:
        return False
    return happens(cashier, call, int(found[2]), ended) is not None


def _ended(kind: str, session: Mapping[str, JsonValue]) -> core.Ended | None:
    """None for what is no end: a session that is completed may still wait for its money."""
    if kind in _ENDS:
        return core.Ended(_ENDS[kind], kind.rpartition(".")[2])
    completed = kind in ("checkout.session.completed", "checkout.session.async_payment_succeeded")
    if not completed or session.get("payment_status") != "paid":
        return None
    name = str(session.get("payment_intent") or session.get("id"))
    return core.Ended(Phase.PAID, "link", name if _CONFIRMATION.fullmatch(name) else "")
