"""Twilio's stream status callback: started, stopped, or what went wrong."""

import re
from datetime import datetime

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.usecases.record_stream_status import StreamEvent, StreamReport, record_stream_status

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
    at = form.time("Timestamp", datetime.fromisoformat, deps.now())
    report = StreamReport(form.call_sid(), stream_sid, event, at, form.get("StreamError"))
    record_stream_status(deps.store, deps.agents, report)
