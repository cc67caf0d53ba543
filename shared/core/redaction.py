"""Cards' numbers that callers say or type where they could be read: taken out before anything else sees the words.

A number of 13 digits or more is withheld unless it was asked for and is none of a card's; so what a recogniser misheard
is withheld too. Part of one is known by where it stands: in groups of four, or behind another part. Sources: ISO/IEC
7812 (lengths, issuers' first digits, check digit); PCI DSS 3.4 (the first six digits may be kept).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.core.agent import Slot, SlotKind
from shared.core.events import FinalHeard, PartialHeard
from shared.core.languages import english
from shared.core.languages.language import Language
from shared.core.words import words_of

CARD: Final = "[card number]"
SECURITY_CODE: Final = "[security code]"

SHORTEST, LONGEST = 13, 19
PART: Final = 8
"""Fewer digits in a row give no card away."""
REST: Final = 4
"""As many, behind a part of a card, are its rest."""
_PHONE_MOST: Final = 14
"""Telephone numbers of 15 digits exist on paper only."""

_ISSUERS = re.compile(r"4|5[0-8]|2[2-7]|3[04-9]|6[0-9]")
_MAESTRO = re.compile(r"5[0678]|6")
_BY_LENGTH = {
    14: re.compile(r"3[0689]"),
    15: re.compile(r"3[47]"),
    16: re.compile(r"4|5[0-8]|2[2-7]|35|6"),
    17: _MAESTRO,
    18: _MAESTRO,
    19: re.compile(r"4|5[0678]|6"),
}
"""How cards of so many digits begin."""
_ASKED = (SlotKind.PHONE, SlotKind.DIGITS, SlotKind.NUMBER)
_BETWEEN = frozenset("um uh er erm hmm and then dash hyphen space so ok okay right the next is it's".split())
"""What people say between groups of digits."""
_MISHEARD = {"for": "4", "to": "2", "too": "2", "won": "1", "ate": "8", "tree": "3", "sex": "6"}
"""Between digits these are digits."""
_GROUPED = re.compile(r"\d(?:[-./,]?\d)*")
_CODE_NAMED = re.compile(
    r"\b(?:c ?v ?[vc] ?2?|cid|security (?:code|number)|verification (?:code|number|value)|card code"
    r"|(?:three|four|3|4) (?:digits|numbers)(?: on the (?:back|front))?)$"
)
_CODE_FAR: Final = 4
"""Words between what names a security code and its digits."""


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def holds_card(digits: str) -> bool:
    """Whether some of these digits in a row are a card's number."""
    return any(
        begins.match(piece := digits[at : at + size]) and luhn(piece)
        for size, begins in _BY_LENGTH.items()
        for at in range(len(digits) - size + 1)
    )


def is_card(digits: str, slot: Slot | None, *, takes_cards: bool = False) -> bool:
    """Whether these digits, said or typed in a row while `slot` is asked for, are a card's number or much of one."""
    asked = _asked_for(slot)
    if len(digits) >= SHORTEST:
        most = 0 if slot is None or not asked else slot.max_digits if slot.kind is SlotKind.DIGITS else _PHONE_MOST
        return len(digits) > most or holds_card(digits)
    if asked or len(digits) < PART or not _ISSUERS.match(digits):
        return False
    return takes_cards or len(digits) % 4 == 0


def _asked_for(slot: Slot | None) -> bool:
    return slot is not None and slot.kind in _ASKED


@dataclass(frozen=True, slots=True)
class _Run:
    """Words `start` to `end` that are digits, one after the other."""

    start: int
    end: int
    digits: str


@dataclass(slots=True)
class Redaction:
    """One call's. What is said in several pieces is known by the digits that the last one ended with."""

    language: Language
    _before: str = ""

    def of(
        self, heard: PartialHeard | FinalHeard, slot: Slot | None, *, takes_cards: bool, begun: bool = False
    ) -> PartialHeard | FinalHeard:
        """The same without cards' numbers, and, from who takes cards, without their security codes.

        `begun` if the words before these were a card's number, or a part of one: then the next digits are its rest.
        """
        words = heard.text.split()
        runs = list(_runs(words, self.language))
        cards = {run.start for run in runs if self._is_card(run, runs[0], slot, takes_cards)}
        if begun and runs and len(runs[0].digits) >= REST and not _asked_for(slot):
            cards.add(runs[0].start)
        codes = {run.start for run in runs if takes_cards and slot is None and _is_code(words, run)} - cards
        if isinstance(heard, FinalHeard):
            self._remember(words, runs)
        if not cards and not codes:
            return heard
        hidden = [(run, CARD if run.start in cards else SECURITY_CODE) for run in runs if run.start in cards | codes]
        text = " ".join(_without(words, hidden))
        if isinstance(heard, FinalHeard):
            return replace(heard, text=text, words=())
        stable = len(" ".join(_without(words[: heard.stable_words], hidden)).split())
        return replace(heard, text=text, stable_words=min(stable, len(text.split())))

    def _is_card(self, run: _Run, first: _Run, slot: Slot | None, takes_cards: bool) -> bool:
        if is_card(run.digits, slot, takes_cards=takes_cards):
            return True
        digits = self._before + run.digits if run is first and run.start == 0 else ""
        if _asked_for(slot):
            return holds_card(digits)  # said again, most likely
        return len(digits) <= LONGEST and is_card(digits, slot, takes_cards=takes_cards)

    def _remember(self, words: Sequence[str], runs: Sequence[_Run]) -> None:
        """The digits that these words end with; those before them too, if there is nothing else."""
        last = runs[-1] if runs and runs[-1].end == len(words) else None
        if last is None:
            self._before = ""
            return
        self._before = ((self._before if last.start == 0 else "") + last.digits)[-LONGEST:]


def _without(words: Sequence[str], hidden: Sequence[tuple[_Run, str]]) -> Iterator[str]:
    """The words, with each hidden run as its placeholder."""
    at = 0
    for run, placeholder in hidden:
        yield from words[at : run.start]
        if run.start < len(words):
            yield placeholder
        at = run.end
    yield from words[at:]


def _runs(words: Sequence[str], language: Language) -> Iterator[_Run]:
    """The digits in `words`, in figures or spoken, where nothing else is between them."""
    start, end, digits, repeat, tens = 0, 0, "", 1, False
    for at, word in enumerate([*words, ""]):
        parts = _parts(word, language)
        found = "".join(part for part in parts if part.isdecimal())
        plain = parts[0] if parts else ""
        if digits and not found and plain in _MISHEARD and at + 1 < len(words) and _digits(words[at + 1], language):
            found, parts = _MISHEARD[plain], [_MISHEARD[plain]]
        if found and all(part.isdecimal() for part in parts):
            if not digits:
                start = at
            if tens and len(found) == 1 and found != "0" and digits.endswith("0"):
                digits = digits[:-1] + found
            else:
                digits += found * repeat
            end, repeat, tens = at + 1, 1, len(found) == 2 and words_of(word)[-1] in english.TENS
            continue
        tens = False
        if plain in english.REPEATS:
            repeat = english.REPEATS[plain]
            continue
        repeat = 1
        if digits and word and plain in _BETWEEN:
            continue
        if digits:
            yield _Run(start, end, digits)
        digits = ""


def _digits(word: str, language: Language) -> bool:
    parts = _parts(word, language)
    return bool(parts) and all(part.isdecimal() for part in parts)


def _parts(word: str, language: Language) -> list[str]:
    """The word as digits, or as what it is: "4242-4242" is 42424242, "forty-two" 42."""
    bare = word.strip(".,;:!?\"'()#")
    if _GROUPED.fullmatch(bare):
        return ["".join(char for char in bare if char.isdecimal())]
    parts = words_of(bare if bare.isascii() else language.in_english(bare))
    if len(parts) == 2 and parts[0] in english.TENS and 0 < english.UNITS.get(parts[1], 0) < 10:
        return [str(english.TENS[parts[0]] + english.UNITS[parts[1]])]
    spoken = english.UNITS | english.TENS
    return [english.DIGIT_WORDS.get(part) or str(spoken.get(part, part)) for part in parts]


def _is_code(words: Sequence[str], run: _Run) -> bool:
    """Whether a security code is what these digits were called."""
    if len(run.digits) not in (3, 4):
        return False
    named = range(max(0, run.start - _CODE_FAR), run.start + 1)
    plain = [" ".join(words_of(" ".join(words[:at]))) for at in named]
    behind = " ".join(words_of(" ".join(words[run.end : run.end + _CODE_FAR])))
    after = re.match(r"(?:is|for) (?:my|the) (?:\w+ )?", behind)
    return any(_CODE_NAMED.search(text) for text in plain) or (
        after is not None and any(_CODE_NAMED.search(behind[:end]) for end in range(after.end(), len(behind) + 1))
    )
