"""Whether what a person says is the secret they were asked for: compared here, and known to nobody else."""

import re
from datetime import date

from shared.core.facts import FactKind
from shared.core.languages import english
from shared.core.languages.language import Language
from shared.core.numbers import digits_of
from shared.core.words import words_of

_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")


def proves(kind: FactKind, secret: str, said: str, language: Language) -> bool:
    """Whether `said`, spoken or typed, is the secret and nothing else: a day of birth, or digits such as a ZIP code."""
    plain = _ORDINAL.sub("", language.in_english(said).lower())
    if kind is FactKind.DATE:
        return _is_day(date.fromisoformat(secret), plain)
    digits = digits_of(secret)
    return digits != "" and digits_of(plain) == digits


def most_digits(kind: FactKind, secret: str) -> int:
    """How many keys an entry has; a day is typed as MMDDYYYY."""
    return 8 if kind is FactKind.DATE else len(digits_of(secret))


def _is_day(day: date, plain: str) -> bool:
    words, digits = words_of(plain), digits_of(plain)
    years = {f"{day.year}", f"{day:%y}"}
    if day.year >= 2000 and "thousand" in words:
        years.add(f"2{day.year % 1000 or ''}")
    months = {english.MONTHS[word] for word in words if word in english.MONTHS}
    if months:
        return months == {day.month} and digits in {f"{day.day}{year}" for year in years} | {
            f"{day.day:02d}{year}" for year in years
        }
    both = [(f"{day.month}", f"{day.day}"), (f"{day.month:02d}", f"{day.day:02d}")]
    orders = [pair for month, number in both for pair in (month + number, number + month)]
    return digits in {order + year for order in orders for year in years} | {f"{day:%Y%m%d}"}
