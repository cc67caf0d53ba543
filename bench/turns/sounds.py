"""What the service's own voice activity detection says of a line, and when: the real code, at the line's own time."""

from typing import Final

from bench.turns.callers import FRAME_MS, Line
from shared.core.events import SpeechEnded, SpeechPaused, SpeechStarted
from shared.wire import mulaw
from streaming.voice_activity import BATCH_WAIT_MS, VoiceActivity, VoiceTrack

AFTER_MS: Final = 3_000
BEFORE_MS: Final = 640
"""Silence around the line."""

type Sound = tuple[int, SpeechStarted | SpeechPaused | SpeechEnded]


class Detector(VoiceActivity):
    """Runs each window as soon as it is due, instead of with others in a few milliseconds."""

    def __init__(self) -> None:
        super().__init__(capacity=1)
        self.judging = False

    def queue(self, track: VoiceTrack) -> None:
        track.queued = self.judging = True
        self._due.append(track)
        self._run_batch()
        self.judging = False


def sounds(detector: Detector, line: Line) -> list[Sound]:
    """When the service is told what, in ms from the line's first sample."""
    told: list[Sound] = []
    now = -BEFORE_MS

    def heard(event: SpeechStarted | SpeechPaused | SpeechEnded) -> None:
        told.append((now + (BATCH_WAIT_MS if detector.judging else 0), event))

    silence = mulaw.SILENCE * mulaw.BYTES_PER_MS
    ulaw = silence * BEFORE_MS + line.ulaw + silence * AFTER_MS
    track = detector.track(heard)
    for at in range(0, len(ulaw), mulaw.FRAME_BYTES):
        now += FRAME_MS
        track.feed(ulaw[at : at + mulaw.FRAME_BYTES])
    track.close()
    return told
