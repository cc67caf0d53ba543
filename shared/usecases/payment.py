"""A caller pays by card: what happens to the payment, and what the caller's leg does meanwhile and afterwards.

`shared.core.payment` decides; here its state is read, changed by a conditional write, and its effects are carried out,
by whoever's write it was. The carrier alone sees the card: of what it tells, only words about the payment come here.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.core import payment as core
from shared.core.agent import Agent
from shared.core.money import Money
from shared.core.next_step import TakePayment
from shared.core.pay import Pay as Terms
from shared.core.payment import Method, Payment, Phase
from shared.ports import CallRecord, CallStore, FollowUpKind, FollowUps, LogEntry, ProviderError
from shared.ports.payments import KeptPayment, PaymentStore
from shared.usecases.answers import TROUBLE, Addresses, Verbs, farewell, say
from shared.wire.twiml import Pay, Prompt, Redirect

TRIES = 10
"""To change a payment that others change as well."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cashier:
    """What callers are paid by with."""

    calls: CallStore
    payments: PaymentStore
    follow_ups: FollowUps
    addresses: Addresses
    agents: Mapping[str, Agent]
    now: Callable[[], datetime]

    def agent(self, call: CallRecord) -> Agent | None:
        """The one that answers this call, in the language it has come to."""
        agent = self.agents.get(call.agent)
        return agent and agent.as_left(call.progress)


def take_payment(cashier: Cashier, call: CallRecord, step: TakePayment) -> Verbs:
    """The call's stream is over: the payment is written, and the carrier told to take the card; once."""
    number, agent = call.streams, cashier.agent(call)
    task = None if agent is None else agent.task(step.task)
    if agent is None or task is None or task.pay is None:
        return farewell(agent, TROUBLE)
    now = cashier.now()
    amount = Money.read(step.amount, step.currency)
    new = Payment(payment_id(call, number), step.task, Method.CARD, amount, step.description)
    if cashier.payments.open_payment(call.call_sid, number, new, now):
        log.info("payment_opened", extra={"call_sid": call.call_sid, "attempt": number})
    kept = cashier.payments.payment(call.call_sid, number)
    if kept is None or not kept.payment.may_be_shown(_ms(now)):
        return went_on(cashier, call, number, core.Missing())
    happens(cashier, call, number, core.Shown())
    over = cashier.addresses.of_payment("over", number=str(number))
    card = _pay(agent, task.pay, step, kept.payment, over, cashier.addresses.of_payment("status", number=str(number)))
    return (card, Redirect(over))


def went_on(cashier: Cashier, call: CallRecord, number: int, event: core.Event) -> Verbs:
    """The caller's leg has left the keypad, for which `event` is the reason: back to the agent, who is told."""
    happens(cashier, call, number, event)
    return back_to_agent(cashier, call, number)


def back_to_agent(cashier: Cashier, call: CallRecord, number: int) -> Verbs:
    """The call's payment `number` needs the caller's leg no longer: the agent is told how it stands."""
    kept = cashier.payments.payment(call.call_sid, number)
    if kept is not None and number == call.streams and isinstance(call.next_step, TakePayment):
        progress = kept.payment.settled.into(call.progress or {})
        cashier.calls.resume(call.call_sid, progress, stream=call.streams)
    return (Redirect(cashier.addresses.next_step),)


def caller_gone(cashier: Cashier, call_sid: str) -> None:
    """The caller has hung up, perhaps while paying."""
    call = cashier.calls.get(call_sid)
    if call is not None and isinstance(call.next_step, TakePayment):
        happens(cashier, call, call.streams, core.CallerGone())


def happens(cashier: Cashier, call: CallRecord, number: int, event: core.Event) -> KeptPayment | None:
    """Something happened to the call's payment `number`; where it stands then. None if there is no such payment."""
    for _ in range(TRIES):
        kept = cashier.payments.payment(call.call_sid, number)
        if kept is None:
            return None
        after, effects = kept.payment.after(event, _ms(cashier.now()))
        changed = KeptPayment(after, kept.version + 1)
        if after == kept.payment:
            return kept
        if cashier.payments.save_payment(call.call_sid, number, after, version=kept.version):
            _carry_out(cashier, call, number, changed, effects)
            return changed
    log.error("payment_contended", extra={"call_sid": call.call_sid})
    return cashier.payments.payment(call.call_sid, number)


def payment_id(call: CallRecord, number: int) -> str:
    """By which a payment is known here, in events, and in the provider's books."""
    return f"{call.call_sid}-{number:02d}"


def _carry_out(cashier: Cashier, call: CallRecord, number: int, kept: KeptPayment, effects: list[core.Effect]) -> None:
    payment = kept.payment
    about = {"call_sid": call.call_sid, "state": str(payment.phase), "attempt": number}
    if payment.over:
        log.info("payment_settled", extra=about)
    for effect in effects:
        try:
            match effect:
                case core.Note(data):
                    key = f"payment-{number:02d}-{kept.version:04d}"
                    cashier.calls.append(call.call_sid, [LogEntry(key, "payment", cashier.now(), data)])
                case core.AskPeople():
                    _ask_people(cashier, call, payment)
                case _:
                    assert_never(effect)
        except ProviderError as error:
            log.error("payment_effect_lost", extra=about | {"error": type(error).__name__})


def _ask_people(cashier: Cashier, call: CallRecord, payment: Payment) -> None:
    about = (
        f"Payment {payment.id} of {payment.amount.written}: it is not known whether the card was charged. "
        "Look it up at the payment provider, then tell the caller; do not take it again before."
    )
    cashier.follow_ups.add(FollowUpKind.TASK, call.call_sid, about, cashier.now(), number=call.caller)


def _pay(agent: Agent, terms: Terms, step: TakePayment, payment: Payment, over: str, status: str) -> Pay:
    """The verb, with every prompt in the agent's own words and voice."""
    wrong = [
        Prompt(part, (say(agent, f"{mistake} {asked}"),), error_type=kind)
        for kind, (parts, mistake) in _mistakes(terms).items()
        for part, asked in terms.prompts.items()
        if part in parts
    ]
    plain = [Prompt(part, (say(agent, asked),)) for part, asked in terms.prompts.items()]
    return Pay(
        action=over,
        status_callback=status,
        payment_connector=terms.connector,
        charge_amount=payment.amount.decimal,
        currency=payment.amount.currency,
        description=f"{step.description} ({payment.id})",
        timeout=terms.timeout_s,
        max_attempts=terms.retries,
        security_code=terms.security_code,
        postal_code=terms.postal_code,
        valid_card_types=terms.cards,
        language=agent.language,
        prompts=(*plain, *wrong),
    )


_PARTS_OF = {
    "invalid-card-number": ("payment-card-number",),
    "invalid-card-type": ("payment-card-number",),
    "invalid-date": ("expiration-date",),
    "invalid-security-code": ("security-code",),
    "invalid-postal-code": ("postal-code",),
    "input-timeout": ("payment-card-number", "expiration-date", "security-code", "postal-code"),
}


def _mistakes(terms: Terms) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """What can be wrong, with where it can be and what is said of it."""
    return {kind: (_PARTS_OF[kind], text) for kind, text in terms.mistakes.items()}


RESULTS = {
    "success": Phase.PAID,
    "too-many-failed-attempts": Phase.DECLINED,
    "caller-interrupted-with-star": Phase.ABANDONED,
    "caller-hung-up": Phase.ABANDONED,
    "validation-error": Phase.FAILED,
}
"""Of the carrier's words for how it ended; whatever is not here, or not known to be without a charge, is unknown."""
_REJECTED = ("64008", "64010", "64012", "64022", "64023")
"""The gateway, or the carrier before it, has turned the card down."""
_WRONG_SETTINGS = (*(f"640{code:02d}" for code in (1, 3, 4, 5, 6, 7, 9, 11, 13, 14, 15, 16, 24)),)
"""Nothing was asked of the gateway, or it does not serve us: twilio-protocol 3.10."""


def ended(result: str, code: str, confirmation: str) -> core.Ended:
    """What the carrier's result says. `code` is its error code, if there is one."""
    reason = f"{result}-{code}" if code else result
    if result == "payment-connector-error":
        if code in _REJECTED:
            return core.Ended(Phase.DECLINED, reason)
        return core.Ended(Phase.FAILED if code in _WRONG_SETTINGS else Phase.UNKNOWN, reason)
    return core.Ended(RESULTS.get(result, Phase.UNKNOWN), reason, confirmation)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1_000)
