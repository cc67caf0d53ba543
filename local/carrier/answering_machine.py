"""Who answered: a person or a machine, by how long they speak at first. What Twilio calls machine detection (AMD).

The thresholds are Twilio's parameters, in ms of the call: a short greeting is a person's, a long one a machine's, a
long silence tells nothing. It errs as Twilio does: a talkative person counts as a machine, a screening robot too.

Guesses: a machine whose greeting does not end in time is `machine_end_other`, and the tone of 2100 Hz with which fax
machines answer is told by itself.
"""

import numpy as np

from local.carrier.call import Call
from local.carrier.line import Line
from local.carrier.record import Detection
from local.carrier.sound import FRAME_MS, RATE
from shared.wire import mulaw

_TONE_SHARE = 0.9
_TONE_FRAMES = 6
_FAX_FRAMES = 20
_FAX_HZ = range(2050, 2151)


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
    """`human`, `machine_start`, `machine_end_beep`, `machine_end_silence`, `machine_end_other`, `fax` or `unknown`.
    Listens from now on."""
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
        self._beeped = False
        self._fax_frames = 0

    def hear(self, frame: bytes) -> None:
        self._heard_ms += FRAME_MS
        speaking = self._line.caller.speaking
        self._spoken_ms += FRAME_MS if speaking else 0
        tone_hz = _tone_hz(frame) if speaking else 0
        self._beeped = self._beeped or self._tone_frames >= _TONE_FRAMES
        self._tone_frames = self._tone_frames + 1 if tone_hz else 0
        self._fax_frames = self._fax_frames + 1 if tone_hz in _FAX_HZ else 0
        self.finding = self._find(speaking)

    def _find(self, speaking: bool) -> str:
        """What is known by now; empty as long as nothing is."""
        limits = self._detection
        machine = self._spoken_ms >= limits.speech_threshold_ms
        # Speech is over for good after a pause; `speaking` itself bridges the first 200 ms of it.
        paused = self._spoken_ms > 0 and not speaking and self._line.caller.quiet_ms >= limits.speech_end_threshold_ms
        if self._fax_frames >= _FAX_FRAMES:
            return "fax"
        if machine and not limits.message_end:
            return "machine_start"
        if machine and self._beeped and not self._tone_frames:
            return "machine_end_beep"
        if paused:
            return "machine_end_silence" if machine else "human"
        if self._heard_ms >= limits.timeout_ms:
            return "machine_end_other" if machine else "unknown"
        return "unknown" if not self._spoken_ms and self._heard_ms >= limits.silence_timeout_ms else ""


def _tone_hz(frame: bytes) -> int:
    """The one frequency that makes up nearly all of it, as in the beep of a mailbox; 0 when there is none."""
    samples = np.frombuffer(mulaw.decode(frame), "<i2").astype(np.float64)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(power.argmax())
    alone = power[max(0, peak - 2) : peak + 3].sum() >= _TONE_SHARE * power.sum() > 0
    return peak * RATE // len(samples) if alone else 0
