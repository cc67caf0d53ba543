"""Twilio's requests while a caller is put through to people: of the caller's leg, and of the person's."""

import re
from collections.abc import Callable, Mapping

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.ports import CallRecord
from shared.usecases import transfer_legs
from shared.usecases.addresses import TRANSFER
from shared.usecases.answers import TROUBLE, Verbs, farewell
from shared.usecases.transfer import Switch

_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")


def endpoints(deps: Dependencies) -> Mapping[str, Callable[[Form], Verbs | None]]:
    """The webhooks, by path."""
    switch = deps.switch
    return {
        f"{TRANSFER}/wait": lambda form: wait(switch, form),
        f"{TRANSFER}/over": lambda form: over(switch, form),
        f"{TRANSFER}/queue": lambda form: queue(switch, form),
        f"{TRANSFER}/alone": lambda form: alone(switch, form),
        f"{TRANSFER}/brief": lambda form: brief(switch, form),
        f"{TRANSFER}/answer": lambda form: answer(switch, form),
        f"{TRANSFER}/leg": lambda form: leg(switch, form),
    }


def wait(switch: Switch, form: Form) -> Verbs:
    """The caller on hold."""
    call = switch.calls.get(form.call_sid())
    if call is None:
        return farewell(None, TROUBLE)
    return transfer_legs.caller_looks(
        switch,
        call,
        piece=form.count("piece") or 0,
        digits=form.get("Digits"),
        fetched=form.get("fetched") == "yes",
    )


def over(switch: Switch, form: Form) -> Verbs:
    """The caller's `<Dial>` or `<Enqueue>` has ended."""
    call = switch.calls.get(form.call_sid())
    if call is None:
        return farewell(None, TROUBLE)
    result = form.get("DialCallStatus") or form.get("QueueResult")
    if result == "completed" and form.get("DialBridged") == "false":
        result = "declined"  # they hung up on the whisper
    return transfer_legs.caller_left_room(switch, call, _count(form, "attempt"), result)


def queue(switch: Switch, form: Form) -> Verbs:
    """The caller in a queue."""
    call = switch.calls.get(form.call_sid())
    if call is None:
        return farewell(None, TROUBLE)
    return transfer_legs.in_queue(
        switch, call, attempt=_count(form, "attempt"), piece=form.count("piece") or 0, digits=form.get("Digits")
    )


def alone(switch: Switch, form: Form) -> Verbs:
    """Whoever came first into the room."""
    return transfer_legs.alone(switch, _about(switch, form), _count(form, "number"), form.call_sid())


def brief(switch: Switch, form: Form) -> Verbs:
    """The person has picked up."""
    call = _about(switch, form)
    return transfer_legs.person_picks_up(switch, call, _count(form, "number"), _count(form, "attempt"), form.call_sid())


def answer(switch: Switch, form: Form) -> Verbs:
    """The person has said or pressed something, or nothing."""
    return transfer_legs.person_answers(
        switch,
        _about(switch, form),
        _count(form, "number"),
        _count(form, "attempt"),
        digits=form.get("Digits"),
        speech=form.get("SpeechResult", cut=True),
    )


def leg(switch: Switch, form: Form) -> None:
    """The person's leg is over."""
    number, attempt = _count(form, "number"), _count(form, "attempt")
    transfer_legs.leg_is_over(switch, _about(switch, form), number, attempt, form.get("CallStatus"))


def _about(switch: Switch, form: Form) -> CallRecord:
    """The caller's call, which a person's leg is about."""
    sid = form.get("call")
    call = switch.calls.get(sid) if _CALL_SID.fullmatch(sid) else None
    if call is None:
        raise Refusal(400, "call")
    return call


def _count(form: Form, name: str) -> int:
    value = form.count(name)
    if value is None:
        raise Refusal(400, name)
    return value
