"""Twilio's webhooks of the calls that the company makes: somebody picked up, who that is, how far the call has come."""

import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal, Verbs
from shared.core.attempt import AttemptKey
from shared.core.call_status import CallStatus
from shared.usecases.answer_outbound import Outgoing, PickedUp, answer_outbound
from shared.usecases.end_outbound import end_outbound
from shared.usecases.place_call import OUTBOUND
from shared.usecases.record_status import StatusReport, record_status
from shared.usecases.transfer import caller_gone

VERDICTS: Final = frozenset(
    {"human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"}
)
_AGENT: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
_CHAIN: Final = re.compile(r"[a-z0-9-]{1,120}")


def endpoints(deps: Dependencies) -> Mapping[str, Callable[[Form], Verbs]]:
    """By path; none where the company makes no calls."""
    outgoing = deps.outgoing
    if outgoing is None:
        return {}
    return {
        f"{OUTBOUND}/answer": partial(answer, deps, outgoing),
        f"{OUTBOUND}/status": partial(status, deps, outgoing),
        f"{OUTBOUND}/machine": partial(machine, deps),
    }


def answer(deps: Dependencies, outgoing: Outgoing, form: Form) -> Verbs:
    """Somebody, or something, has picked up."""
    agent = form.get("agent")
    if not _AGENT.fullmatch(agent):
        raise Refusal(400, "agent")
    call = PickedUp(
        call_sid=form.call_sid(),
        account_sid=form.get("AccountSid"),
        person=form.get("To"),
        line=form.get("From"),
        attempt=_attempt(form),
        agent=agent,
    )
    return answer_outbound(
        deps.store,
        deps.addresses,
        deps.agents,
        outgoing,
        call,
        token=deps.new_token(),
        now=deps.now(),
        fleet=deps.fleet,
    )


def status(deps: Dependencies, outgoing: Outgoing, form: Form) -> None:
    """The call has come so far; when it is over, the chain is told what became of it."""
    report = _report(deps, form)
    key = _attempt(form)
    ours = outgoing.attempts.placed(key, report.call_sid)
    record_status(deps.store, report)
    if report.status.is_terminal:
        caller_gone(deps.switch, report.call_sid)
    if report.status.is_terminal and ours:
        end_outbound(
            deps.store,
            outgoing,
            key,
            report.call_sid,
            report.status,
            report.at,
            sip_code=form.count("SipResponseCode"),
            talked_s=form.count("CallDuration"),
            wait=time.sleep,
        )


def machine(deps: Dependencies, form: Form) -> None:
    """Who picked up, as the carrier thinks: whoever holds the call looks for it (`streaming/verdict.py`)."""
    verdict = form.get("AnsweredBy")
    if verdict not in VERDICTS:
        raise Refusal(400, "answered-by")
    deps.store.set_answered_by(form.call_sid(), verdict)


def _attempt(form: Form) -> AttemptKey:
    try:
        key = AttemptKey.read(form.get("attempt"))
    except ValueError:
        raise Refusal(400, "attempt") from None
    if not _CHAIN.fullmatch(key.chain):
        raise Refusal(400, "attempt")
    return key


def _report(deps: Dependencies, form: Form) -> StatusReport:
    try:
        said = CallStatus(form.get("CallStatus"))
    except ValueError:
        raise Refusal(400, "call-status") from None
    counts = {"duration_s": form.count("CallDuration"), "sip_code": form.count("SipResponseCode")}
    return StatusReport(
        call_sid=form.call_sid(),
        status=said,
        at=form.time("Timestamp", parsedate_to_datetime, deps.now()),
        sequence=form.count("SequenceNumber"),
        details={name: value for name, value in counts.items() if value is not None},
    )
