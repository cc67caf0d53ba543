"""Who is audible: voice activity detection for all calls of the process, in one shared session.

Silero VAD runs at 8 kHz on windows of 32 ms (256 samples and the 32 before them), rewritten as matrix products
(`silero/rewrite.py`). Windows that fall due within a few milliseconds of each other run as one batch: some 50 us
alone, 7 us each from twelve on. A batch is at most `MAX_BATCH` windows (0.2 ms), so the event loop never waits longer
than that; what is left over runs in the next one.
On a line that has been silent for a while, a window in which nothing is audible is silence without asking.

Silero is sure but slow to let go of a voice: that the caller may have finished is told sooner, by `streaming.pauses`.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from shared.core.events import SpeechEnded, SpeechPaused, SpeechStarted
from shared.wire import mulaw
from streaming.pauses import Pauses

WINDOW = 256
WINDOW_MS = WINDOW // mulaw.BYTES_PER_MS
CONTEXT = 32
STATE = 256
"""Numbers by which the model remembers a track."""
BATCH_WAIT_MS = 8
"""A quarter of a window: the longer the wait, the bigger the batches and the cheaper each window."""
MAX_BATCH = 32
MAX_BEHIND = 16_000
"""Bytes of one call's audio kept for later: 2 s. A peer that sends faster than it is heard loses the oldest."""

START_PROBABILITY = 0.5
KEEP_PROBABILITY = 0.35
"""Once voiced, a window stays so above this (Silero's own hysteresis is 0.15)."""
START_WINDOWS = 3
"""96 ms without a gap: longer than a click, shorter than a word."""
END_WINDOWS = 6
"""192 ms: longer than the closure of a plosive, shorter than any question's end-of-turn wait."""

SETTLED_WINDOWS = 16
"""Half a second of silence: the detector has forgotten the speech before, and inaudible windows teach it nothing."""

type Heard = Callable[[SpeechStarted | SpeechPaused | SpeechEnded], None]

_SAMPLES = np.frombuffer(mulaw.decode(bytes(range(256))), np.int16).astype(np.float32) / np.float32(32768)
_INAUDIBLE = bytes(code for code in range(256) if code & 0x70 == 0x70)
"""Mu-law's lowest segment: no sample over 120 of 32,768 (-49 dBFS). Line noise stays below it, a voice does not."""
_MODEL = Path(__file__).parent / "silero" / "matrices.onnx"


class VoiceTrack:
    """One caller's voice: mu-law in; `SpeechStarted`, `SpeechPaused` and `SpeechEnded` out through `heard`."""

    __slots__ = (
        *("_detector", "_heard", "_pauses", "_silent", "_speaking", "_voiced"),
        *("audio", "closed", "dropped_ms", "queued", "slot"),
    )

    def __init__(self, detector: "VoiceActivity", slot: int, heard: Heard) -> None:
        self._detector = detector
        self._heard = heard
        self._speaking = False
        self._voiced = self._silent = 0
        self._pauses = Pauses()
        self.slot = slot
        self.audio = bytearray(mulaw.SILENCE * CONTEXT)
        self.queued = self.closed = False
        self.dropped_ms = 0
        """Of its oldest sound, because it could not keep up."""

    def feed(self, ulaw: bytes) -> None:
        """Take mu-law 8 kHz audio of any length; never blocks."""
        if self._speaking:
            self._notice_pauses(ulaw)
        self.audio += ulaw
        if len(self.audio) > MAX_BEHIND:
            self.dropped_ms += (len(self.audio) - MAX_BEHIND) // mulaw.BYTES_PER_MS
            del self.audio[:-MAX_BEHIND]
        if not self.queued:
            self._pass_silence()
            if len(self.audio) >= WINDOW + CONTEXT:
                self._detector.queue(self)

    def close(self) -> None:
        """Nothing is heard any more. Harmless when repeated."""
        if not self.closed:
            self.closed = True
            self._detector.forget(self)

    def take_window(self) -> bytes:
        """The next window with its context, which stays as the context of the one after."""
        window = bytes(self.audio[: CONTEXT + WINDOW])
        del self.audio[:WINDOW]
        return window

    def _pass_silence(self) -> None:
        while self._silent >= SETTLED_WINDOWS and len(self.audio) >= WINDOW + CONTEXT:
            if self.audio[: WINDOW + CONTEXT].strip(_INAUDIBLE):
                return
            del self.audio[:WINDOW]

    def _notice_pauses(self, ulaw: bytes) -> None:
        for start in range(0, len(ulaw), mulaw.FRAME_BYTES):
            match self._pauses.feed(ulaw[start : start + mulaw.FRAME_BYTES]):
                case True:
                    self._heard(SpeechPaused(self._pauses.quiet_ms))
                case False:
                    self._heard(SpeechStarted())

    def judge(self, probability: float) -> None:
        """Count one window as voiced or not, and tell what that changes."""
        if probability >= (KEEP_PROBABILITY if self._voiced else START_PROBABILITY):
            self._voiced += 1
            self._silent = 0
            if not self._speaking and self._voiced >= START_WINDOWS:
                self._speaking = True
                self._pauses.begin()
                self._heard(SpeechStarted())
            return
        self._voiced = 0
        self._silent += 1
        if self._speaking and self._silent >= END_WINDOWS:
            self._speaking = False
            self._heard(SpeechEnded(max(self._silent * WINDOW_MS, self._pauses.quiet_ms)))


class VoiceActivity:
    """The shared session. Create it once, before calls come: loading takes some 50 ms; `track` needs a running loop."""

    def __init__(self, capacity: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(_MODEL), options, providers=["CPUExecutionProvider"])
        self._states = np.zeros((capacity, STATE), np.float32)
        self._free = list(range(capacity))
        self._due: list[VoiceTrack] = []
        self._timer: asyncio.Handle | None = None

    @property
    def free(self) -> int:
        """How many more callers it could listen to."""
        return len(self._free)

    def track(self, heard: Heard) -> VoiceTrack:
        """Listen to one more caller. Raises IndexError beyond the capacity."""
        slot = self._free.pop()
        self._states[slot] = 0
        return VoiceTrack(self, slot, heard)

    def forget(self, track: VoiceTrack) -> None:
        self._free.append(track.slot)

    def queue(self, track: VoiceTrack) -> None:
        """Run this track's next window with the next batch."""
        track.queued = True
        self._due.append(track)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_WAIT_MS / 1000, self._run_batch)

    def _run_batch(self) -> None:
        batch, self._due = self._due[:MAX_BATCH], self._due[MAX_BATCH:]
        self._timer = asyncio.get_running_loop().call_soon(self._run_batch) if self._due else None
        tracks = [track for track in batch if not track.closed]
        if not tracks:
            return
        codes = np.frombuffer(b"".join([track.take_window() for track in tracks]), np.uint8)
        slots = [track.slot for track in tracks]
        windows = _SAMPLES.take(codes).reshape(len(tracks), CONTEXT + WINDOW)
        inputs = {"windows": windows, "states": self._states.take(slots, axis=0)}
        probabilities, self._states[slots] = self._session.run(None, inputs)
        for track, probability in zip(tracks, probabilities[:, 0].tolist(), strict=True):
            track.queued = False
            if len(track.audio) >= WINDOW + CONTEXT:
                self.queue(track)
            track.judge(probability)
