"""Whether a call is held over a media stream now, or turn by turn.

It is streamed unless its agent's file says otherwise, no streaming service is deployed yet, or no streaming task lives:
a stage may keep none while nobody calls. Then one is asked for, and the caller is answered turn by turn until it is up.
"""

import logging
from datetime import UTC, datetime, timedelta

from shared.core.agent import Agent
from shared.ports import CallRecord, CallStore, LogEntry, ProviderError
from shared.ports.fleet import Fleet
from shared.usecases.answers import Addresses

FIRST_TRY_S = 60
"""Of a call that is held turn by turn, how soon a stream is tried again; then after twice as long, and so on."""

ASK_AGAIN = timedelta(seconds=30)
"""While a task is wanted, how soon it is asked for again: asking changes nothing once one is on its way."""

MISSING = timedelta(minutes=3)
"""After which a task that was asked for is missing. On Fargate one takes 20 to 90 s to start."""

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger(__name__)


def stream_url(addresses: Addresses, agent: Agent | None, fleet: Fleet | None, now: datetime) -> str | None:
    """The address of the streams if this agent's calls can be streamed now.

    `fleet` is None where tasks are always kept. Where no task lives one is asked for.
    """
    url = _address(addresses, agent)
    return None if url is None or _awake_since(fleet, now) is None else url


def stream_again(
    store: CallStore, addresses: Addresses, agent: Agent, fleet: Fleet | None, call: CallRecord, now: datetime
) -> str | None:
    """The address for a call that is held turn by turn, if this turn is one that tries a stream.

    As soon as there are tasks that were not there when it began; otherwise seldom, for a try that fails costs the
    caller a moment.
    """
    url = _address(addresses, agent)
    since = None if url is None else _awake_since(fleet, now)
    if since is None:
        return None
    if since > call.created_at and _try(store, call, now, f"awake-{since:%H%M%S.%f}"):
        return url
    attempt = int((now - call.created_at).total_seconds() // FIRST_TRY_S).bit_length()
    return url if attempt > 0 and _try(store, call, now, str(attempt)) else None


def _address(addresses: Addresses, agent: Agent | None) -> str | None:
    return None if agent is not None and not agent.streaming else addresses.stream


def _try(store: CallStore, call: CallRecord, now: datetime, which: str) -> bool:
    """Each try is made once, however often the carrier asks."""
    entry = LogEntry(f"stream-again-{which}", "stream-again", now, {"try": which, "streams": call.streams})
    return store.append(call.call_sid, [entry])


def _awake_since(fleet: Fleet | None, now: datetime) -> datetime | None:
    """Since when there has been a task; None if there is none, or nobody can tell: callers are answered either way."""
    if fleet is None:
        return _ALWAYS
    try:
        since = fleet.roster.awake_since(now)
        if since is None:
            _wake(fleet, now)
    except ProviderError as error:
        log.error("wake_failed", extra={"error": type(error).__name__})
        return None
    return since


def _wake(fleet: Fleet, now: datetime) -> None:
    wanted_since = fleet.roster.ask(now, now + ASK_AGAIN)
    if wanted_since is None:
        return
    if now - wanted_since >= MISSING:
        log.error("task_missing")
    if fleet.service.start_one():
        log.info("task_asked")
