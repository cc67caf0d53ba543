"""<Record>: a message from the caller. Only the caller is recorded."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache

from local.carrier.call import Call
from local.carrier.courier import Fields
from local.carrier.line import Line
from local.carrier.page import Next, Page, ask
from local.carrier.record import new_sid
from local.carrier.recordings import Recording
from local.carrier.sound import FRAME_MS, tone
from local.carrier.tape import Tape
from local.carrier.twiml import Element, Rule, anything, boolean, http_method, keys, one_of, whole
from local.carrier.verbs.verb import Verb

_ANY_KEY = "0123456789*#"

_RULE = Rule(
    {
        "action": anything,
        "method": http_method,
        "timeout": whole(0, 3600),
        "finishOnKey": keys,
        "maxLength": whole(1, 14_400),
        "playBeep": boolean,
        "trim": one_of("trim-silence", "do-not-trim"),
        "recordingStatusCallback": anything,
        "recordingStatusCallbackMethod": http_method,
        "recordingStatusCallbackEvent": anything,
    },
    ignored=frozenset({"transcribe", "transcribeCallback"}),
)


@dataclass(slots=True)
class _Take:
    """A message being recorded. Frames are numbered from 0; `last_loud` is None while nothing was said."""

    tape: Tape
    line: Line
    finish_on: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    key: str = ""
    first_loud: int | None = None
    last_loud: int | None = None

    def hear(self, frame: bytes) -> None:
        if self.line.caller.speaking and not self.line.caller.quiet_ms:
            self.last_loud = self.tape.frames
            if self.first_loud is None:
                # Speech is noticed on its third loud frame.
                self.first_loud = max(0, self.tape.frames - 2)
        self.tape.write(frame)

    def press(self, digit: str) -> None:
        if digit in self.finish_on:
            self.key = self.key or digit

    @property
    def quiet_ms(self) -> int:
        return (self.tape.frames - 1 - (self.last_loud if self.last_loud is not None else -1)) * FRAME_MS

    def recording(self, call: Call, trim: bool) -> Recording | None:
        """The finished message; None when nothing was said."""
        if self.first_loud is None or self.last_loud is None:
            return None
        return Recording(
            sid=self.tape.path.name,
            account_sid=call.record.account_sid,
            call_sid=call.record.sid,
            started=self.started,
            tape=self.tape,
            first=self.first_loud if trim else 0,
            last=self.last_loud + 1 if trim else self.tape.frames,
        )


async def _record(call: Call, verb: Element, page: Page) -> Next:
    line = call.line
    action = page.action_or_self(verb)
    callback = page.webhook(verb, "recordingStatusCallback")
    if verb.flag("playBeep", True):
        await line.play(_beep())
    tape = call.plant.shelf.tape(new_sid("RE"), 1)
    take = _Take(tape, line, verb.get("finishOnKey", _ANY_KEY))
    timeout_ms, longest_ms = verb.number("timeout", 5) * 1000, verb.number("maxLength", 3600) * 1000
    line.frame_listeners.add(take.hear)
    line.key_listeners.add(take.press)
    try:
        await line.until(lambda: bool(take.key) or take.quiet_ms >= timeout_ms or tape.duration_ms >= longest_ms)
    finally:
        # Also when the call has ended: the message is kept and told.
        line.frame_listeners.discard(take.hear)
        line.key_listeners.discard(take.press)
        recording = take.recording(call, verb.get("trim", "trim-silence") == "trim-silence")
        _keep(call, take, recording)
        events = verb.get("recordingStatusCallbackEvent", "completed").split()
        status = "completed" if recording else "absent"
        if callback and status in events:
            call.notify(callback, _status_fields(call, take, recording, status), "recording")
        if recording and action and call.handset.hung_up.is_set():
            call.notify(action, [*call.record.fields(), *_fields(call, recording, "hangup")], "action")
    return ask(action, _fields(call, recording, take.key)) if recording else None


def _keep(call: Call, take: _Take, recording: Recording | None) -> None:
    if recording is None:
        call.timeline.fault(16102)
        call.plant.shelf.drop(take.tape)
        return
    call.plant.recordings.add(recording)
    call.timeline.note("recording", recording_sid=recording.sid, status="completed", duration_s=recording.duration_s)


def _fields(call: Call, recording: Recording, key: str) -> Fields:
    return [
        ("RecordingUrl", call.plant.api_url + recording.path),
        ("RecordingSid", recording.sid),
        ("RecordingDuration", str(recording.duration_s)),
        ("Digits", key),
    ]


def _status_fields(call: Call, take: _Take, recording: Recording | None, status: str) -> Fields:
    return [
        ("AccountSid", call.record.account_sid),
        ("CallSid", call.record.sid),
        ("RecordingSid", take.tape.path.name),
        ("RecordingUrl", call.plant.api_url + recording.path if recording else ""),
        ("RecordingStatus", status),
        ("RecordingDuration", str(recording.duration_s) if recording else "0"),
        ("RecordingChannels", "1"),
        ("RecordingStartTime", format_datetime(take.started)),
        ("RecordingSource", "RecordVerb"),
        ("RecordingTrack", "inbound"),
    ]


@cache
def _beep() -> bytes:
    return tone(1000, 300)


RECORD = Verb(_RULE, _record)
