"""What the carrier reports of a call's life, recorded in the order it happened and acted on once.

Callbacks come out of order, together, or twice. Each is written under a key of its own; the status only moves forward;
a terminal one finishes the call. One that comes before its call waits in the state for it: `answer_call` finishes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.core.call_status import CallStatus
from shared.core.events import JsonValue
from shared.ports import CallStore, LogEntry
from shared.usecases.finish_call import finish_call


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One call status callback. `sequence` counts a call's callbacks from 0; None when the carrier left it out."""

    call_sid: str
    status: CallStatus
    at: datetime
    sequence: int | None = None
    details: Mapping[str, JsonValue] = field(default_factory=dict)


def record_status(store: CallStore, report: StatusReport) -> None:
    """Record, advance, finish: each step may be repeated, so a delivery that failed half-way can come again."""
    order = "" if report.sequence is None else f"{report.sequence:06d}-"
    data = {"status": str(report.status), **report.details}
    store.append(report.call_sid, [LogEntry(f"status-{order}{report.status}", "call-status", report.at, data)])
    store.advance_status(report.call_sid, report.status, report.at)
    if report.status.is_terminal:
        finish_call(store, report.call_sid, report.at)
