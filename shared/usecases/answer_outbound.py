"""Somebody, or something, has picked up a call of ours: the agent that is to talk with them, and by which stream."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.core.agent import Agent
from shared.core.attempt import Assignment, AttemptKey
from shared.core.facts import problems
from shared.ports import CallStore, NewCall
from shared.ports.campaigns import AttemptStore
from shared.ports.fleet import Fleet
from shared.ports.ledger import Ledger
from shared.usecases.answer_call import admit
from shared.usecases.answers import Addresses, Verbs
from shared.usecases.call_back import earlier_call
from shared.usecases.stream_token import TOKEN_LIFETIME, hash_token
from shared.wire.twiml import Hangup

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What calls of ours are known by, and what they leave behind besides their record."""

    attempts: AttemptStore
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The carrier's first request for a call of ours."""

    call_sid: str
    account_sid: str
    person: str
    line: str
    attempt: AttemptKey
    agent: str


def answer_outbound(
    store: CallStore,
    addresses: Addresses,
    agents: Mapping[str, Agent],
    outgoing: Outgoing,
    call: PickedUp,
    *,
    token: str,
    now: datetime,
    fleet: Fleet | None = None,
) -> Verbs:
    """Create the call and open its stream, or begin to take turns; hang up, saying nothing, on whatever is not the one
    call of an attempt that was claimed. Raises ProviderError."""
    agent, attempt = agents.get(call.agent), outgoing.attempts.attempt(call.attempt)
    about = {"call_sid": call.call_sid, "chain": call.attempt.chain, "attempt": call.attempt.number}
    if agent is None or agent.outbound is None or attempt is None or attempt.to != call.person:
        log.error("attempt_unknown", extra={**about, "agent": call.agent})
        return (Hangup(),)
    if not outgoing.attempts.placed(call.attempt, call.call_sid):
        log.error("attempt_dialled_twice", extra=about)
        return (Hangup(),)
    if wrong := problems(agent.outbound.facts, attempt.facts):
        log.error("facts_wrong", extra={**about, "reason": wrong[0].partition(":")[0]})
        return (Hangup(),)
    new = NewCall(
        call_sid=call.call_sid,
        account_sid=call.account_sid,
        caller=call.person,
        called=call.line,
        agent=call.agent,
        created_at=now,
        token_hash=hash_token(token),
        token_expires_at=now + TOKEN_LIFETIME,
        language=agent.language,
        assignment=Assignment(
            str(call.attempt),
            attempt.facts,
            attempt.leave_message,
            earlier_call(store, agent, call.agent, attempt.facts),
        ),
    )
    return admit(store, addresses, agent, new, token=token, now=now, fleet=fleet)
