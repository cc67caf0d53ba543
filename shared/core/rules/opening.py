"""When a rule's hours are open, in every zone at once, over changes of the clocks."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.core.rules import holidays
from shared.core.rules.rule import Hours

_DAYS_AHEAD = 15
"""No rule closes for longer than this; further on, the search says that it found nothing."""


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name; None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def opens_in(hours: Hours, zone: str, at: datetime) -> datetime | None:
    """`at` itself if it is open then in the zone, otherwise when it next is; None if that is too far ahead."""
    clock = zone_of(zone)
    if clock is None:
        return None
    day = at.astimezone(clock).date()
    for ahead in range(_DAYS_AHEAD):
        span = _open_span(hours, zone, date.fromordinal(day.toordinal() + ahead))
        if span is not None and at < span[1]:
            return max(at, span[0])
    return None


@lru_cache(maxsize=65_536)
def _open_span(hours: Hours, zone: str, day: date) -> tuple[datetime, datetime] | None:
    """The day's window in UTC. When the clocks give a time twice it opens with the second and closes with the first."""
    window = hours.week[day.weekday()]
    if hours.holidays and window is not None and holidays.on(hours.holidays, day):
        window = hours.on_holidays
    clock = zone_of(zone)
    if window is None or clock is None:
        return None
    opens = max(_instants(day, window.opens, clock))
    closes = min(_instants(day, window.closes, clock))
    return (opens, closes) if opens < closes else None


def _instants(day: date, at: time, clock: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, at, clock)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def clock_reads(zone: str, at: datetime) -> str:
    """Such as `Friday 21:14`."""
    clock = zone_of(zone)
    return f"{at.astimezone(clock):%A %H:%M}" if clock else "unknown"


def holiday_in(hours: Hours, zone: str, at: datetime) -> str | None:
    """The name of the holiday it then is there; None otherwise."""
    clock = zone_of(zone)
    return holidays.on(hours.holidays, at.astimezone(clock).date()) if clock else None


def day_begins(day: date, zone: str) -> datetime:
    """The first instant of a day there, in UTC."""
    return datetime.combine(day, time(), zone_of(zone) or UTC).astimezone(UTC)
