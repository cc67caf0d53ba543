"""A call of ours is over: nobody who opted out is forgotten, and the chain learns what became of its attempt.

Said by the carrier's last status, and once more by whoever publishes the call (`shared.usecases.publish_call`): each
step may be done again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from shared.core.attempt import AttemptKey
from shared.core.attempt_outcome import outcome_of
from shared.core.call_status import CallStatus
from shared.core.next_step import HangUp
from shared.core.rules.person import OptOut
from shared.core.ways_out import OPT_OUT
from shared.ports import CallRecord, CallStore, LogEntry
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.chain_call import attempt_ended

LAST_LINE: Final = "audio_in"
"""The kind that a stream writes last."""
RECORD_TRIES: Final = 12
RECORD_WAIT_S: Final = 0.25
"""The carrier is quicker to say that a call is over than the streaming service to write down how it went."""


def end_outbound(
    store: CallStore,
    outgoing: Outgoing,
    key: AttemptKey,
    call_sid: str,
    status: CallStatus,
    at: datetime,
    *,
    sip_code: int | None = None,
    talked_s: int | None = None,
    wait: Callable[[float], None] = lambda s: None,
) -> bool:
    """Opt-outs first, then the attempt's outcome; False if that was known. Raises ProviderError; then say it again."""
    call = store.get(call_sid)
    lines = () if call is None else _lines(store, call, wait)
    opted_out = None if call is None else said_to_opt_out(call, lines)
    if call is not None and opted_out is not None:
        outgoing.ledger.opt_out(call.caller, opted_out)
    outcome = outcome_of(
        [(line.kind, line.data) for line in lines],
        call_sid=call_sid,
        status=status,
        sip_code=sip_code,
        talked_s=_talked_s(call, at) if talked_s is None else talked_s,
        answered_by="" if call is None else call.answered_by,
        said_to_the_end=call is not None and isinstance(call.next_step, HangUp),
    )
    return attempt_ended(outgoing.attempts, key, outcome, at)


def said_to_opt_out(call: CallRecord, lines: Sequence[LogEntry]) -> OptOut | None:
    """That they do not want to be called again, if it stands in the record."""
    said = next((line for line in lines if line.kind == OPT_OUT), None)
    return None if said is None else OptOut(said.at, str(said.data.get("by", "")), call.call_sid)


def _lines(store: CallStore, call: CallRecord, wait: Callable[[float], None]) -> Sequence[LogEntry]:
    """The record, whole if that is to be had soon; what is written later counts when the call is published."""
    lines = store.log(call.call_sid)
    for _ in range(RECORD_TRIES if call.token_spent else 0):
        if any(line.kind == LAST_LINE for line in lines):
            break
        wait(RECORD_WAIT_S)
        lines = store.log(call.call_sid)
    return lines


def _talked_s(call: CallRecord | None, at: datetime) -> int:
    return 0 if call is None else max(0, round(((call.ended_at or at) - call.created_at).total_seconds()))
