"""The end of a call: whichever signal comes first finishes it, the others change nothing.

Four signals say so: the stream's `stop` message, the next-step webhook when it hangs up, a terminal call status, and
the stream's status callback after a goodbye. The outcome is worked out from the call's state alone, so that it does
not depend on which of them won.
"""

import logging
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from shared.core.call_status import CallStatus
from shared.core.next_step import Apologise, HandOver, HangUp, TakeMessage, TakePayment, TurnByTurn
from shared.ports import CallRecord, CallStore
from shared.usecases.report_call import report_call

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    COMPLETED = "completed"
    """The agent said goodbye."""
    MESSAGE = "message"
    """The caller was asked to leave a message."""
    FAILED = "failed"
    """The caller got an apology."""
    TRANSFERRED = "transferred"
    """People took the call."""
    CALLER_LEFT = "caller-left"
    """The caller hung up before the agent's part was over."""
    NOT_CONNECTED = "not-connected"
    """The call was never answered."""


def finish_call(store: CallStore, call_sid: str, at: datetime) -> bool:
    """Mark the call ended; True for the first signal only, False for later ones and for unknown calls.

    Call it only when the call is over: a stream that broke is not the end, the next-step webhook may yet mend it.
    """
    call = store.get(call_sid)
    if call is None:
        return False
    result = outcome(call)
    first = store.finish(call_sid, result, at)
    if first:
        report_call(store, call_sid)
        log.info("call_finished", extra={"call_sid": call_sid, "outcome": result})
    return first


def stream_stopped(store: CallStore, call_sid: str, at: datetime) -> bool:
    """The carrier has ended the call's stream: so the caller has gone, unless somebody takes the call over from the
    agent. Whether they are still there, the call's status tells then."""
    call = store.get(call_sid)
    if call is None or isinstance(call.next_step, HandOver):
        return False
    return finish_call(store, call_sid, at)


def outcome(call: CallRecord) -> Outcome:
    """How the call went, by what its state says."""
    match call.next_step:
        case HangUp():
            return Outcome.COMPLETED
        case TakeMessage():
            return Outcome.MESSAGE
        case Apologise():
            return Outcome.FAILED
        case HandOver(answered=True):
            return Outcome.TRANSFERRED
        case None | TurnByTurn() | HandOver() | TakePayment():
            unanswered = call.status.is_terminal and call.status is not CallStatus.COMPLETED
            return Outcome.NOT_CONNECTED if unanswered else Outcome.CALLER_LEFT
        case _:
            assert_never(call.next_step)
