"""Paying for a task, in the conversation: a sum is asked for, and what became of it is said (docs/decisions/0017)."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, assert_never

from shared.core.agent import Task
from shared.core.checkout import Asking, Checkout
from shared.core.events import JsonValue
from shared.core.lines import Line, filled, fixed
from shared.core.moves import Move, Say, Use
from shared.core.next_step import TakePayment
from shared.core.pay import LINK, Pay
from shared.core.payment import Phase, Settled
from shared.core.steps import Run
from shared.core.tasks import Progress

if TYPE_CHECKING:
    from shared.core.errands import Errands

SEND_LINK: Final = "send_payment_link"
"""The tool that sends the caller a link to pay by. No agent file may name it: what it is given comes from a bill."""


def billed(errands: "Errands", progress: Progress, pay: Pay, answer: Mapping[str, JsonValue], *before: Line) -> Move:
    """The sum is known: ask for it, unless it was paid in this call, or may have been."""
    try:
        checkout = Checkout.of(pay, answer)
    except ValueError:
        errands.journal.note("problem", reason="bill", foreseen=False)
        return errands.ways_out.give_up("tool")
    was = errands.bills.get(checkout.bill(progress.task.name, progress.values))
    if was is not None:
        errands.journal.answered(status=was)
        return errands.finished(fixed(pay.already if was == Phase.PAID else pay.unknown), *before)
    progress.checkout = checkout
    return errands.advance(*before)


def agreed(errands: "Errands", progress: Progress, agreed: bool) -> Move:
    """The caller's answer: to the keypad, to a link, or on."""
    pay, checkout = progress.task.pay, progress.checkout
    assert pay is not None
    assert checkout is not None
    if checkout.asking is Asking.LINK:
        return _send_link(errands, progress, pay, checkout) if agreed else errands.dropped()
    if not agreed:
        return _instead_of_card(errands, pay, checkout)
    checkout.begun += 1
    errands.journal.answered(status="paying")
    description = checkout.described(pay, progress.values)
    amount = checkout.amount
    step = TakePayment(progress.task.name, amount.decimal, amount.currency, description)
    return Say((fixed(pay.before),), step)


def came_back(errands: "Errands", settled: Settled) -> Move | None:
    """The caller is back from paying; None if nobody knows for what any more."""
    progress = errands.agenda.progress
    if progress is None or progress.task.name != settled.task:
        return None
    pay, checkout = progress.task.pay, progress.checkout
    if pay is None or checkout is None:
        return None
    _tell_model(errands, progress.task, settled, checkout)
    match settled.phase:
        case Phase.PAID:
            errands.bills[checkout.bill(progress.task.name, progress.values)] = Phase.PAID
            code = " ".join(settled.code)
            return errands.done(progress, {**checkout.values(progress.task.speaks, {}), "code": code})
        case Phase.UNKNOWN:
            errands.bills[checkout.bill(progress.task.name, progress.values)] = Phase.UNKNOWN
            return errands.finished(fixed(pay.unknown))
        case Phase.FAILED:
            return _instead_of_card(errands, pay, checkout, fixed(pay.failed))
        case Phase.DECLINED | Phase.TIMEOUT | Phase.ABANDONED | Phase.ASKED | Phase.PAYING:
            came = fixed(pay.declined if settled.phase is Phase.DECLINED else pay.stopped)
            if checkout.begun >= pay.attempts:
                return _instead_of_card(errands, pay, checkout, came)
            checkout.asking = Asking.AGAIN
            return errands.advance(came)
    assert_never(settled.phase)


def _tell_model(errands: "Errands", task: Task, settled: Settled, checkout: Checkout) -> None:
    """And the call's record: what came of it, and no more of the charge than its last letters."""
    result = {"status": str(settled.phase), "amount": checkout.amount.written, "code": settled.code}
    paid = settled.phase is Phase.PAID
    errands.journal.note(
        "tool",
        name=f"{task.name}:payment",
        arguments={},
        result=result if paid else {"problem": str(settled.phase), "amount": checkout.amount.written},
    )
    conversation = errands.journal.conversation
    conversation.tool_used(f"paid-{len(conversation.messages)}", task.name, "{}", json.dumps(result))


def _instead_of_card(errands: "Errands", pay: Pay, checkout: Checkout, *before: Line) -> Move:
    """No card is taken: what the file says follows then."""
    task, route = errands.agent.task(pay.otherwise), errands.agent.route(pay.otherwise)
    if pay.otherwise == LINK:
        checkout.asking = Asking.LINK
        return errands.advance(*before)
    if not checkout.begun or (task is None and route is None):
        return errands.finished(*before[-1:], *before[:-1]) if before else errands.dropped()
    errands.agenda.progress = None
    if route is not None:
        return errands.lead_to(route, "payment", *before)
    assert task is not None
    return errands.begin(task, *before)


def _send_link(errands: "Errands", progress: Progress, pay: Pay, checkout: Checkout) -> Move:
    """To whoever calls: neither the number nor the sum is anybody's to choose."""
    amount, about = checkout.amount, checkout.described(pay, progress.values)
    arguments = {
        "task": progress.task.name,
        "amount": amount.decimal,
        "currency": amount.currency,
        "description": about,
    }
    errands.step = Run(SEND_LINK, arguments)
    return Use(SEND_LINK, arguments, f"{errands.call_sid}:{progress.task.name}:{SEND_LINK}:{errands.runs}")


def link_sent(errands: "Errands", progress: Progress, answer: Mapping[str, JsonValue]) -> Move:
    problem = answer.get("problem")
    errands.journal.note("tool", name=SEND_LINK, arguments={}, result=dict(answer))
    if problem is not None or progress.task.pay is None or progress.checkout is None:
        return errands.ways_out.give_up("tool")
    errands.runs += 1
    errands.journal.answered(status="link sent")
    return errands.finished(
        filled(progress.task.pay.link_sent, progress.checkout.values(progress.task.speaks, progress.spoken()))
    )
