"""A recogniser at virtual time: partials as words become known, and finals, as slow as the published figures."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final

from bench.turns.callers import Line, Word
from bench.turns.delays import Ear
from shared.core.events import FinalHeard, PartialHeard

REACTION_MS: Final = 300
"""A recogniser that finds the end itself gives up on a final when speech goes on so long before it would have come."""
BETWEEN_MS: Final = 20
"""Words never show closer together than this."""

type Say = Callable[[PartialHeard | FinalHeard], None]
type Later = Callable[[float, Callable[[], None]], None]


class Recogniser:
    """Hears one line that begins at `begins_ms`; `later` sets a thing to be done at a time, `say` tells."""

    def __init__(self, ear: Ear, line: Line, begins_ms: float, later: Later, say: Say) -> None:
        self._ear = ear
        self._rnd = Random(f"{line.name}/{ear.name}")
        self._begins = begins_ms
        self._words = line.words
        self._later = later
        self._say = say
        self._segment = 0
        self._first = 0  # the segment's first word
        self._shown: dict[int, bool] = {}  # words shown, and whether they are stable
        self.told_all = False
        """Whether the last word has been told, as it was said."""
        self._wrong = {at for at in range(len(self._words)) if self._rnd.random() < ear.wrong_first}
        self._plan()

    def _plan(self) -> None:
        """When each word shows and settles; and, unless it has to be asked, the finals."""
        pace = self._ear.word.draw(self._rnd)
        shows = 0.0
        for at, word in enumerate(self._words):
            delay = (pace + self._ear.word.draw(self._rnd)) / 2
            shows = max(shows + BETWEEN_MS, self._begins + word.end_ms + delay)
            self._later(shows, partial(self._show, at, stable=False))
            self._later(shows + self._ear.stable.draw(self._rnd), partial(self._show, at, stable=True))
            if not self._ear.asked and (after := self._final_after(at)) is not None:
                self._later(max(self._begins + word.end_ms + after, shows), partial(self._close, at + 1))

    def _final_after(self, at: int) -> float | None:
        """How long after this word's end its segment is final; None if speech goes on too soon for that."""
        final = self._ear.final.draw(self._rnd)
        if at + 1 == len(self._words):
            return final
        return final if self._words[at + 1].begin_ms - self._words[at].end_ms > final - REACTION_MS else None

    def flush(self, at_ms: float) -> None:
        """Asked for the words so far."""
        ended = sum(self._begins + word.end_ms <= at_ms for word in self._words)
        if self._ear.asked and ended > self._first:
            final = self._begins + self._words[ended - 1].end_ms + self._ear.final.draw(self._rnd)
            self._later(max(final, at_ms + BETWEEN_MS), partial(self._close, ended))

    def _show(self, at: int, *, stable: bool) -> None:
        if at < self._first:
            return
        self._shown[at] = stable
        known = [self._shown.get(index) for index in range(self._first, max(self._shown) + 1)]
        texts = [self._text(self._first + index, bool(stable)) for index, stable in enumerate(known)]
        settled = next((index for index, stable in enumerate(known) if not stable), len(known))
        self.told_all = self._first + len(known) == len(self._words) and texts[-1] == self._words[-1].text
        until = round(self._begins + self._words[self._first + len(known) - 1].end_ms)
        self._say(PartialHeard(f"r{self._segment}", " ".join(texts), settled, until))

    def _text(self, at: int, stable: bool) -> str:
        word: Word = self._words[at]
        return word.text if stable or at not in self._wrong else f"{word.text[:2]}ow"

    def _close(self, end: int) -> None:
        """The segment is final up to the word `end`."""
        if end <= self._first:
            return
        text = " ".join(word.text for word in self._words[self._first : end])
        result = f"r{self._segment}"
        self._segment, self._first = self._segment + 1, end
        self._shown = {at: stable for at, stable in self._shown.items() if at >= end}
        self.told_all = end == len(self._words)
        self._say(FinalHeard(result, text))
