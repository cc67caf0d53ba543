"""Twilio's voice webhook: a call comes in on one of the lines."""

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.usecases.answer_call import IncomingCall, answer_call
from shared.usecases.answers import Verbs

PATH = "/twilio/voice"


def voice(deps: Dependencies, form: Form) -> Verbs:
    """Answer the call."""
    if form.get("CallbackSource"):
        # A number whose status callback is this URL by mistake would otherwise spend the call's token on it.
        raise Refusal(400, "status-callback")
    call = IncomingCall(
        call_sid=form.call_sid(), account_sid=form.get("AccountSid"), caller=form.get("From"), called=form.get("To")
    )
    return answer_call(
        deps.store,
        deps.addresses,
        deps.agents,
        deps.lines,
        call,
        token=deps.new_token(),
        now=deps.now(),
        fleet=deps.fleet,
    )
