"""The form's fields of answering-machine detection, on calls and participants."""

from local.carrier.record import Detection, Webhook
from local.carrier.rest.form import Form, Refused


def asynchronous(form: Form) -> Detection | None:
    """As calls have it: with `AsyncAmd` the call goes on meanwhile and `AsyncAmdStatusCallback` is told."""
    callback = None
    if form.get("AsyncAmd").lower() == "true":
        callback = form.webhook("AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", 21262)
        if callback is None and form.get("MachineDetection"):
            raise Refused(21262)
    return _detection(form, callback)


def told(form: Form) -> Detection | None:
    """As participants have it: `AmdStatusCallback` is told."""
    return _detection(form, form.webhook("AmdStatusCallback", "AmdStatusCallbackMethod", 21262))


def _detection(form: Form, callback: Webhook | None) -> Detection | None:
    kind = form.get("MachineDetection")
    if not kind:
        return None
    if kind not in ("Enable", "DetectMessageEnd"):
        raise Refused(21234, why="'MachineDetection' must be Enable or DetectMessageEnd")
    return Detection(
        message_end=kind == "DetectMessageEnd",
        timeout_ms=form.whole("MachineDetectionTimeout", 30, 3, 59, 21234) * 1000,
        speech_threshold_ms=form.whole("MachineDetectionSpeechThreshold", 2400, 1000, 6000, 21234),
        speech_end_threshold_ms=form.whole("MachineDetectionSpeechEndThreshold", 1200, 500, 5000, 21234),
        silence_timeout_ms=form.whole("MachineDetectionSilenceTimeout", 5000, 2000, 10_000, 21234),
        callback=callback,
    )
