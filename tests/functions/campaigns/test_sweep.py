"""Chains that nobody waits for get another execution, one an hour."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from functions.campaigns.sweep import GRACE, MOST, Sweeping, sweep
from tests.executions import FakeExecutions
from tests.usecases.outreach import NOW


class Left:
    """Chains of one campaign that somebody waited for until NOW."""

    def __init__(self, count: int) -> None:
        self._count = count

    def left(self, campaign: str, before: datetime) -> Iterator[str]:
        return (f"{campaign}-{number}" for number in range(self._count) if before > NOW)


def test_what_is_left_for_a_while_begins_anew_once_an_hour() -> None:
    executions = FakeExecutions()
    deps = Sweeping(["reminder", "survey"], Left(1), executions)

    sweep(deps, NOW + GRACE)
    assert executions.started == {}
    for minutes in (16, 31, 46):
        sweep(deps, NOW + timedelta(minutes=minutes))

    assert executions.started == {
        "reminder-0-2026112315": {"chain": "reminder-0"},
        "survey-0-2026112315": {"chain": "survey-0"},
    }
    sweep(deps, NOW + timedelta(hours=1))
    assert len(executions.started) == 4


def test_many_begin_by_and_by() -> None:
    executions = FakeExecutions()
    deps = Sweeping(["reminder"], Left(MOST + 3), executions)

    for minutes in (16, 31):
        sweep(deps, NOW + timedelta(minutes=minutes))

    assert len(executions.started) == MOST + 3
