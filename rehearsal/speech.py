"""Sound whose words can be read back from it: recorded speech, with the name of what is said in its lowest bits.

A text becomes as much recorded voice as it takes to say, which voice activity detection takes for a voice and loudness
for speech; the lowest bits of each frame's first samples say which text it is and how far in. Sound on a telephone line
is carried bit by bit, so whoever gets a frame can tell what was said, and when.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from local.carrier.ear import LOUD
from local.carrier.sound import FRAME_MS, loudness, read_wav
from shared.wire import mulaw

MS_PER_CHARACTER: Final = 65
"""A hundred and fifty words a minute."""
LEAST_WORD_MS: Final = 160

_RECORDINGS: Final = Path(__file__).parents[1] / "bench" / "speech"
_PAUSE_MS: Final = {",": 240, ";": 240, ":": 240, ".": 400, "?": 400, "!": 400}
_TOKEN: Final = re.compile(r"\[[^\]]*\]|[^\s]+")

_MAGIC: Final = 0xA5C3
_MAGIC_BITS: Final = format(_MAGIC, "016b").encode()
_BIT: Final = bytes(ord("0") + (code & 1) for code in range(256))
_MOST: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is said, in ms from the beginning of its text."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A text as sound. What stands in [brackets] is a noise of the speaker's, and no word."""

    text: str
    words: tuple[Word, ...]
    ulaw: bytes

    @property
    def duration_ms(self) -> int:
        return len(self.ulaw) // mulaw.BYTES_PER_MS

    def said_by(self, ms: int) -> list[Word]:
        """The words said to their end by so many ms after the beginning."""
        return [word for word in self.words if word.end_ms <= ms]


class Speech:
    """Everything said in one world, so that its sound can be told apart."""

    def __init__(self) -> None:
        self._spoken: list[Spoken] = []
        self._numbers: dict[str, int] = {}

    def say(self, text: str) -> Spoken:
        """The sound of a text; the same for the same text."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self._spoken)
            assert number < _MOST
            self._spoken.append(_spoken(text, number))
        return self._spoken[number]

    def read(self, frame: bytes) -> tuple[Spoken, int] | None:
        """Which text a frame of 20 ms is of, and how many ms of it come before; None for silence and strange sound."""
        bits = frame[:48].translate(_BIT)
        if not bits.startswith(_MAGIC_BITS):
            return None
        number = int(bits[16:32], 2)
        return None if number >= len(self._spoken) else (self._spoken[number], int(bits[32:48], 2) * FRAME_MS)


def _spoken(text: str, number: int) -> Spoken:
    words: list[Word] = []
    voiced: list[bool] = []
    for token in _TOKEN.findall(text):
        start = len(voiced) * FRAME_MS
        voiced += [True] * (max(LEAST_WORD_MS, (len(token) + 1) * MS_PER_CHARACTER) // FRAME_MS)
        if not token.startswith("["):
            words.append(Word(token, start, len(voiced) * FRAME_MS))
        voiced += [False] * (_PAUSE_MS.get(token[-1], 0) // FRAME_MS)
    while voiced and not voiced[-1]:
        voiced.pop()
    frames = np.full((len(voiced), mulaw.FRAME_BYTES), 0xFF, np.uint8)
    voice = _voice()
    loud = np.flatnonzero(voiced)
    frames[loud] = voice[loud % len(voice)]
    frames[:, :48] = frames[:, :48] & 0xFE | _names(number, len(voiced))
    return Spoken(text, tuple(words), frames.tobytes())


def _names(number: int, frames: int) -> npt.NDArray[np.uint8]:
    """The bits of each frame's first 48 samples."""
    names = [_MAGIC << 32 | number << 16 | index for index in range(frames)]
    return np.array([[name >> shift & 1 for shift in range(47, -1, -1)] for name in names], np.uint8).reshape(-1, 48)


@cache
def _voice() -> npt.NDArray[np.uint8]:
    """Recorded speech without its pauses, in frames."""
    sound = b"".join(read_wav(path.read_bytes()) for path in sorted(_RECORDINGS.glob("*.wav")))
    pieces = [sound[at : at + mulaw.FRAME_BYTES] for at in range(0, len(sound) - mulaw.FRAME_BYTES, mulaw.FRAME_BYTES)]
    loud = [piece for piece in pieces if loudness(piece) >= LOUD + 8]
    return np.frombuffer(b"".join(loud), np.uint8).reshape(-1, mulaw.FRAME_BYTES)
