"""Lines for the stage without recordings: tones for words."""

import math
import struct

from bench.turns.callers import Line, Word
from shared.core.agent import SlotKind
from shared.core.events import SpeechEnded, SpeechPaused, SpeechStarted
from shared.wire import mulaw

WORD_MS, GAP_MS = 300, 60


def tone(ms: int, amplitude: int = 8_000) -> bytes:
    count = ms * mulaw.BYTES_PER_MS
    samples = (int(amplitude * math.sin(2 * math.pi * 440 * i / 8_000)) for i in range(count))
    return mulaw.encode(struct.pack(f"<{count}h", *samples))


def said(*parts: str | int, expecting: SlotKind | None = None) -> Line:
    """Words, and pauses in ms between them."""
    ulaw, words = bytearray(), list[Word]()
    for part in parts:
        if isinstance(part, int):
            ulaw += mulaw.SILENCE * mulaw.BYTES_PER_MS * part
            continue
        for text in part.split():
            at = len(ulaw) // mulaw.BYTES_PER_MS
            words.append(Word(text, at, at + WORD_MS))
            ulaw += tone(WORD_MS)
    return Line(" ".join(map(str, parts)), "test", "test", expecting, bytes(ulaw), tuple(words))


def heard(line: Line) -> list[tuple[int, SpeechStarted | SpeechPaused | SpeechEnded]]:
    """What an ideal detector would say of a line."""
    told: list[tuple[int, SpeechStarted | SpeechPaused | SpeechEnded]] = [(100, SpeechStarted())]
    for word, after in zip(line.words, [*line.words[1:], None], strict=True):
        gap = 10_000 if after is None else after.begin_ms - word.end_ms
        if gap >= 60:
            told.append((word.end_ms + 60, SpeechPaused(60)))
        if gap >= 250:
            told.append((word.end_ms + 250, SpeechEnded(250)))
        if after is not None and gap >= 60:
            told.append((after.begin_ms + 100, SpeechStarted()))
    return told
