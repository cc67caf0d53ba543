"""Whether a call is held over a media stream now, or turn by turn.

It is streamed unless its agent's file says otherwise, no streaming service is deployed yet, or none is up: then one is
asked for, and the call moves over when it is there.
"""

import logging
from datetime import datetime

from shared.core.agent import Agent
from shared.ports import CallRecord, CallStore, Fleet, LogEntry, ProviderError
from shared.usecases.answers import Addresses

FIRST_TRY_S = 60
"""Of a call that is held turn by turn, how soon a stream is tried again; then after twice as long, and so on."""
FIRST_TRY_UP_S = 10
"""The same where tasks announce themselves: one that is up is likely to take the call."""

log = logging.getLogger(__name__)


def stream_url(addresses: Addresses, agent: Agent | None, fleet: Fleet | None, now: datetime) -> str | None:
    """The address of the streams if this agent's calls can be streamed now; a fleet that is not up is called up.

    A fleet that cannot be asked is taken for one that is not up: the caller need not wait for it.
    """
    if addresses.stream is None or (agent is not None and not agent.streaming):
        return None
    if fleet is None:
        return addresses.stream
    try:
        if fleet.is_up(now):
            return addresses.stream
        if fleet.call_up(now):
            log.info("task_called_up")
    except ProviderError as error:
        log.error("fleet_not_reached", extra={"provider": "fleet", "error": type(error).__name__})
    return None


def may_try_again(store: CallStore, call: CallRecord, fleet: Fleet | None, now: datetime) -> bool:
    """Whether this turn is one of the few that try a stream: each try that fails costs the caller a moment."""
    unit = FIRST_TRY_S if fleet is None else FIRST_TRY_UP_S
    attempt = int((now - call.created_at).total_seconds() // unit).bit_length()
    if attempt == 0 and fleet is None:
        return False
    entry = LogEntry(f"stream-again-{attempt}", "stream-again", now, {"attempt": attempt, "streams": call.streams})
    return store.append(call.call_sid, [entry])
