"""How long a silence ends the caller's turn, by what was just asked and what was said so far.

Waits cost callers time only where the answer is ready sooner: words, the model and the voice take most recognisers
800 ms and more. The figures are by `make bench-turns`.
"""

from dataclasses import dataclass

from shared.core.agent import Slot, SlotKind
from shared.core.languages.language import Language
from shared.core.numbers import day_is_open, digits_of
from shared.core.slots import yes_or_no
from shared.core.words import words_of

OPEN_END_MS = 1_200
"""After words that nobody ends with: "my number is", "and", "um"."""
_IN_GROUPS_MS = 1_700
"""Between the groups of a number whose length is not known, and the letters of a spelled name."""
_UNFINISHED_MS = 2_500
"""After fewer digits than there must be: the caller looks for the rest, or is reading it from a card."""
_MAYBE_WHOLE_MS = 1_000
"""After as many digits as there must be, when there may be more."""
_WHOLE_NUMBER_MS = 600
_MORE_LIKELY_MS = 900
"""After an answer that is often the first half of one: "Tuesday", "the red one,", other words than a number."""
_OPEN_QUESTION_MS = 550
_PLAIN_ANSWER_MS = 350
_ENDPOINT_MS = {
    SlotKind.YES_NO: 500,
    SlotKind.CHOICE: 450,
    SlotKind.DATE: 600,
    SlotKind.TIME: 600,
    SlotKind.NUMBER: 700,
    SlotKind.NAME: 800,
    SlotKind.TEXT: 900,
    SlotKind.PHONE: _IN_GROUPS_MS,
    SlotKind.DIGITS: _IN_GROUPS_MS,
    SlotKind.EMAIL: 1_500,
}
_FEWEST_PHONE_DIGITS = 7
_PHONE_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What was just asked, as far as it tells when an answer is whole; by default anything may be said."""

    kind: SlotKind | None = None
    least_digits: int = 1
    most_digits: int | None = None
    """None where nobody knows."""

    @classmethod
    def of(cls, kind: SlotKind | None, slot: Slot | None) -> "Question":
        """`slot` is the one whose value is asked for, if one is."""
        if kind is SlotKind.DIGITS and slot is not None:
            return cls(kind, slot.min_digits, slot.max_digits)
        return cls(kind, _FEWEST_PHONE_DIGITS) if kind is SlotKind.PHONE else cls(kind)


def endpoint_ms(language: Language, question: Question, text: str = "") -> int:
    """Silence that ends a turn of the words `text`.

    Pauses inside numbers and spellings are long, after a plain yes there is nothing more to come, and whoever stops at
    "my number is", or after a letter, goes on.
    """
    ms = _by_answer(language, question, text) if words_of(text) else _by_question(question)
    return max(ms, OPEN_END_MS) if is_open_ended(language, text) else ms


def is_open_ended(language: Language, text: str) -> bool:
    """Whether the last of the words shows that more has to come."""
    words = words_of(text)
    if not words or text.rstrip().endswith(("?", "!")):
        return False
    return language.goes_on(words)


def _by_question(question: Question) -> int:
    return _OPEN_QUESTION_MS if question.kind is None else _ENDPOINT_MS[question.kind]


def _by_answer(language: Language, question: Question, text: str) -> int:
    words = words_of(text)
    least = _MORE_LIKELY_MS if text.rstrip().endswith(",") and len(words) > 1 else 0
    match question.kind:
        case SlotKind.YES_NO if yes_or_no(text, language) is not None:
            return _PLAIN_ANSWER_MS
        case SlotKind.PHONE | SlotKind.DIGITS:
            return _of_digits(question, digits_of(language.in_english(text)))
        case SlotKind.NAME if len(words[-1]) == 1:
            return _of_letters(words)
        case SlotKind.DATE if day_is_open(language.in_english(text)):
            return _MORE_LIKELY_MS
        case _:
            return max(least, _by_question(question))


def _of_digits(question: Question, digits: str) -> int:
    if not digits:
        return _MORE_LIKELY_MS
    if len(digits) < question.least_digits:
        return _UNFINISHED_MS
    if question.kind is SlotKind.PHONE:
        return _WHOLE_NUMBER_MS if len(digits) >= _phone_digits(digits) else _IN_GROUPS_MS
    if question.most_digits is not None and len(digits) >= question.most_digits:
        return _WHOLE_NUMBER_MS
    return _MAYBE_WHOLE_MS if question.least_digits > 1 else _IN_GROUPS_MS


def _phone_digits(digits: str) -> int:
    """How many a whole telephone number has: ten, and one more behind a country's 1 or the 0 before an area."""
    return _PHONE_DIGITS + (digits[0] in "01")


def _of_letters(words: list[str]) -> int:
    """A name that was said before it was spelled is whole with its last letter."""
    letters = ""
    while words and len(words[-1]) == 1:
        letters = words.pop() + letters
    return _WHOLE_NUMBER_MS if letters in words else _IN_GROUPS_MS
