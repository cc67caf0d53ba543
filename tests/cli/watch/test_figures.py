"""Statistics by period are CloudWatch's."""

import math
from fractions import Fraction

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.watch.definition import Metric
from cli.watch.emf import Sample
from cli.watch.figures import MOST_SAMPLES, Figures, percentile, statistic

STREAMING = frozenset({("service", "streaming")})
TELEPHONY = frozenset({("service", "telephony")})
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
TIMES = st.lists(st.tuples(st.integers(0, 600_000), st.integers(0, 5_000)), min_size=1, max_size=60)


def figures(*at: tuple[int, float], by: frozenset[tuple[str, str]] = STREAMING) -> Figures:
    found = Figures()
    found.add(Sample("HeardGap", by, at_ms, value) for at_ms, value in at)
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sum", 1500.0),
        ("Average", 300.0),
        ("Minimum", 100.0),
        ("Maximum", 500.0),
        ("SampleCount", 5.0),
        ("p50", 300.0),
        ("p95", 500.0),
        ("p20", 100.0),
        ("p20.1", 200.0),
    ],
)
def test_a_statistic_by_hand(name: str, value: float) -> None:
    assert statistic([500, 100, 400, 200, 300], name) == value


def test_there_is_no_statistic_of_nothing() -> None:
    assert statistic([], "Sum") is None


@given(VALUES, st.integers(1, 100))
def test_a_percentile_is_numpys(values: list[float], percent: int) -> None:
    assert percentile(values, percent) == numpy.percentile(values, percent, method="inverted_cdf")


@given(VALUES, st.decimals(0, 100, places=1))
def test_at_least_so_many_percent_do_not_exceed_a_percentile(values: list[float], percent: object) -> None:
    found = percentile(values, float(str(percent)))
    share, wanted = Fraction(sum(value <= found for value in values), len(values)), Fraction(str(percent)) / 100
    less = Fraction(sum(value < found for value in values), len(values))

    assert found in values
    assert share >= wanted
    assert less < wanted or found == min(values)


@given(TIMES, st.sampled_from([10, 60, 300]))
def test_each_sample_counts_in_exactly_one_period(at: list[tuple[int, int]], period_s: int) -> None:
    metric = Metric("HeardGap", "SampleCount", (STREAMING,))
    found = figures(*at).by_period(metric, min(at)[0], max(at)[0] + 1, period_s)

    expected: dict[int, float] = {}
    for at_ms, _ in at:
        begin = at_ms - at_ms % (1000 * period_s)
        expected[begin] = expected.get(begin, 0) + 1
    assert found == expected


@given(TIMES, st.sampled_from(["Sum", "Average", "Maximum", "p95", "p50"]), st.randoms())
def test_the_order_in_which_lines_are_read_changes_nothing(
    at: list[tuple[int, int]], stat: str, chance: object
) -> None:
    metric = Metric("HeardGap", stat, (STREAMING,))
    shuffled = sorted(at, key=lambda _: chance.random())  # type: ignore[attr-defined]

    assert figures(*at).over(metric, 0, 600_001) == figures(*shuffled).over(metric, 0, 600_001)


def test_the_end_of_a_period_belongs_to_the_next() -> None:
    metric = Metric("HeardGap", "Sum", (STREAMING,))

    assert figures((59_999, 1), (60_000, 2)).by_period(metric, 0, 120_000, 60) == {0: 1.0, 60_000: 2.0}


def test_several_sets_of_dimensions_are_added_up_and_nothing_is_made_up() -> None:
    found = figures((1, 2), (2, 3))
    found.add([Sample("HeardGap", TELEPHONY, 1, 10.0)])
    both = Metric("HeardGap", "Sum", (STREAMING, TELEPHONY))

    assert found.over(both, 0, 2) == 12
    assert found.over(both, 2, 3) == 3
    assert found.over(both, 3, 4) is None


def test_the_oldest_samples_make_room() -> None:
    found = Figures()
    found.add(Sample("Calls", STREAMING, at, 1.0) for at in range(MOST_SAMPLES + 2))

    assert found.span_ms == (2, MOST_SAMPLES + 1)
    assert math.isclose(found.over(Metric("Calls", "Sum", (STREAMING,)), 0, 10) or 0, 8)
