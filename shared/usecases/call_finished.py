"""The event that tells a company's own systems what a call came to.

`docs/events/call.finished.v1.json` says what is in it, and a test holds the two together. It names the caller by
number, because those systems must find the customer, and holds nothing that the caller said or typed.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from shared.core.events import JsonValue
from shared.ports import BusinessEvent, CallRecord, LogEntry

KIND: Final = "call.finished"
VERSION: Final = 1
MOST_CHARS: Final = 200
"""Of a text in a tool's result: references and reasons are short, and an event is bounded."""


class NotFinished(Exception):
    """The call is unknown or has not ended, so that there is nothing to tell."""


def call_finished(call: CallRecord, log: Sequence[LogEntry], transcript: Mapping[str, str]) -> BusinessEvent:
    """The event of a call that has ended, by its state, its report and its log.

    The same call always has the same `id`. Raises NotFinished.
    """
    if call.ended_at is None:
        raise NotFinished
    report = call.report or {}
    detail: dict[str, JsonValue] = {
        "version": VERSION,
        "id": f"{call.call_sid}:{KIND}",
        "call_sid": call.call_sid,
        "line": call.called,
        "caller": call.caller,
        "agent": call.agent,
        "attempt": call.assignment.attempt if call.assignment else None,
        "language": call.language,
        "started_at": call.created_at.isoformat(timespec="milliseconds"),
        "ended_at": call.ended_at.isoformat(timespec="milliseconds"),
        "duration_s": max(0, round((call.ended_at - call.created_at).total_seconds())),
        "outcome": call.outcome,
        "intents": report.get("intents", []),
        "tasks": [_task(action) for action in _mappings(report.get("actions"))],
        "sentiment": report.get("sentiment", "neutral"),
        "message_left": any(entry.kind == "message-recorded" for entry in log),
        "transcript": dict(transcript),
    }
    return BusinessEvent(KIND, call.ended_at, detail)


def _task(action: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What a tool did: the plain values of its answer, such as a reference, and none of what it was given."""
    result = action.get("result")
    answer = result if isinstance(result, Mapping) else {}
    plain = {
        str(key): value[:MOST_CHARS] if isinstance(value, str) else value
        for key, value in answer.items()
        if isinstance(value, str | int | float | bool)
    }
    return {"name": str(action.get("name")), "done": "problem" not in answer, "result": plain}


def _mappings(value: JsonValue) -> list[Mapping[str, JsonValue]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
