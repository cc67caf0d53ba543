"""An alarm has the state that CloudWatch would give it."""

from dataclasses import replace

import pytest

from cli.watch.alarms import Rang, State, history, rings
from cli.watch.definition import Alarm, Metric
from cli.watch.emf import Sample
from cli.watch.figures import Figures
from tests.cli.watch.lines import BEGIN_MS, MINUTE_MS

ONE = frozenset({("service", "streaming")})
REFUSED, FAULTS = Metric("Refused", "Sum", (ONE,)), Metric("ProviderFaults", "Sum", (ONE,))
FAIL = Alarm("CallsFail", "", "", (REFUSED, FAULTS), None, 300, 1, 5, False, True)
SLOW = Alarm("AnswersSlow", "", "", (Metric("HeardGap", "p95", (ONE,)),), None, 300, 3, 3_000, False, True)
TASKS = Alarm("NoTaskLives", "", "", (Metric("Healthy", "Maximum", (ONE,)),), None, 60, 3, 1, True, False)


def figures(figure: str, *minutes: float, value: float = 1.0) -> Figures:
    found = Figures()
    found.add(Sample(figure, ONE, BEGIN_MS + round(minute * MINUTE_MS), value) for minute in minutes)
    return found


def at(minute: float) -> int:
    return BEGIN_MS + round(minute * MINUTE_MS)


def test_metrics_are_added_up_within_the_period() -> None:
    found = figures("Refused", 0.1, 1.1, 2.1)
    found.add([Sample("ProviderFaults", ONE, at(minute), 1.0) for minute in (3.1, 4.1)])

    assert not rings(FAIL, found, at(4))
    assert rings(FAIL, found, at(5))


def test_the_window_slides_by_the_minute() -> None:
    found = figures("Refused", *(3.1 + number / 10 for number in range(5)), 9.5)

    assert history(FAIL, found, at(0), at(9.5)).rang == (Rang(at(4), at(9)),)


def test_an_alarm_rings_until_it_is_over() -> None:
    found = figures("Refused", *[0.1] * 5)

    assert history(FAIL, found, at(0), at(2)).state is State.ALARM
    assert history(FAIL, found, at(0), at(2)).rang == (Rang(at(1), None),)
    assert history(FAIL, found, at(0), at(7)).state is State.OK


def test_the_minute_under_way_counts_already() -> None:
    found = figures("Refused", *[0.1] * 5)

    assert history(FAIL, found, at(0), at(0.2)).state is State.ALARM
    assert history(FAIL, found, at(0), at(0.2)).value == 5


@pytest.mark.parametrize(
    ("slow", "expected"), [((1, 6, 11), True), ((1, 6), False), ((6, 11), False), ((1, 11), False)]
)
def test_slow_answers_ring_when_they_last(slow: tuple[float, ...], expected: bool) -> None:
    assert rings(SLOW, figures("HeardGap", *slow, value=3_200.0), at(15)) is expected


def test_one_quick_period_keeps_it_quiet() -> None:
    found = figures("HeardGap", 1, 6, 11, value=3_200.0)
    found.add([Sample("HeardGap", ONE, at(6.5), 900.0)] * 20)

    assert not rings(SLOW, found, at(15))


def test_silence_of_callers_is_good_and_silence_of_tasks_is_bad() -> None:
    assert not rings(SLOW, Figures(), at(15))
    assert rings(TASKS, Figures(), at(15))
    assert not rings(TASKS, figures("Healthy", 14.5), at(15))
    assert rings(TASKS, figures("Healthy", 12.5, 13.5, 14.5, value=0.0), at(15))


def test_what_only_aws_measures_is_not_guessed() -> None:
    alarm = replace(TASKS, metrics=(), measured_by="the load balancer")

    assert history(alarm, Figures(), at(0), at(5)).state is State.UNKNOWN
