"""The state each alarm would have, by CloudWatch's rules.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cli.watch.definition import Alarm
from cli.watch.figures import Figures, added_up

EVERY_MS = 60_000
"""CloudWatch looks once a minute, at a window that slides along."""


class State(StrEnum):
    OK = "ok"
    ALARM = "alarm"
    UNKNOWN = "not measured here"


@dataclass(frozen=True, slots=True)
class Rang:
    """From when to when; `until_ms` is None while it rings."""

    since_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class History:
    state: State
    value: float | None
    """Of the last period."""
    rang: tuple[Rang, ...]


def history(alarm: Alarm, figures: Figures, begin_ms: int, end_ms: int) -> History:
    """How it went, looked at each minute from `begin_ms` to `end_ms`; the minute under way counts already."""
    if not alarm.metrics:
        return History(State.UNKNOWN, None, ())
    rang = tuple(_rang(alarm, figures, begin_ms, end_ms))
    state = State.ALARM if rang and rang[-1].until_ms is None else State.OK
    return History(state, _value(alarm, figures, (end_ms // EVERY_MS + 1) * EVERY_MS), rang)


def rings(alarm: Alarm, figures: Figures, end_ms: int) -> bool:
    """Whether each of the periods that end with `end_ms` was bad."""
    ends = (end_ms - 1000 * alarm.period_s * number for number in range(alarm.periods))
    return all(_is_bad(alarm, _value(alarm, figures, end)) for end in ends)


def _rang(alarm: Alarm, figures: Figures, begin_ms: int, end_ms: int) -> Iterator[Rang]:
    since: int | None = None
    for minute in range(begin_ms // EVERY_MS + 1, end_ms // EVERY_MS + 2):
        at = minute * EVERY_MS
        bad = rings(alarm, figures, at)
        if bad and since is None:
            since = at
        elif not bad and since is not None:
            yield Rang(since, at)
            since = None
    if since is not None:
        yield Rang(since, None)


def _value(alarm: Alarm, figures: Figures, end_ms: int) -> float | None:
    begin_ms = end_ms - 1000 * alarm.period_s
    return added_up(figures.over(metric, begin_ms, end_ms) for metric in alarm.metrics)


def _is_bad(alarm: Alarm, value: float | None) -> bool:
    if value is None:
        return not alarm.silence_is_good
    return value < alarm.threshold if alarm.below else value >= alarm.threshold
