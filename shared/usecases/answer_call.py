"""A caller rings: who answers, and by which stream, or turn by turn.

The carrier may deliver the webhook more than once, and two calls may ring on one number at the same time. A call is
created once, by a conditional write on its sid; whoever comes second gets the same kind of answer, and never a second
conversation.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.core.agent import Agent
from shared.ports import CallRecord, CallStore, NewCall
from shared.ports.fleet import Fleet
from shared.usecases.answers import NOT_IN_SERVICE, Addresses, Verbs, connect, farewell, take_turns
from shared.usecases.by_stream import stream_url
from shared.usecases.finish_call import finish_call
from shared.usecases.stream_token import TOKEN_LIFETIME, hash_token
from shared.wire.twiml import Hangup, Redirect

ANY_NUMBER = "*"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    call_sid: str
    account_sid: str
    caller: str
    called: str


def answer_call(
    store: CallStore,
    addresses: Addresses,
    agents: Mapping[str, Agent],
    lines: Mapping[str, str],
    call: IncomingCall,
    *,
    token: str,
    now: datetime,
    fleet: Fleet | None = None,
) -> Verbs:
    """Create the call, and open its stream or begin to take turns.

    `lines` maps a called number, or `*`, to the name of one of the `agents`. `fleet` is None where streaming tasks are
    always kept.

    `token` must be fresh and unguessable. Raises ProviderError when the call's state cannot be written.
    """
    agent = lines.get(call.called) or lines.get(ANY_NUMBER)
    if agent is None:
        log.warning("line_unknown", extra={"call_sid": call.call_sid, "called": call.called})
        return farewell(None, NOT_IN_SERVICE)
    new = NewCall(
        call_sid=call.call_sid,
        account_sid=call.account_sid,
        caller=call.caller,
        called=call.called,
        agent=agent,
        created_at=now,
        token_hash=hash_token(token),
        token_expires_at=now + TOKEN_LIFETIME,
        language=agents[agent].language,
    )
    return admit(store, addresses, agents[agent], new, token=token, now=now, fleet=fleet)


def admit(
    store: CallStore,
    addresses: Addresses,
    agent: Agent,
    new: NewCall,
    *,
    token: str,
    now: datetime,
    fleet: Fleet | None = None,
) -> Verbs:
    """Create this call for `agent`, and open its stream or begin to take turns; see `answer_call`."""
    url = stream_url(addresses, agent, fleet, now)
    record = store.create(new)
    if record is None:
        return _answer_again(store, addresses, new, url, token)
    log.info("call_created", extra={"call_sid": new.call_sid, "agent": new.agent, "caller": new.caller})
    if record.status.is_terminal:
        return _over_before(store, record, now)
    return take_turns(addresses) if url is None else connect(addresses, url, token)


def _over_before(store: CallStore, call: CallRecord, now: datetime) -> Verbs:
    """The status callback that ended the call was here before it, and found nothing to finish."""
    finish_call(store, call.call_sid, now)
    return (Hangup(),)


def _answer_again(store: CallStore, addresses: Addresses, new: NewCall, url: str | None, token: str) -> Verbs:
    """The webhook was delivered before: a waiting call gets a token that works, a call under way only a signpost."""
    log.info("call_answered_again", extra={"call_sid": new.call_sid})
    call = store.get(new.call_sid)
    if call is not None and call.status.is_terminal:
        return _over_before(store, call, new.created_at)
    if call is not None and (call.streams or call.next_step is not None):
        return (Redirect(addresses.next_step),)
    if url is None:
        return take_turns(addresses, call)
    renewed = store.renew_token(new.call_sid, new.token_hash, new.token_expires_at)
    return connect(addresses, url, token) if renewed else (Hangup(),)
