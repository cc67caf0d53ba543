"""A caller asks for a call back, and the agent itself makes it: from the booking to what it knows when they pick up.

The booking stands in the call's record. When the call is over, `callback.due` is published from there, like everything
that is told of a call: at least once, under an id that is always the same. A campaign does the rest.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from shared.core.agent import Agent
from shared.core.called_back import CALL_SID, REQUEST_CALLBACK, number_to_call, taken_along
from shared.core.events import JsonValue
from shared.core.occasion import CALLBACK_DUE
from shared.ports import BusinessEvent, CallRecord, CallStore, EventBus, LogEntry

VERSION: Final = 1
CALLS_BACK, BY_AGENT, DUE_AT = "calls_back", "agent", "due_at"
"""What the tool answers where the agent will call: that it does, and when, if a time was asked for."""
CALLS_BACK_AFTER: Final = timedelta(minutes=30)
"""Where no time was asked for: people may be free by then."""
CALLS_BACK_WITHIN: Final = timedelta(hours=26)
"""After the time it is due, people may ring them whatever has become of the agent's call: a little longer than a day,
which is the longest that a campaign tries."""
MORNING: Final = time(9)
"""For who names a day, and no time of it."""

PUBLISHED: Final = "published"

log = logging.getLogger(__name__)


def asked_for(arguments: Mapping[str, str], now: datetime) -> datetime | None:
    """The time that was asked for, by the agent's own time as `now` is; None if none was, or it is over."""
    day, at = arguments.get("day", ""), arguments.get("time", "")
    if not day and not at:
        return None
    date = datetime.fromisoformat(day).date() if day else now.date()
    asked = datetime.combine(date, time.fromisoformat(at) if at else MORNING, now.tzinfo)
    return asked if asked > now else None


def number_of(call: CallRecord, named: str) -> str:
    """Whom the agent rings; empty where people have to: nobody can tell the number, or this was a call of ours, so that
    no call back leads to another one."""
    return "" if call.assignment is not None else number_to_call(named, call.caller, call.called)


def publish_call_back(store: CallStore, bus: EventBus, call_sid: str, *, now: datetime) -> bool:
    """Tell that the caller is to be called back, if the agent has promised it; False if not, or if it was told before.

    Raises ProviderError.
    """
    lines = store.log(call_sid)
    call = store.get(call_sid)
    booked = [line.data for line in lines if line.kind == "tool" and _by_agent(line.data)]
    if call is None or not booked or any(line.data.get("event") == CALLBACK_DUE for line in lines):
        return False
    bus.publish(_due(call, booked[-1], call.ended_at or now))
    store.append(call_sid, [LogEntry(f"{PUBLISHED}-{CALLBACK_DUE}", PUBLISHED, now, {"event": CALLBACK_DUE})])
    log.info("call_back_due", extra={"call_sid": call_sid})
    return True


def _by_agent(tool: Mapping[str, JsonValue]) -> bool:
    result = tool.get("result")
    return tool.get("name") == REQUEST_CALLBACK and isinstance(result, Mapping) and result.get(CALLS_BACK) == BY_AGENT


def _due(call: CallRecord, booked: Mapping[str, JsonValue], at: datetime) -> BusinessEvent:
    """One call for one number and agent, however often it was asked for: the newest counts."""
    given, answer = booked.get("arguments"), booked.get("result")
    phone = str(given.get("phone", "")) if isinstance(given, Mapping) else ""
    due = answer.get(DUE_AT) if isinstance(answer, Mapping) else None
    number = number_of(call, phone)
    due_at = due or (at + CALLS_BACK_AFTER).isoformat()
    detail: dict[str, JsonValue] = {
        "version": VERSION,
        "id": f"{call.call_sid}:{CALLBACK_DUE}",
        "reference": f"{call.agent}:{number}",
        "person": {"phone": number},
        "callback": {CALL_SID: call.call_sid, "agent": call.agent, DUE_AT: due_at},
        "consent": {
            "kind": "express",
            "given_at": at.isoformat(),
            "how": "asked for it in a call",
            "reference": call.call_sid,
        },
    }
    return BusinessEvent(CALLBACK_DUE, at, detail)


def earlier_call(store: CallStore, agent: Agent, name: str, facts: Mapping[str, str]) -> Mapping[str, JsonValue] | None:
    """What the agent of this name takes along from the call in which this one was asked for, if it was that one's too.

    Raises ProviderError.
    """
    call = store.get(facts[CALL_SID]) if agent.calls_back and CALL_SID in facts else None
    if call is None or call.agent != name:
        return None
    agent = agent.as_left(call.progress)
    return taken_along(agent, call.progress or {}, [(line.kind, line.data) for line in store.log(call.call_sid)])
