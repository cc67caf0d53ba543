"""What one stream hears: speech cut into segments, guesses while it is spoken, and the text when it ends.

Silero says when somebody speaks. While somebody does, Whisper reads the segment so far again and again; a word that
readings in a row agree on is stable, because later readings and the final then rarely differ (1.5 % of stable words
on recorded telephone prompts, against 11 % of those Vosk repeats). As a pause begins the segment is read with care,
so that its final is ready when the silence has lasted long enough.
"""

import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Protocol

import numpy as np

from local.cloud.sound import Samples, upsampler
from local.cloud.vad import FRAME, FRAME_S, Judge, Voice
from local.cloud.whisper import LONGEST_S, Word
from local.cloud.writing import as_transcribe_writes

_SPEECH = 0.5  # a frame at least this likely begins a segment
_STILL_SPEECH = 0.35  # and at least this likely keeps it going (Silero's own hysteresis)
_ONSET_FRAMES = 2  # a click is shorter
_LEAD_FRAMES = 10  # 320 ms before the onset belong to the segment: soft beginnings are noticed late
_PAUSE_FRAMES = 5  # 160 ms of silence: time to read with care, and still be ready at the end of the silence
_GUESS_FRAMES = 12  # 384 ms of speech since the last reading make another worth while
_GUESS_SHARE = 4  # a guess may take one part in four of the time since the one before
_CUT_AFTER_S = 15.0  # from here on the first pause ends the segment
_MARKS = ".,;:?!"
_DIGITS = dict(zip("zero one two three four five six seven eight nine ten".split(), map(str, range(11)), strict=True))


@dataclass(frozen=True, slots=True)
class Heard:
    """The text of one segment, so far (partial) or for good. Times in seconds of the stream."""

    result_id: str
    start: float
    end: float
    partial: bool
    words: tuple[Word, ...]
    stable: int
    """How many of the first words will not change before the final."""


class Reader(Protocol):
    """Whisper, or what a test puts in its place. Many threads call it."""

    def transcribe(self, audio: Samples, phrases: Sequence[str], *, beam: int) -> list[Word]: ...


class Turns:
    """Whose guess is read next: one at a time, and together no more than half a core. Finals need no turn."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._busy = Lock()
        self._began = self._free_at = 0.0

    def take(self) -> bool:
        """Whether the caller may guess now; then it must `give_back`."""
        if self._clock() < self._free_at or not self._busy.acquire(blocking=False):
            return False
        self._began = self._clock()
        return True

    def give_back(self) -> float:
        """Seconds the turn took; as many pass before the next one."""
        now = self._clock()
        took = now - self._began
        self._free_at = now + took
        self._busy.release()
        return took


@dataclass(frozen=True, slots=True)
class Ears:
    """What all streams share."""

    reader: Reader
    judge: Judge
    turns: Turns = field(default_factory=Turns)


@dataclass(frozen=True, slots=True)
class Manner:
    """How one stream wants to be heard."""

    rate: int
    """Hz of its 16-bit PCM."""
    silence_ms: int
    """How long a silence ends a segment."""
    agreement: int = 2
    """How many readings in a row must agree on a word before it is stable."""
    phrases: tuple[str, ...] = ()


@dataclass(slots=True)
class _Segment:
    result_id: str
    starts: float  # seconds of the stream at the first sample
    onset: float
    frames: list[Samples]
    silent: int = 0
    guessed_at: int = 0
    guess_frames: int = _GUESS_FRAMES
    readings: list[list[Word]] = field(default_factory=list)
    stable: list[Word] = field(default_factory=list)
    settled: list[Word] | None = None  # the careful reading, until more is said
    shown: tuple[list[Word], int] | None = None

    @property
    def ends(self) -> float:
        """Seconds of the stream where speech last was."""
        return self.starts + (len(self.frames) - self.silent) * FRAME_S


class Hearing:
    """One stream's state. Not for two threads at once; a call may take as long as a reading does (0.05 to 0.5 s)."""

    def __init__(self, ears: Ears, manner: Manner) -> None:
        self._ears = ears
        self._manner = manner
        self._upsampler = upsampler(manner.rate)
        self._voice = Voice(ears.judge)
        self._rest: Samples = np.zeros(0, np.float32)
        self._lead: deque[Samples] = deque(maxlen=_LEAD_FRAMES)
        self._onset = 0
        self._frames = 0
        self._segment: _Segment | None = None
        self._silence_frames = max(1, round(manner.silence_ms / 1000 / FRAME_S))

    def hear(self, pcm: bytes) -> list[Heard]:
        """Take the next samples, whole ones, and answer what became known by them, in order."""
        samples = np.concatenate([self._rest, self._upsampler.feed(pcm)])
        whole = len(samples) // FRAME * FRAME
        self._rest = samples[whole:]
        heard: list[Heard] = []
        for frame in samples[:whole].reshape(-1, FRAME):
            heard += self._frame(frame)
        return heard

    def finish(self) -> list[Heard]:
        """The stream is over: what was still being said."""
        return [] if self._segment is None else self._close(self._segment)

    def _frame(self, frame: Samples) -> Iterable[Heard]:
        self._frames += 1
        likely = self._voice.probability(frame)
        segment = self._segment
        if segment is None:
            self._lead.append(frame)
            self._onset = self._onset + 1 if likely >= _SPEECH else 0
            if self._onset >= _ONSET_FRAMES:
                self._open()
            return ()
        segment.frames.append(frame)
        segment.silent = 0 if likely >= _STILL_SPEECH else segment.silent + 1
        if segment.silent == 0:
            segment.settled = None
            length = len(segment.frames) * FRAME_S
            return self._close(segment) if length >= LONGEST_S else self._guess(segment)
        return self._pause(segment)

    def _open(self) -> None:
        now = self._frames * FRAME_S
        frames = list(self._lead)
        self._segment = _Segment(
            result_id=str(uuid.uuid4()),
            starts=now - len(frames) * FRAME_S,
            onset=now - self._onset * FRAME_S,
            frames=frames,
            guessed_at=len(frames) - self._onset,
        )
        self._onset = 0
        self._lead.clear()

    def _guess(self, segment: _Segment) -> Iterable[Heard]:
        """Read the speech so far, when enough of it is new and it is this stream's turn."""
        if len(segment.frames) - segment.guessed_at < segment.guess_frames:
            return ()
        if not self._ears.turns.take():
            return ()
        try:
            words = self._read(segment, beam=1)
        finally:
            took = self._ears.turns.give_back()
        segment.guessed_at = len(segment.frames)
        segment.guess_frames = max(_GUESS_FRAMES, math.ceil(took * _GUESS_SHARE / FRAME_S))
        segment.readings = [*segment.readings, words][-self._manner.agreement :]
        if len(segment.readings) == self._manner.agreement:
            agreed = _agreed(segment.readings)
            if _same(agreed[: len(segment.stable)], segment.stable):
                segment.stable += [
                    replace(word, text=word.text.rstrip(_MARKS)) for word in agreed[len(segment.stable) :]
                ]
        return self._partial(segment, words)

    def _pause(self, segment: _Segment) -> Iterable[Heard]:
        heard: list[Heard] = []
        pause = min(_PAUSE_FRAMES, self._silence_frames)
        if segment.silent == pause:
            segment.settled = self._read(segment, beam=3)
            if _same(segment.settled[: len(segment.stable)], segment.stable):
                segment.stable += segment.settled[len(segment.stable) :]
            heard += self._partial(segment, segment.settled)
        long = len(segment.frames) * FRAME_S >= _CUT_AFTER_S
        if segment.silent >= (pause if long else self._silence_frames):
            heard += self._close(segment)
        return heard

    def _close(self, segment: _Segment) -> list[Heard]:
        """The final. None when nothing was made out and nothing was shown; then it was noise."""
        words = self._read(segment, beam=3) if segment.settled is None else segment.settled
        self._segment = None
        self._lead.extend(segment.frames[len(segment.frames) - segment.silent :])
        if not words and segment.shown is None:
            return []
        return [Heard(segment.result_id, segment.onset, segment.ends, False, tuple(words), len(words))]

    def _partial(self, segment: _Segment, words: list[Word]) -> list[Heard]:
        """What is stable, and after it what the last reading adds; nothing when that was shown already."""
        stable = segment.stable
        text = [*stable, *words[_overlap(stable, words) :]]
        if not text or (text, len(stable)) == segment.shown:
            return []
        segment.shown = (text, len(stable))
        return [Heard(segment.result_id, segment.onset, self._frames * FRAME_S, True, tuple(text), len(stable))]

    def _read(self, segment: _Segment, beam: int) -> list[Word]:
        words = self._ears.reader.transcribe(np.concatenate(segment.frames), self._manner.phrases, beam=beam)
        return [
            replace(
                word,
                start=min(max(segment.onset, segment.starts + word.start), segment.ends),
                end=min(max(segment.onset, segment.starts + word.end), segment.ends),
            )
            for word in as_transcribe_writes(words)
        ]


def _agreed(readings: Sequence[list[Word]]) -> list[Word]:
    """The words at the front that all readings share, less what may yet grow: the newest's last, and a number there."""
    newest = readings[-1]
    count = 0
    while count < len(newest) - 1 and all(
        count < len(reading) and _plain(reading[count]) == _plain(newest[count]) for reading in readings
    ):
        count += 1
    while count and any(letter.isdecimal() for letter in newest[count - 1].text):
        count -= 1
    return newest[:count]


def _overlap(stable: Sequence[Word], words: Sequence[Word]) -> int:
    """How many words at the front of a reading say what `stable` says, as well as can be matched (edit distance)."""
    costs = list(range(len(words) + 1))
    for row, known in enumerate(stable, 1):
        diagonal, costs[0] = costs[0], row
        for column, word in enumerate(words, 1):
            kept = diagonal + (_plain(known) != _plain(word))
            diagonal, costs[column] = costs[column], min(kept, costs[column] + 1, costs[column - 1] + 1)
    return min(reversed(range(len(costs))), key=costs.__getitem__)


def _same(words: Sequence[Word], others: Sequence[Word]) -> bool:
    return [_plain(word) for word in words] == [_plain(word) for word in others]


def _plain(word: Word) -> str:
    """The word as it sounds: without case and punctuation, small numbers as digits."""
    letters = "".join(letter for letter in word.text.lower() if letter.isalnum())
    return _DIGITS.get(letters, letters)
