"""What callers say: recorded human speech, put together to lines with pauses in them, each word with its time.

The recordings are the Allison prompts (`local.cloud.samples`). A sentence is said as recorded, and once more with a
pause between two of its words; numbers, spellings and dates are said piece by piece. A line is the same every time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from local.cloud.samples import Prompt, prompts
from shared.core.agent import SlotKind
from shared.wire import mulaw
from streaming.pauses import loudness

AUDIBLE: Final = 22
"""Steps of mu-law above silence; some -45 dBFS. The recordings' own noise stays below."""
VOICED: Final = 36
"""Loud enough for a part of a word: some -39 dBFS."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.3, 1.5
BREATH_MS: Final = 60
"""Between pieces said in one go."""
FRAME_MS: Final = mulaw.FRAME_BYTES // mulaw.BYTES_PER_MS
LONGEST_WORDS: Final = 24
"""Longer prompts are speeches, not answers."""
WHOLE: Final = 6
"""Sentences of so many words are said with a pause as well."""
NUMBERS: Final = 60
FRAGMENTS: Final = frozenset(
    "conf-enteringno conf-thereare is-set-to priv-callpending queue-holdtime queue-less-than queue-thereare "
    "to-extension vm-from-extension vm-from-phonenumber vm-num-i-have vm-onefor vm-savedto vm-theperson vm-youhave "
    "you-entered".split()
)
"""Recordings that are beginnings of sentences, which the telephone system ends with others."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    begin_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech from its first audible frame to its last: mu-law, and when each word of it ends."""

    ulaw: bytes
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of a caller's. Times are ms from its first sample."""

    name: str
    prompt: str
    """What it is made of: lines of one recording are never in two halves."""
    manner: str
    expecting: SlotKind | None
    ulaw: bytes
    words: tuple[Word, ...]

    @property
    def ends_ms(self) -> int:
        """The last audible sound."""
        return len(self.ulaw) // mulaw.BYTES_PER_MS

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def lines(found: Mapping[str, Prompt] | None = None) -> list[Line]:
    """All lines, in the same order every time. Raises local.cloud.samples.NoSamples."""
    found = prompts() if found is None else found
    sentences = [prompt for name, prompt in sorted(found.items()) if _is_answer(name, prompt.text)]
    said = [line for prompt in sentences for line in _sentence(prompt)]
    return said + list(_numbers(found))


def _is_answer(name: str, text: str) -> bool:
    """Whether it can stand as an answer: whole, and neither a menu nor a fragment."""
    whole = not text.startswith("...") and not text.rstrip().endswith("...") and "<" not in text
    return whole and "/" not in name and name not in FRAGMENTS and 2 <= len(text.split()) <= LONGEST_WORDS


def _sentence(prompt: Prompt) -> Iterator[Line]:
    piece = piece_of(prompt)
    if piece.words:
        yield _line(prompt.name, "as recorded", None, [piece])
    if len(piece.words) >= WHOLE:
        rnd = Random(prompt.name)
        before, after = _split(piece, rnd)
        yield _line(prompt.name, "with a pause", None, [before, _pause(rnd), after])


def _numbers(found: Mapping[str, Prompt]) -> Iterator[Line]:
    """Telephone numbers in groups, account numbers, spelled names and dates, each with a pause or two."""
    digits = [piece_of(found[f"digits/{digit}"]) for digit in range(10)]
    letters = [piece_of(found[f"letters/{letter}"]) for letter in "abcdefghijklmnopqrstuvwxyz"]
    days = [piece_of(found[f"digits/day-{day}"]) for day in range(7)]
    months = [piece_of(found[f"digits/mon-{month}"]) for month in range(12)]
    ordinals = [piece_of(found[f"digits/h-{number}"]) for number in range(1, 20)]
    for number in range(NUMBERS):
        rnd = Random(number)
        groups = ((3, digits[2:]), (3, digits), (4, digits))  # no area has a 0 or 1 before it
        yield _grouped(f"phone {number}", SlotKind.PHONE, groups, rnd)
        yield _grouped(f"account {number}", SlotKind.DIGITS, ((3, digits), (3, digits)), rnd)
        yield _grouped(f"spelled {number}", SlotKind.NAME, ((3, letters), (2, letters)), rnd)
        yield _grouped(f"date {number}", SlotKind.DATE, ((1, days), (1, months), (1, ordinals)), rnd)


def _grouped(name: str, kind: SlotKind, groups: tuple[tuple[int, list[Piece]], ...], rnd: Random) -> Line:
    pieces: list[Piece] = []
    paused = rnd.randrange(1, len(groups))
    for at, (count, choice) in enumerate(groups):
        if at:
            pieces.append(_pause(rnd) if at == paused or kind is SlotKind.PHONE else _silence(BREATH_MS))
        for _ in range(count):
            pieces += [rnd.choice(choice), _silence(BREATH_MS)]
    return _line(name, name.split()[0], kind, pieces[:-1])


def _line(name: str, manner: str, expecting: SlotKind | None, pieces: list[Piece]) -> Line:
    ulaw, words = bytearray(), list[Word]()
    for piece in pieces:
        at = len(ulaw) // mulaw.BYTES_PER_MS
        words += [Word(word.text, at + word.begin_ms, at + word.end_ms) for word in piece.words]
        ulaw += piece.ulaw
    return Line(f"{name}, {manner}", name, manner, expecting, bytes(ulaw), tuple(words))


def piece_of(prompt: Prompt) -> Piece:
    """The prompt from its first audible frame to its last, its words spread over what is voiced by their length."""
    ulaw = mulaw.encode(prompt.pcm())
    frames = [ulaw[at : at + mulaw.FRAME_BYTES] for at in range(0, len(ulaw), mulaw.FRAME_BYTES)]
    loud = [loudness(frame) for frame in frames]
    audible = [at for at, level in enumerate(loud) if level >= AUDIBLE]
    if not audible:
        return Piece(b"", ())
    first, last = audible[0], audible[-1]
    voiced = [at - first for at in range(first, last + 1) if loud[at] >= VOICED]
    return Piece(b"".join(frames[first : last + 1]), tuple(_timed(prompt.text.split(), voiced)))


def _timed(texts: list[str], voiced: list[int]) -> Iterator[Word]:
    """Each word takes its share of the voiced frames, by its letters; a vowel or so is had by every word."""
    weights = [2 + sum(char.isalnum() for char in text) * (4 if text.isdigit() else 1) for text in texts]
    done = 0
    for text, weight in zip(texts, weights, strict=True):
        begin = voiced[min(len(voiced) - 1, done * len(voiced) // sum(weights))]
        done += weight
        end = voiced[max(0, done * len(voiced) // sum(weights) - 1)]
        yield Word(text, begin * FRAME_MS, (end + 1) * FRAME_MS)


def _split(piece: Piece, rnd: Random) -> tuple[Piece, Piece]:
    """In two, after some word of its middle, where it is quietest thereabouts."""
    after = rnd.randrange(len(piece.words) // 4, max(len(piece.words) // 4 + 1, 3 * len(piece.words) // 4))
    near = piece.words[after].end_ms // FRAME_MS
    frames = range(max(1, near - 6), min(len(piece.ulaw) // mulaw.FRAME_BYTES - 1, near + 7))
    size = mulaw.FRAME_BYTES
    cut = min(frames, key=lambda at: (loudness(piece.ulaw[at * size : (at + 1) * size]), abs(at - near)))
    at_ms = cut * FRAME_MS
    head = tuple(Word(word.text, word.begin_ms, min(word.end_ms, at_ms)) for word in piece.words[: after + 1])
    tail = tuple(
        Word(word.text, max(0, word.begin_ms - at_ms), word.end_ms - at_ms) for word in piece.words[after + 1 :]
    )
    return Piece(piece.ulaw[: cut * size], head), Piece(piece.ulaw[cut * size :], tail)


def _pause(rnd: Random) -> Piece:
    """Short ones are likelier: as many between 0.3 and 0.6 s as between 0.75 and 1.5."""
    return _silence(round(1000 * SHORTEST_PAUSE_S * (LONGEST_PAUSE_S / SHORTEST_PAUSE_S) ** rnd.random()))


def _silence(ms: int) -> Piece:
    frames = round(ms / FRAME_MS)
    return Piece(mulaw.SILENCE * mulaw.FRAME_BYTES * frames, ())
