"""What a business event tells an agent about the person it calls: typed, checked, and said as people say it.

Values are canonical text, whatever system they come from: a date 2026-11-24, a time 15:30, a moment
2026-11-24T15:30-05:00, money "120.50 USD", digits as they stand.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from shared.core.languages.language import Language

MAX_CHARS = 300
_MONEY = re.compile(r"(\d{1,9}(?:\.\d{1,2})?) ([A-Z]{3})")


class FactKind(StrEnum):
    TEXT = "text"
    NAME = "name"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    """A day and a time of day, with its zone."""
    MONEY = "money"
    NUMBER = "number"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class EventFact:
    name: str
    kind: FactKind = FactKind.TEXT
    secret: bool = False
    """Known to the core alone, to be compared with: never said, shown to the model, logged or written down."""
    optional: bool = False


def problems(facts: Sequence[EventFact], given: Mapping[str, str]) -> list[str]:
    """What is wrong with the facts of an event, a line each; values are not repeated."""
    missing = [fact.name for fact in facts if not fact.optional and not given.get(fact.name)]
    wrong = [fact for fact in facts if given.get(fact.name) and not _is_sound(fact.kind, given[fact.name])]
    return [f"{name}: is missing" for name in missing] + [f"{fact.name}: is no {fact.kind}" for fact in wrong]


def spoken(facts: Sequence[EventFact], given: Mapping[str, str], language: Language, timezone: str) -> dict[str, str]:
    """The facts that may be said, as they are said: moments by the clock of `timezone`."""
    known = [fact for fact in facts if given.get(fact.name) and not fact.secret]
    return {fact.name: _say(fact.kind, given[fact.name], language, timezone) for fact in known}


def _say(kind: FactKind, value: str, language: Language, timezone: str) -> str:
    match kind:
        case FactKind.TEXT | FactKind.NAME:
            return value
        case FactKind.DATE:
            return language.day(date.fromisoformat(value))
        case FactKind.TIME:
            return language.time(time.fromisoformat(value))
        case FactKind.MOMENT:
            at = datetime.fromisoformat(value).astimezone(ZoneInfo(timezone))
            return language.moment(at.date(), at.time())
        case FactKind.MONEY:
            amount, _, currency = value.partition(" ")
            return language.money(Decimal(amount), currency)
        case FactKind.NUMBER:
            return language.number(int(value))
        case FactKind.DIGITS:
            return language.digits(value)
    assert_never(kind)


def _is_sound(kind: FactKind, value: str) -> bool:
    try:
        match kind:
            case FactKind.TEXT | FactKind.NAME:
                return len(value) <= MAX_CHARS and value.isprintable()
            case FactKind.DATE:
                date.fromisoformat(value)
            case FactKind.TIME:
                time.fromisoformat(value)
            case FactKind.MOMENT:
                return datetime.fromisoformat(value).tzinfo is not None
            case FactKind.MONEY:
                return _MONEY.fullmatch(value) is not None
            case FactKind.NUMBER:
                int(value)
            case FactKind.DIGITS:
                return value.isascii() and value.isdecimal() and len(value) <= MAX_CHARS
            case _:
                assert_never(kind)
    except (ValueError, InvalidOperation):
        return False
    return True
