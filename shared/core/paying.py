"""Paying for a task, in the conversation: a sum is asked for, and what became of it is said (docs/decisions/0017)."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from shared.core.agent import Task
from shared.core.checkout import Asking, Checkout
from shared.core.events import JsonValue
from shared.core.lines import Line, filled, fixed
from shared.core.moves import Move, Say
from shared.core.next_step import TakePayment
from shared.core.pay import LINK, Pay
from shared.core.payment import Phase, Settled
from shared.core.tasks import Progress

if TYPE_CHECKING:
    from shared.core.errands import Errands


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
    by_link = checkout.asking is Asking.LINK
    if not agreed:
        return errands.dropped() if by_link else _instead_of_card(errands, pay, checkout)
    checkout.begun += not by_link
    errands.journal.answered(status="paying")
    amount, about = checkout.amount, checkout.described(pay, progress.values)
    step = TakePayment(progress.task.name, amount.decimal, amount.currency, about, by_link)
    return Say((fixed(errands.agent.phrases.one_moment[0] if by_link else pay.before),), step)


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
        case Phase.PAYING:
            return errands.finished(filled(pay.link_sent, checkout.values(progress.task.speaks, progress.spoken())))
        case Phase.FAILED if checkout.asking is Asking.LINK:
            return errands.ways_out.give_up("payment-link")
        case Phase.FAILED:
            return _instead_of_card(errands, pay, checkout, fixed(pay.failed))
        case Phase.DECLINED | Phase.TIMEOUT | Phase.ABANDONED | Phase.ASKED:
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
