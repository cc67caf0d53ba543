"""How a task is paid: what a file says, what may be wrong with it, and what the core follows."""

from collections.abc import Iterator

from shared.adapters.agent_files import calling, schema
from shared.core.facts import FactKind
from shared.core.lines import PLACEHOLDER
from shared.core.money import Money
from shared.core.pay import LINK, Pay

_TEXTS = ("before", "declined", "stopped", "again", "unknown", "failed", "already", "ask_link", "link_sent", "prompts")
"""What stands there in English if a file leaves it out."""
_OF_THE_SUM = ("ask", "again", "ask_link", "link_sent", "description")
"""Texts in which placeholders are filled."""


def pay_of(read: schema.Pay) -> Pay:
    """Of a file without contradictions."""
    prompts = read.prompts
    asked = {
        "payment-card-number": prompts.card_number,
        "expiration-date": prompts.expiry,
        **({"security-code": prompts.security_code} if read.security_code else {}),
        **({"postal-code": prompts.postal_code} if read.postal_code else {}),
        "payment-processing": prompts.processing,
    }
    mistakes = {
        "invalid-card-number": prompts.wrong_number,
        "invalid-card-type": prompts.wrong_kind,
        "invalid-date": prompts.wrong_expiry,
        "invalid-security-code": prompts.wrong_security_code,
        "invalid-postal-code": prompts.wrong_postal_code,
        "input-timeout": prompts.nothing,
    }
    return Pay(
        connector=read.connector,
        currency=read.currency,
        description=read.description,
        ask=read.ask,
        before=read.before,
        declined=read.declined,
        stopped=read.stopped,
        again=read.again,
        unknown=read.unknown,
        failed=read.failed,
        already=read.already,
        ask_link=read.ask_link,
        link_sent=read.link_sent,
        prompts=asked,
        mistakes=mistakes,
        amount=read.amount or "",
        amount_from=read.amount_from or "",
        amount_fact=read.amount_fact or "",
        at_most=read.at_most or "",
        attempts=read.attempts,
        retries=read.retries,
        timeout_s=read.timeout_seconds,
        cards=read.cards,
        security_code=read.security_code,
        postal_code=read.postal_code,
        otherwise=read.otherwise,
    )


def pay_contradictions(
    here: tuple[str, ...], task: schema.Task, pay: schema.Pay, read: schema.AgentFile, *, english: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with how a task is paid."""
    at = (*here, "pay")
    if sum(value is not None for value in (pay.amount, pay.amount_from, pay.amount_fact)) != 1:
        yield at, "needs exactly one of amount, amount_from (of the tool's answer) and amount_fact (of the event)"
    if pay.amount_fact and not _is_money(pay.amount_fact, read):
        yield (*at, "amount_fact"), f"`{pay.amount_fact}` is no fact of kind money; name one that `outbound:` has"
    if pay.amount_from and not task.run:
        yield (*at, "amount_from"), "is of a tool's answer, and the task has no `run:`; name the tool, or give amount"
    yield from _sums(at, pay)
    if pay.otherwise and pay.otherwise != LINK and pay.otherwise not in {*read.tasks, *read.routes}:
        yield (*at, "otherwise"), f"`{pay.otherwise}` is no task and no route; name one, or {LINK}"
    if pay.otherwise == here[-1]:
        yield (*at, "otherwise"), "is this task itself; name another"
    known = None if task.run else {*task.ask_for, *calling.said(read), "amount"}
    for field in _OF_THE_SUM:
        for word in PLACEHOLDER.findall(getattr(pay, field)):
            if known is not None and word not in known:
                yield (*at, field), f"{{{word}}} is not known; use one of {', '.join(sorted(known))}"
    if "amount" not in PLACEHOLDER.findall(pay.ask):
        yield (*at, "ask"), "does not say {amount}; callers agree to a sum, so name it"
    for field in () if english else _TEXTS:
        if field not in pay.model_fields_set:
            yield (*at, field), "is missing, and what would be said instead is English; add it"


def _is_money(name: str, read: schema.AgentFile) -> bool:
    fact = None if read.outbound is None else read.outbound.facts.get(name)
    return fact is not None and fact.kind is FactKind.MONEY


def _sums(at: tuple[str, ...], pay: schema.Pay) -> Iterator[tuple[tuple[str, ...], str]]:
    sums: dict[str, Money] = {}
    for name, value in (("amount", pay.amount), ("at_most", pay.at_most)):
        if value is not None:
            try:
                sums[name] = Money.read(value, pay.currency)
            except ValueError as error:
                yield (*at, name), f'is {error}; write such as "120.00"'
    if len(sums) == 2 and sums["amount"].minor > sums["at_most"].minor:
        yield (*at, "amount"), "is more than at_most; raise that, or lower this"
