"""Twilio's request after a stream, and after a message was recorded: what now?"""

import re

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.core.next_step import TakePayment
from shared.ports import CallRecord
from shared.usecases.answers import Verbs
from shared.usecases.next_step import Recording
from shared.usecases.next_step import next_step as decide
from shared.usecases.payment import take_payment
from shared.usecases.payment_link import send_link
from shared.usecases.transfer_legs import put_through

_RECORDING_URL = re.compile(r"https?://[!-~]{1,500}")


def next_step(deps: Dependencies, form: Form) -> Verbs:
    """Go on with the call from its state."""
    url = form.get("RecordingUrl")
    if url and not _RECORDING_URL.fullmatch(url):
        raise Refusal(400, "recording-url")
    return decide(
        deps.store,
        deps.addresses,
        deps.agents,
        form.call_sid(),
        token=deps.new_token(),
        now=deps.now(),
        put_through=lambda call, step: put_through(deps.switch, call, step),
        take_payment=lambda call, step: _paid(deps, call, step),
        fleet=deps.fleet,
        recording=Recording(url, form.count("RecordingDuration")) if url else None,
    )


def _paid(deps: Dependencies, call: CallRecord, step: TakePayment) -> Verbs:
    """On the keypad, or by a link."""
    return send_link(deps.cashier, deps.sender, call, step) if step.by_link else take_payment(deps.cashier, call, step)
