"""When people are there, as a file says it: `mon-fri: 08:00-17:00`."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time

from shared.core.agent import Hours

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHEN = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")


def read(said: Mapping[str, str], closed_on: Iterable[date]) -> Hours | None:
    """The hours; None for always. Raises ValueError, with what is wrong and the fix."""
    if not said:
        return None
    days: dict[int, tuple[time, time]] = {}
    for which, when in said.items():
        for day in _days(which):
            days[day] = _between(when)
    return Hours(days, frozenset(closed_on))


def _days(which: str) -> range:
    first, _, last = which.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS or _DAYS.index(last or first) < _DAYS.index(first):
        raise ValueError(f"`{which}` names no days; use such as mon-fri or sat")
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _between(when: str) -> tuple[time, time]:
    found = _WHEN.fullmatch(when.strip())
    try:
        opens, closes = (time.fromisoformat(text) for text in found.groups()) if found else (time(), time())
    except ValueError:
        opens = closes = time()
    if opens >= closes:
        raise ValueError(f"`{when}` is no time from and to; use such as 08:00-17:00")
    return opens, closes
