"""A person at the desk takes a live call over from the agent, and gives it back.

What follows is written first, and only while the conversation is the agent's; then the caller's leg is sent there. So
of two who want the same call one has it, and a call that was about to end, or to go elsewhere, does that.
"""

import logging
from datetime import timedelta
from enum import StrEnum

from shared.core import transfer_events as core
from shared.core.next_step import HandOver
from shared.core.take_over import RING_MS, taken_over_by
from shared.core.transfer_events import Why
from shared.ports import CallRecord, Person, ProviderError
from shared.usecases.transfer import CLAIM_BEYOND, Switch, happens

ORDERS = 2
"""To redirect a caller's leg: a second time changes nothing if the first was carried out after all."""

log = logging.getLogger(__name__)


class Said(StrEnum):
    """What becomes of somebody's wish."""

    DONE = "done"
    NO_PHONE = "no-phone"
    """The directory has no number to ring them at."""
    BUSY = "busy"
    """They have another call."""
    OVER = "over"
    """The call has ended, or is about to."""
    MOVING = "moving"
    """It is just on its way from people back to the agent."""
    TAKEN = "taken"
    """It is with people already, or on the way to them."""
    UNREACHABLE = "unreachable"
    """The carrier took no order; the agent goes on."""
    NOT_THEIRS = "not-theirs"
    """They do not have this call."""


def take_over(switch: Switch, call_sid: str, person: Person) -> Said:
    """Have the caller put through to this person, who is held for the call, instead of going on with the agent.

    Raises ProviderError.
    """
    if not (person.phone and person.username):
        return Said.NO_PHONE
    until = switch.now() + timedelta(milliseconds=RING_MS) + CLAIM_BEYOND
    call = switch.calls.get(call_sid)
    if call is None or call.ended_at is not None:
        return Said.OVER
    if isinstance(call.next_step, HandOver):
        return _whose(call.next_step, person)
    if switch.transfers.transfer(call_sid, call.streams) is not None:
        return Said.MOVING
    if not switch.people.claim(person.id, call_sid, until, willing=True):
        return Said.BUSY
    said = _moved(switch, call, person)
    if said is not Said.DONE:
        switch.people.release(person.id, call_sid)
    log.info("call_taken_over", extra={"call_sid": call_sid, "reason": said})
    return said


def _whose(step: HandOver, person: Person) -> Said:
    """Whoever asks twice has it."""
    return Said.DONE if step.person == person.username else Said.TAKEN


def _moved(switch: Switch, call: CallRecord, person: Person) -> Said:
    if not switch.calls.take_over(call.call_sid, taken_over_by(person.username), stream=call.streams):
        now = switch.calls.get(call.call_sid)
        if now is None or now.ended_at is not None or not isinstance(now.next_step, HandOver):
            return Said.OVER
        return _whose(now.next_step, person)
    for _ in range(ORDERS):
        try:
            switch.telephony.redirect(call.account_sid, call.call_sid, switch.addresses.next_step)
        except ProviderError as error:
            log.error("redirect_lost", extra={"call_sid": call.call_sid, "error": type(error).__name__})
        else:
            return Said.DONE
    now = switch.calls.get(call.call_sid) or call
    if switch.transfers.transfer(call.call_sid, now.streams) is not None:
        return Said.DONE  # the carrier has asked what follows: only its answer was lost
    switch.calls.resume(call.call_sid, now.progress or {}, stream=now.streams)
    return Said.UNREACHABLE


def give_back(switch: Switch, call_sid: str, person: Person) -> Said:
    """Have the caller go back to the agent, from whoever has the call or is rung for it. Raises ProviderError."""
    call = switch.calls.get(call_sid)
    kept = None if call is None else switch.transfers.transfer(call_sid, call.streams)
    if call is None or kept is None or kept.transfer.settled:
        return Said.OVER
    if kept.transfer.person != person.id:
        return Said.NOT_THEIRS
    happens(switch, call, core.CallerBack(Why.GIVEN_BACK))
    return Said.DONE
