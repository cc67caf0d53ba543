"""Twilio's stream status callback: started, stopped, or what went wrong."""

import re
from datetime import UTC, datetime

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.usecases.record_stream_status import StreamEvent, StreamReport, record_stream_status

PATH = "/twilio/stream-status"

_STREAM_SID = re.compile(r"MZ[0-9a-fA-F]{32}")


def stream_status(deps: Dependencies, form: Form) -> None:
    """Record what the carrier says of the stream."""
    try:
        event = StreamEvent(form.get("StreamEvent"))
    except ValueError:
        raise Refusal(400, "stream-event") from None
    stream_sid = form.get("StreamSid")
    if not _STREAM_SID.fullmatch(stream_sid):
        raise Refusal(400, "stream-sid")
    at = _time(form.get("Timestamp"), deps.now())
    report = StreamReport(form.call_sid(), stream_sid, event, at, form.get("StreamError"))
    record_stream_status(deps.store, deps.agents, report)


def _time(text: str, arrival: datetime) -> datetime:
    """When it happened (ISO 8601, to the nanosecond; without a zone it is UTC), or else when it was told."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return arrival
