"""What became of an attempt that nobody told of: the carrier is asked, by the call's name, or by number and time."""

import logging
from datetime import datetime, timedelta
from typing import Final

from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.call_status import CallStatus
from shared.core.chain import LONGEST_MS, OVERDUE_MS
from shared.core.chain_events import Unsettled
from shared.ports import ProviderError
from shared.ports.campaigns import Attempt
from shared.ports.outbound import Outbound, PlacedCall
from shared.usecases.chain import Outreach, StepDocument, look_again, written
from shared.usecases.chain_call import attempt_ended

TOLD_WITHIN: Final = timedelta(minutes=5)
"""Of its end a talk's own result is told, by whoever led it; only then the carrier's word is all there is."""
CLOCKS_APART: Final = timedelta(seconds=2)
"""The carrier's times are in whole seconds, by its own clock."""

_DISPOSITIONS: Final = {
    CallStatus.BUSY: Disposition.BUSY,
    CallStatus.NO_ANSWER: Disposition.NO_ANSWER,
    CallStatus.CANCELED: Disposition.NO_ANSWER,
    CallStatus.FAILED: Disposition.FAILED,
}
_MACHINE: Final = "machine"

log = logging.getLogger(__name__)


def reconcile(outreach: Outreach, outbound: Outbound, key: AttemptKey) -> StepDocument:
    """Ask the carrier what became of an attempt whose outcome is overdue. Raises NoSuchChain, ProviderError."""
    kept = outreach.kept(key.chain)
    attempt = outreach.attempts.attempt(key)
    if attempt is None or attempt.outcome is not None:
        return look_again(outreach, kept)
    now = outreach.now()
    outcome = _found_out(outreach, outbound, attempt, now, unwanted=kept.chain.ended is not None)
    if outcome is None:
        return written(outreach, kept, Unsettled(key.number))
    log.warning("attempt_reconciled", extra={"chain": key.chain, "attempt": key.number, "reason": outcome.disposition})
    attempt_ended(outreach.attempts, key, outcome, now)
    return look_again(outreach, outreach.kept(key.chain))


def _found_out(
    outreach: Outreach, outbound: Outbound, attempt: Attempt, now: datetime, *, unwanted: bool
) -> Outcome | None:
    """None as long as it may still become known. A call that nobody has picked up yet, and nobody wants, is ended."""
    unknown = Outcome(Disposition.UNKNOWN, call_sid=attempt.call_sid)
    too_long = now >= attempt.claimed_at + timedelta(milliseconds=LONGEST_MS)
    try:
        call = outbound.status(attempt.call_sid) if attempt.call_sid else _searched(outreach, outbound, attempt)
        if call is not None and unwanted and call.status.rank < CallStatus.IN_PROGRESS.rank:
            outbound.cancel(call.call_sid)
    except ProviderError:
        return unknown if too_long else None
    if call is None and not attempt.call_sid:
        given_up = now >= attempt.claimed_at + timedelta(milliseconds=OVERDUE_MS)
        return Outcome(Disposition.NOT_DIALLED) if given_up else None
    if call is None or not call.status.is_terminal:
        return unknown if too_long else None
    return _outcome(call, now)


def _searched(outreach: Outreach, outbound: Outbound, attempt: Attempt) -> PlacedCall | None:
    """The call that was placed for this attempt, whose name was lost."""
    found = outbound.find(attempt.to, attempt.claimed_at - CLOCKS_APART)
    if not found:
        return None
    outreach.attempts.placed(attempt.key, found[-1].call_sid)
    return found[-1]


def _outcome(call: PlacedCall, now: datetime) -> Outcome | None:
    """Of a call that is over, by the carrier's word alone; None as long as a better one may come."""
    if call.status in _DISPOSITIONS:
        return Outcome(_DISPOSITIONS[call.status], call_sid=call.call_sid)
    if now < call.placed_at + timedelta(seconds=call.talked_s) + TOLD_WITHIN:
        return None
    machine = call.answered_by.startswith(_MACHINE)
    disposition = Disposition.MAILBOX if machine else Disposition.UNKNOWN
    return Outcome(disposition, call_sid=call.call_sid, talked_s=call.talked_s)
