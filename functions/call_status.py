"""Twilio's call status callback."""

from email.utils import parsedate_to_datetime

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal
from shared.core.call_status import CallStatus
from shared.usecases import payment
from shared.usecases.record_status import StatusReport, record_status
from shared.usecases.transfer import caller_gone

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
        at=form.time("Timestamp", parsedate_to_datetime, deps.now()),
        sequence=form.count("SequenceNumber"),
        details={key: value for key, value in counts.items() if value is not None},
    )
    record_status(deps.store, report)
    if status.is_terminal:
        caller_gone(deps.switch, report.call_sid)
        payment.caller_gone(deps.cashier, report.call_sid)
