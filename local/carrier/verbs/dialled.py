"""How a <Dial> went, as its `action` is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

from local.carrier.call import Call
from local.carrier.courier import Fields


@dataclass(slots=True)
class Dialled:
    """Filled in while it goes on, so that it can be told whenever the <Dial> ends. `bridged` None is not told."""

    status: str = "failed"
    bridged: bool | None = None
    leg: Call | None = None
    recording_url: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    def fields(self) -> Fields:
        fields = [("DialCallStatus", self.status)]
        if self.leg:
            fields.append(("DialCallSid", self.leg.record.sid))
            if not self.leg.redirected.is_set():
                fields.append(("DialCallDuration", str(_duration_s(self.leg))))
        if self.bridged is not None:
            fields.append(("DialBridged", str(self.bridged).lower()))
        if self.recording_url:
            fields.append(("RecordingUrl", self.recording_url))
        return [*fields, *self.extra]


def _duration_s(call: Call) -> int:
    """Whole seconds the leg has lasted, rounded up."""
    record = call.record
    if record.started is None or record.ended:
        return record.duration_s
    return -int(-(datetime.now(UTC) - record.started).total_seconds() // 1)
