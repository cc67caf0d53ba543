"""A stream is over: what follows, from the call's state.

The carrier asks when we have closed the stream, when it broke, when it never opened, and when a message was recorded.
A call that is still live gets a new stream in the place of one that broke, a few times at most; then, and at once when
a stream was not even taken (streaming full, or not there), it goes on turn by turn. Nobody is left in silence, and
nothing loops.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.core.agent import Agent
from shared.core.next_step import Apologise, HandOver, HangUp, TakeMessage, TakePayment, TurnByTurn
from shared.core.payment import Settled
from shared.core.transfer import Returned
from shared.ports import CallRecord, CallStore, LogEntry
from shared.ports.fleet import Fleet
from shared.usecases.answers import TROUBLE, Addresses, Verbs, connect, farewell, take_message, take_turns, way_out
from shared.usecases.by_stream import stream_url
from shared.usecases.finish_call import finish_call
from shared.usecases.stream_token import TOKEN_LIFETIME, hash_token
from shared.wire.twiml import Hangup

MAX_RECONNECTS = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recording:
    """A message the caller left. `duration_s` is None when the carrier did not say."""

    url: str
    duration_s: int | None


def next_step(
    store: CallStore,
    addresses: Addresses,
    agents: Mapping[str, Agent],
    call_sid: str,
    *,
    token: str,
    now: datetime,
    put_through: Callable[[CallRecord, HandOver], Verbs],
    take_payment: Callable[[CallRecord, TakePayment], Verbs],
    recording: Recording | None = None,
    fleet: Fleet | None = None,
) -> Verbs:
    """The verbs that go on with the call. `token` is used if a new stream is opened.

    `fleet` is None where streaming tasks are always kept.
    """
    if recording is not None:
        _keep(store, call_sid, recording, now)
    call = store.get(call_sid)
    if call is None:
        log.warning("call_unknown", extra={"call_sid": call_sid})
        return farewell(None, TROUBLE)
    agent = agents.get(call.agent)
    agent = agent and agent.as_left(call.progress)
    if recording is not None:
        finish_call(store, call_sid, now)
        return farewell(agent)
    if call.ended_at is not None:
        return (Hangup(),)
    if call.next_step is None:
        url = stream_url(addresses, agent, fleet, now)
        if url is not None and (_is_back(store, call, now) or _may_reconnect(store, call, now)):
            armed = store.renew_token(call_sid, hash_token(token), now + TOKEN_LIFETIME)
            return connect(addresses, url, token) if armed else (Hangup(),)
    if isinstance(call.next_step, HandOver):
        return put_through(call, call.next_step)
    if isinstance(call.next_step, TakePayment):
        return take_payment(call, call.next_step)
    return _follow(store, addresses, agent, call, now)


def _follow(store: CallStore, addresses: Addresses, agent: Agent | None, call: CallRecord, now: datetime) -> Verbs:
    step = call.next_step
    if step is None or isinstance(step, TurnByTurn):
        if agent is not None:
            return take_turns(addresses, call)
        step = way_out(agent, "stream-lost")
        store.set_next_step(call.call_sid, step, stream=call.streams)
    match step:
        case HangUp():
            finish_call(store, call.call_sid, now)
            return (Hangup(),)
        case TakeMessage(say=words):
            return take_message(addresses, agent, words)
        case Apologise(say=words):
            finish_call(store, call.call_sid, now)
            return farewell(agent, words)
        case HandOver() | TakePayment():
            raise AssertionError("answered above")
        case _:
            assert_never(step)


def _is_back(store: CallStore, call: CallRecord, now: datetime) -> bool:
    """Whether the caller is back from people or from paying, and this is the stream for that: one, for a second one
    reconnects."""
    progress = call.progress or {}
    if Returned.read(progress) is None and Settled.read(progress) is None:
        return False
    entry = LogEntry(f"returned-{call.streams:02d}", "returned", now, {"streams": call.streams})
    return store.append(call.call_sid, [entry])


def _may_reconnect(store: CallStore, call: CallRecord, now: datetime) -> bool:
    """Take one of the reconnects, by a conditional write, so that no repetition of the webhook exceeds them.

    The token tells a stream that broke from one that never came, which is not known by its address when it is refused;
    the carrier's own word for it (31920 and its like) may come too late.
    """
    if not call.token_spent:
        log.warning("stream_not_taken", extra={"call_sid": call.call_sid, "stream": call.streams + 1})
        return False
    for attempt in range(1, MAX_RECONNECTS + 1):
        entry = LogEntry(f"reconnect-{attempt}", "reconnect", now, {"attempt": attempt, "streams": call.streams})
        if store.append(call.call_sid, [entry]):
            log.warning("stream_reconnect", extra={"call_sid": call.call_sid, "attempt": attempt})
            return True
    log.error("stream_lost", extra={"call_sid": call.call_sid, "stream": call.streams})
    return False


def _keep(store: CallStore, call_sid: str, recording: Recording, now: datetime) -> None:
    """A message is kept whatever else is known of its call."""
    name = recording.url.rstrip("/").rpartition("/")[2]
    data = {"url": recording.url, "duration_s": recording.duration_s}
    store.append(call_sid, [LogEntry(f"message-{name}", "message-recorded", now, data)])
    log.info("message_recorded", extra={"call_sid": call_sid})
