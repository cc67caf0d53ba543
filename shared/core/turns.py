"""The words of a turn, and when those of a caller's stop the agent.

The recogniser's finals are not waited for (they take 1.1 s at the median): stable partial words are enough, and
unstable ones get a short grace. How long a silence ends a turn is in `shared.core.endpointing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.core.agent import SlotKind
from shared.core.events import HeardWord
from shared.core.languages.language import Language
from shared.core.words import words_of

UNSTABLE_GRACE_MS = 200
"""How much longer to wait for words that may still change."""
WORDS_WAIT_MS = 1_500
"""How long after the end of speech words may still come, before it counts as noise."""
BARGE_IN_MS = 70
"""Speech this long, after voice activity has noticed it, stops the agent even before there are words. Up to the 192 ms
that voice activity takes to let go of a sound a longer wait keeps out no more of them: of 103 bursts of voice of 160 ms
101 stop the agent after 40 ms and after 140, and 96 after 200."""
BARGE_IN_WORDS = 2
PAUSE_DRAFTS = 3
"""Answers prepared for one utterance in mere pauses: what may be wasted on a caller who makes many."""
MAX_DRAFTS = 6
"""The same with those prepared when the voice has ended and its words are still coming."""
BEHIND_MS = 200
"""The caller was audible for so long after the last word that is known: there is another that is not."""
LATE_WORDS = 3
"""Recognition is at most so many words behind a turn's end; more, and the caller must have gone on unnoticed."""

_ECHO_WORDS = 4
_ECHO_SHARE = 0.8
_ECHO_OF_WORDS = 60


def is_echo(text: str, spoken: str) -> bool:
    """Whether what was heard is what the agent has just said: on a speakerphone its voice comes back, a little mangled.

    Few words may be an answer that repeats the question; four and more, nearly all of them ours, hardly are.
    """
    words, ours = words_of(text), set(words_of(spoken)[-_ECHO_OF_WORDS:])
    return len(words) >= _ECHO_WORDS and sum(word in ours for word in words) >= _ECHO_SHARE * len(words)


def what_matters(text: str, language: Language) -> list[str]:
    """The words of `text` without the courtesies and hesitation behind them, unless there is nothing else."""
    words = words_of(text)
    while len(words) > 1:
        last = next((n for n in (1, 2) if n < len(words) and " ".join(words[-n:]) in language.courtesies), 0)
        if not last:
            break
        del words[-last:]
    return words


def interrupts(language: Language, text: str, expecting: SlotKind | None) -> bool:
    """Whether words heard while the agent speaks are meant to stop it: not "uh-huh", but "wait", or an answer."""
    words = words_of(text)
    if any(word in language.stop_words for word in words):
        return True
    if expecting is SlotKind.YES_NO and any(word in language.yes or word in language.no for word in words):
        return True
    return len(words) >= BARGE_IN_WORDS and not all(word in language.backchannels for word in words)


@dataclass(slots=True)
class Hearing:
    """The words of the utterance under way, put together from partial and final results.

    A result whose words were taken as a turn may go on. What comes of it before the caller is audible again is late,
    and belongs to the turn that was taken; after that, what is new in it belongs to the next utterance.
    """

    _finals: list[str] = field(default_factory=list)
    _result_id: str = ""
    _partial: list[str] = field(default_factory=list)
    _stable: int = 0
    _taken_id: str = ""
    _taken_words: int = 0
    _taken_finals: str = ""
    _last_taken: str = ""
    audible_since: bool = True
    """Whether the caller was audible after the last utterance was taken."""
    words: list[HeardWord] = field(default_factory=list)
    """The words of the finals, with their confidence where known."""

    def partial(self, result_id: str, text: str, stable_words: int) -> None:
        """Words so far; those said twice over are as good as stable, whatever the recogniser thinks of them."""
        words = text.split()
        skip = self._taken(result_id, words)
        repeated = result_id == self._result_id and words[skip:] == self._partial
        self._stable = len(words) - skip if repeated else max(0, stable_words - skip)
        self._result_id, self._partial = result_id, words[skip:]

    def final(self, result_id: str, text: str, heard: Sequence[HeardWord] = ()) -> str | None:
        """A segment for good; the whole of the utterance already taken, if that is what it corrects."""
        words = text.split()
        corrected = None
        if result_id == self._taken_id:
            skip = self._taken(result_id, words)
            if not self.audible_since:
                whole = " ".join([*self._taken_finals.split(), *words[:skip]])
                corrected = whole if words_of(whole) != words_of(self._last_taken) else None
            words = words[skip:]
            self._taken_id = ""
        if result_id == self._result_id:
            self._partial, self._stable = [], 0
        if words:
            self._finals.append(" ".join(words))
            self.words += heard[-len(words) :]
        return corrected

    def _taken(self, result_id: str, words: list[str]) -> int:
        """How many leading words of a result belong to the utterance already taken."""
        if result_id != self._taken_id:
            return 0
        late = len(words) - self._taken_words
        if not self.audible_since and 0 < late <= LATE_WORDS:
            self._taken_words = len(words)
        return self._taken_words

    @property
    def text(self) -> str:
        return " ".join([*self._finals, *self._partial])

    @property
    def settled(self) -> bool:
        """Whether no word is likely to change any more."""
        return self._stable >= len(self._partial)

    def take(self) -> str:
        """The utterance, and begin the next."""
        text = self.text
        if self._partial:
            taken_before = self._taken_words if self._taken_id == self._result_id else 0
            self._taken_id, self._taken_words = self._result_id, taken_before + len(self._partial)
            self._taken_finals = " ".join(self._finals)
        self._last_taken, self.audible_since = text, False
        self._finals, self._partial, self._stable, self.words = [], [], 0, []
        return text

    def resume(self, heard: str) -> None:
        """The utterance began elsewhere, with these words."""
        self._finals = [heard] if heard else []

    def reopen(self) -> None:
        """The caller goes on with the utterance just taken: its words come first again."""
        if self._last_taken:
            self._finals.insert(0, self._last_taken)
            self._last_taken = ""

    def clear(self) -> None:
        """Forget what was heard so far; the rest of a result under way is still new."""
        self.take()
        self._last_taken = ""
