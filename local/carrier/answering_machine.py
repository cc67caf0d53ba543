"""Who answered: a person or a machine, by how long they speak at first. What Twilio calls machine detection (AMD).

The thresholds are Twilio's parameters, in ms of the call: a short greeting is a person's, a long one a machine's, a
long silence tells nothing. It errs as Twilio does: a talkative person counts as a machine.
"""

import numpy as np

from local.carrier.call import Call
from local.carrier.line import Line
from local.carrier.record import Detection
from local.carrier.sound import FRAME_MS
from shared.wire import mulaw

_TONE_SHARE = 0.9
_TONE_FRAMES = 6


async def find_out_who_answered(call: Call) -> None:
    """Once, if it is wanted: beside the call when the account is to be told, else before its first document."""
    detection, call.plan.detection = call.plan.detection, None
    if detection is None:
        return
    if detection.callback:
        call.beside(_find_out(call, detection))
    else:
        await _find_out(call, detection)


async def _find_out(call: Call, detection: Detection) -> None:
    begun = call.line.now_ms
    call.detecting = 1
    call.record.answered_by = await who_answered(call.line, detection)
    call.detecting = 0
    call.timeline.note("answered-by", who=call.record.answered_by)
    if detection.callback:
        took = ("MachineDetectionDuration", str(call.line.now_ms - begun))
        names = ("CallSid", "AccountSid", "AnsweredBy")
        fields = [field for field in call.record.fields() if field[0] in names]
        call.notify(detection.callback, [*fields, took], "amd")


async def who_answered(line: Line, detection: Detection) -> str:
    """`human`, `machine_start`, `machine_end_beep`, `machine_end_silence` or `unknown`. Listens from now on."""
    greeting = _Greeting(line, detection)
    line.frame_listeners.add(greeting.hear)
    try:
        await line.until(lambda: bool(greeting.finding))
    finally:
        line.frame_listeners.discard(greeting.hear)
    return greeting.finding


class _Greeting:
    """What the phone has said since it was picked up."""

    def __init__(self, line: Line, detection: Detection) -> None:
        self.finding = ""
        self._line = line
        self._detection = detection
        self._heard_ms = 0
        self._spoken_ms = 0
        self._tone_frames = 0

    def hear(self, frame: bytes) -> None:
        limits = self._detection
        self._heard_ms += FRAME_MS
        speaking = self._line.caller.speaking
        self._spoken_ms += FRAME_MS if speaking else 0
        self._tone_frames = self._tone_frames + 1 if speaking and _is_tone(frame) else 0
        machine = self._spoken_ms >= limits.speech_threshold_ms
        # Speech is over for good after a pause; `speaking` itself bridges the first 200 ms of it.
        paused = self._spoken_ms > 0 and not speaking and self._line.caller.quiet_ms >= limits.speech_end_threshold_ms
        if machine and not limits.message_end:
            self.finding = "machine_start"
        elif machine and self._tone_frames >= _TONE_FRAMES:
            self.finding = "machine_end_beep"
        elif paused:
            self.finding = "machine_end_silence" if machine else "human"
        elif (not self._spoken_ms and self._heard_ms >= limits.silence_timeout_ms) or (
            self._heard_ms >= limits.timeout_ms
        ):
            self.finding = "unknown"


def _is_tone(frame: bytes) -> bool:
    """Whether nearly all of it is one frequency, as in the beep of a mailbox."""
    samples = np.frombuffer(mulaw.decode(frame), "<i2").astype(np.float64)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(power.argmax())
    return bool(power[max(0, peak - 2) : peak + 3].sum() >= _TONE_SHARE * power.sum() > 0)
