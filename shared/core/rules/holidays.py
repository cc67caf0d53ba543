"""Holidays, computed by rule for any year."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

_DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


class Weekends(Enum):
    """What becomes of a holiday with a fixed date that falls on a weekend. Both days are holidays then."""

    STAYS = "stays"
    NEAREST_WEEKDAY = "nearest weekday"
    """Saturday: the Friday before; Sunday: the Monday after (5 U.S.C. 6103)."""


@dataclass(frozen=True, slots=True)
class Fixed:
    name: str
    month: int
    day: int
    weekends: Weekends = Weekends.NEAREST_WEEKDAY


@dataclass(frozen=True, slots=True)
class Nth:
    """The nth weekday of a month (0 is Monday); -1 is the last one. `after` days are added."""

    name: str
    month: int
    weekday: int
    nth: int
    after: int = 0


@dataclass(frozen=True, slots=True)
class FromEaster:
    """So many days after Easter Sunday of the western churches, or before it."""

    name: str
    days: int


type Holiday = Fixed | Nth | FromEaster


def on(holidays: tuple[Holiday, ...], day: date) -> str | None:
    """The name of the holiday that day is, or is kept on; None on any other day."""
    return _of_year(holidays, day.year).get(day)


@lru_cache(maxsize=512)
def _of_year(holidays: tuple[Holiday, ...], year: int) -> dict[date, str]:
    """Also those of the next year that are kept in this one: New Year's Day on a Saturday."""
    days = {}
    for of in (year - 1, year, year + 1):
        for holiday in holidays:
            for day in _days(holiday, of):
                if day.year == year:
                    days[day] = holiday.name
    return days


def _days(holiday: Holiday, year: int) -> tuple[date, ...]:
    match holiday:
        case Fixed():
            return _fixed(holiday, date(year, holiday.month, holiday.day))
        case Nth():
            return (_nth(holiday, year) + holiday.after * _DAY,)
        case FromEaster():
            return (easter(year) + holiday.days * _DAY,)


def _fixed(holiday: Fixed, day: date) -> tuple[date, ...]:
    if holiday.weekends is Weekends.STAYS or day.weekday() < SATURDAY:
        return (day,)
    return (day, day - _DAY if day.weekday() == SATURDAY else day + _DAY)


def _nth(holiday: Nth, year: int) -> date:
    if holiday.nth > 0:
        first = date(year, holiday.month, 1)
        return first + ((holiday.weekday - first.weekday()) % 7 + 7 * (holiday.nth - 1)) * _DAY
    last = date(year + holiday.month // 12, holiday.month % 12 + 1, 1) - _DAY
    return last - ((last.weekday() - holiday.weekday) % 7) * _DAY


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher's method)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
