"""Twilio's requests while a caller pays by card: how far they are, and how it ended.

Twilio tells parts of the card too, masked and in clear. They end at this door: nothing behind it can read a field that
is not in `_READ`.
"""

import logging
import re
from collections.abc import Callable, Mapping

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.core import payment as core
from shared.core.redaction import holds_card
from shared.usecases import payment as usecase
from shared.usecases.addresses import PAYMENT
from shared.usecases.answers import TROUBLE, Verbs, farewell
from shared.usecases.payment import Cashier

log = logging.getLogger(__name__)

_READ = ("CallSid", "number", "Result", "PayErrorCode", "PaymentConfirmationCode", "For", "ErrorType")
_WORD = re.compile(r"[a-z]+(-[a-z]+){0,7}")
_CODE = re.compile(r"64\d{3}")
_CONFIRMATION = re.compile(r"[\w.:-]{1,100}", re.ASCII)


def endpoints(deps: Dependencies) -> Mapping[str, Callable[[Form], Verbs | None]]:
    """The webhooks, by path."""
    cashier = deps.cashier
    return {
        f"{PAYMENT}/over": lambda form: over(cashier, _without_card(form)),
        f"{PAYMENT}/status": lambda form: status(cashier, _without_card(form)),
        f"{PAYMENT}/text": text,
    }


def over(cashier: Cashier, form: Form) -> Verbs:
    """`<Pay>` has ended; without a result the carrier has gone past it."""
    call, number = cashier.calls.get(form.call_sid()), _number(form)
    if call is None:
        return farewell(None, TROUBLE)
    return usecase.went_on(cashier, call, number, _ended(form) or core.Missing())


def status(cashier: Cashier, form: Form) -> None:
    """How far the caller is; a result may come here too."""
    call, number = cashier.calls.get(form.call_sid()), _number(form)
    if call is None:
        raise Refusal(400, "call")
    ended, part, mistake = _ended(form), _word(form, "For"), _word(form, "ErrorType")
    if ended is not None:
        usecase.happens(cashier, call, number, ended)
    elif part:
        usecase.happens(cashier, call, number, core.Reported(part, mistake))


def text(form: Form) -> None:
    """What became of a message with a link."""
    log.info("payment_text_status", extra={"state": _word(form, "MessageStatus")})


def _ended(form: Form) -> core.Ended | None:
    result = _word(form, "Result")
    return usecase.ended(result, _code(form), _confirmation(form)) if result else None


def _without_card(form: Form) -> Form:
    return Form(tuple((name, value) for name, value in form.fields if name in _READ))


def _number(form: Form) -> int:
    number = form.count("number")
    if number is None:
        raise Refusal(400, "number")
    return number


def _word(form: Form, name: str) -> str:
    """One of Twilio's words; nothing else is kept."""
    value = form.get(name)
    return value if _WORD.fullmatch(value) else ""


def _code(form: Form) -> str:
    value = form.get("PayErrorCode")
    return value if _CODE.fullmatch(value) else ""


def _confirmation(form: Form) -> str:
    """The gateway's name for the charge, unless it has put a card's number there."""
    value = form.get("PaymentConfirmationCode")
    fits = _CONFIRMATION.fullmatch(value) and not holds_card(re.sub(r"\D", "", value))
    return value if fits else ""
