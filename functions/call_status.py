"""Twilio's call status callback."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.core.call_status import CallStatus
from shared.usecases.record_status import StatusReport, record_status

PATH = "/twilio/status"

_DETAILS = {"CallDuration": "duration_s", "SipResponseCode": "sip_code"}


def call_status(deps: Dependencies, form: Form) -> None:
    """Record what the carrier says of the call."""
    try:
        status = CallStatus(form.get("CallStatus"))
    except ValueError:
        raise Refusal(400, "call-status") from None
    counts = {key: form.count(name) for name, key in _DETAILS.items()}
    report = StatusReport(
        call_sid=form.call_sid(),
        status=status,
        at=_time(form.get("Timestamp"), deps.now()),
        sequence=form.count("SequenceNumber"),
        details={key: value for key, value in counts.items() if value is not None},
    )
    record_status(deps.store, report)


def _time(text: str, arrival: datetime) -> datetime:
    """When it happened (RFC 2822; without a zone it is UTC), or else when it was told."""
    try:
        time = parsedate_to_datetime(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return arrival
