"""Cutting streamed text into segments to speak: whole sentences, and a first clause as early as it sounds natural."""

import re
from dataclasses import dataclass

from shared.core.languages.language import Language
from shared.core.words import words_of

_SENTENCE = re.compile(r"(?<=[.!?\u0964])[\"')]*\s+")
_CLAUSE = re.compile(r"(?<=[,;:\u2014])\s+")
_ABBREVIATIONS = ("mr.", "mrs.", "ms.", "dr.", "st.", "no.", "a.m.", "p.m.", "e.g.", "i.e.", "डॉ.")
FIRST_CLAUSE_CHARS = 24
"""A first clause shorter than this is not worth a request of its own, unless it is an opener: "Sure," sounds natural by
itself, and covers the making of what follows."""
MAX_CHARS = 400
"""No segment is longer: synthesis of one must stay quick, and vendors bound it (Polly: 3,000)."""


@dataclass(slots=True)
class Segmenter:
    """Feed text as it comes; take segments as soon as they are complete."""

    language: Language
    _pending: str = ""
    _first: bool = True

    def feed(self, text: str) -> list[str]:
        """The segments that `text` completes."""
        self._pending += text
        out: list[str] = []
        while (cut := self._cut()) is not None:
            self._emit(cut, out)
        return out

    def finish(self) -> list[str]:
        """What is left, once the text has ended."""
        out: list[str] = []
        self._emit(len(self._pending), out)
        return out

    def _emit(self, cut: int, out: list[str]) -> None:
        segment, self._pending = " ".join(self._pending[:cut].split()), self._pending[cut:]
        if any(char.isalnum() for char in segment):
            out.append(segment)
            self._first = False

    def _cut(self) -> int | None:
        for match in _SENTENCE.finditer(self._pending):
            if not self._pending[: match.start()].lower().endswith(_ABBREVIATIONS):
                return match.end()
        if self._first:
            for match in _CLAUSE.finditer(self._pending):
                if match.start() >= FIRST_CLAUSE_CHARS or is_opener(self._pending[: match.start()], self.language):
                    return match.end()
        if len(self._pending) > MAX_CHARS:
            return self._pending.rfind(" ", 1, MAX_CHARS) + 1 or MAX_CHARS
        return None


def is_opener(segment: str, language: Language) -> bool:
    """Whether it is one of the few words with which answers begin."""
    return " ".join(words_of(segment)) in language.openers


def segments_of(text: str, language: Language) -> list[str]:
    """All segments of a text that is known whole: its sentences."""
    segmenter = Segmenter(language, _first=False)
    return [*segmenter.feed(text), *segmenter.finish()]
