"""Whether what the caller said fills a slot, and how a value is said back.

The model passes on the caller's words; here they become a value or a reason why not. The model proposes, this disposes.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import assert_never

from shared.core.agent import Slot, SlotKind
from shared.core.languages import english
from shared.core.languages.language import Language
from shared.core.numbers import day_of, digits_of, number_of, times_of
from shared.core.words import fold, words_of

_SPELLABLE = re.compile(r"[A-Za-z'-]+")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The canonical value: see `shared.core.numbers`; a choice is spelled as in the agent file."""

    value: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """It cannot be this. `said` is what was proposed."""

    said: str


def accept(
    slot: Slot,
    said: str,
    *,
    language: Language,
    today: date,
    options: Sequence[str] = (),
    offered: Sequence[str] = (),
) -> Accepted | Rejected:
    """Understand `said` as a value for `slot`.

    With `options`, only one of these canonical values will do; "the second one" counts within those `offered` aloud.
    """
    said = said.strip()[:500]
    if options:
        value = _pick(slot.kind, said, language, options, offered or options)
    else:
        value = _read(slot, said, language, today)
    return Rejected(said) if value is None else Accepted(value)


def say(kind: SlotKind, value: str, language: Language) -> str:
    """A canonical value as it is said aloud."""
    match kind:
        case SlotKind.DATE:
            return language.day(date.fromisoformat(value))
        case SlotKind.TIME:
            return language.time(time.fromisoformat(value))
        case SlotKind.PHONE | SlotKind.DIGITS:
            return language.digits(value)
        case SlotKind.NUMBER:
            return language.number(int(value))
        case SlotKind.YES_NO:
            return language.answer(value)
        case SlotKind.CHOICE | SlotKind.NAME | SlotKind.EMAIL | SlotKind.TEXT:
            return value
    assert_never(kind)


def say_to_check(kind: SlotKind, value: str, language: Language) -> str:
    """The same for a value that may be wrong: what is easily misheard is spelled, the surname of a name."""
    if kind is SlotKind.NAME:
        surname = value.split()[-1]
        return f"{value}, {language.spelled(surname)}" if _SPELLABLE.fullmatch(surname) else value
    if kind is SlotKind.EMAIL:
        return language.email(value)
    return say(kind, value, language)


def narrowed(kind: SlotKind, said: str, language: Language, options: Sequence[str]) -> tuple[str, ...]:
    """The options that `said` leaves, when it names a part of the day rather than a time; none when it does not."""
    words = set(words_of(language.in_english(said)))
    if kind is not SlotKind.TIME or not words & (english.MORNING | english.AFTERNOON):
        return ()
    late = bool(words & english.AFTERNOON)
    return tuple(option for option in options if (option >= "12:00") == late)


def yes_or_no(said: str, language: Language) -> bool | None:
    """True or False when the whole of `said` is a plain yes or no; None when it says more, or something else."""
    whole = " ".join(words_of(said))
    words = [word for word in words_of(said) if word not in language.fillers | language.pointing]
    if whole in language.yes or (words and all(word in language.yes for word in words)):
        return True
    if whole in language.no or (words and all(word in language.no for word in words)):
        return False
    return None


def _pick(kind: SlotKind, said: str, language: Language, options: Sequence[str], offered: Sequence[str]) -> str | None:
    if said in options:
        return said
    plain = language.in_english(said)
    words = set(words_of(plain))
    if words & english.EARLIEST:
        return options[0]
    if words & english.LATEST:
        return offered[-1]
    place = next((english.ORDINALS[word] for word in words_of(plain) if word in english.ORDINALS), None)
    if place is not None and kind is SlotKind.TIME:
        return offered[place - 1] if place <= len(offered) else None
    if kind is SlotKind.TIME:
        meant = [moment.isoformat("minutes") for moment in times_of(plain)]
        fits = [value for value in meant if value in options]
        if fits or meant:
            return fits[0] if fits else None
        inside = narrowed(kind, said, language, options)
        return inside[0] if len(inside) == 1 else None
    return next((option for option in options if set(words_of(option)) <= words | set(words_of(said))), None)


def _read(slot: Slot, said: str, language: Language, today: date) -> str | None:
    plain = language.in_english(said)
    match slot.kind:
        case SlotKind.CHOICE:
            return _choice(slot, said)
        case SlotKind.DATE:
            day = day_of(plain, today)
            return None if day is None or day < today else day.isoformat()
        case SlotKind.TIME:
            return next((moment.isoformat("minutes") for moment in times_of(plain)), None)
        case SlotKind.NAME:
            return _name(said, language)
        case SlotKind.PHONE:
            digits = digits_of(plain)
            return digits if 7 <= len(digits) <= 15 else None
        case SlotKind.DIGITS:
            digits = digits_of(plain)
            return digits if slot.min_digits <= len(digits) <= slot.max_digits else None
        case SlotKind.NUMBER:
            number = number_of(plain)
            return None if number is None else str(number)
        case SlotKind.EMAIL:
            return _email(said)
        case SlotKind.YES_NO:
            answer = yes_or_no(said, language)
            return None if answer is None else "yes" if answer else "no"
        case SlotKind.TEXT:
            return said or None
    assert_never(slot.kind)


def _choice(slot: Slot, said: str) -> str | None:
    heard = f" {' '.join(words_of(said))} "
    best: tuple[int, str] | None = None
    for value, others in slot.choices.items():
        for phrase in (value, *others):
            spoken = f" {' '.join(words_of(phrase))} "
            if spoken in heard and (best is None or len(spoken) > best[0]):
                best = (len(spoken), value)
    return None if best is None else best[1]


def _name(said: str, language: Language) -> str | None:
    text = "".join(char for char in said if char.isalnum() or char in " '.-" or _is_mark(char)).strip(" .")
    words = _without(text.split(), language.name_leads, language.name_tails)
    words = [word for word in words if fold(word) not in language.fillers]
    no_names = language.yes | language.no | language.pointing | language.pleased
    if any(fold(word) in no_names for word in words):
        return None
    if not 1 <= len(words) <= 5 or any(not word[0].isalpha() or re.search(r"\d", word) for word in words):
        return None
    return " ".join(word[:1].upper() + word[1:] for word in words)


def _without(words: list[str], leads: Sequence[str], tails: Sequence[str]) -> list[str]:
    """A name without what was said before and after it."""
    folded = fold(" ".join(words))
    lead = next((lead for lead in leads if folded.startswith(f"{lead} ")), "")
    tail = next((tail for tail in tails if folded.endswith(f" {tail}")), "")
    return words[len(lead.split()) : len(words) - len(tail.split())]


def _is_mark(char: str) -> bool:
    """Vowel signs and accents that stand by themselves belong to the letter before them."""
    return unicodedata.category(char).startswith("M")


def _email(said: str) -> str | None:
    typed = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", said)
    if typed:
        return typed[0].lower().rstrip(".")
    parts = [english.EMAIL_WORDS.get(word, word) for word in words_of(said)]
    joined = "".join(parts)
    return joined if re.fullmatch(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", joined) else None
