"""Whether a call is held over a media stream now, or turn by turn.

It is streamed unless its agent's file says otherwise or no streaming service is deployed yet.
"""

from datetime import datetime

from shared.core.agent import Agent
from shared.ports import CallRecord, CallStore, LogEntry
from shared.usecases.answers import Addresses

FIRST_TRY_S = 60
"""Of a call that is held turn by turn, how soon a stream is tried again; then after twice as long, and so on."""


def stream_url(addresses: Addresses, agent: Agent | None) -> str | None:
    """The address of the streams if this agent's calls can be streamed."""
    return None if agent is not None and not agent.streaming else addresses.stream


def may_try_again(store: CallStore, call: CallRecord, now: datetime) -> bool:
    """Whether this turn is one of the few that try a stream: each try that fails costs the caller a moment."""
    attempt = int((now - call.created_at).total_seconds() // FIRST_TRY_S).bit_length()
    if attempt == 0:
        return False
    entry = LogEntry(f"stream-again-{attempt}", "stream-again", now, {"attempt": attempt, "streams": call.streams})
    return store.append(call.call_sid, [entry])
