"""Samples, and statistics of them by period, as CloudWatch has them.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence

from cli.watch.definition import Dimensions, Metric
from cli.watch.emf import Sample

MOST_SAMPLES = 100_000
"""Of one figure under one set of dimensions; the oldest go first."""

type At = tuple[int, float]
"""Milliseconds since 1970, and a value."""


class Figures:
    """All samples there are, by figure and dimensions, in the order of their times."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Dimensions], list[At]] = {}

    def add(self, samples: Iterable[Sample]) -> None:
        """Take them in, in any order."""
        for sample in samples:
            found = self._found.setdefault((sample.figure, sample.by), [])
            insort(found, (sample.at_ms, sample.value))
            if len(found) > MOST_SAMPLES:
                del found[0]

    @property
    def span_ms(self) -> tuple[int, int] | None:
        """The times of the first sample and the last; None without any."""
        ends = [(found[0][0], found[-1][0]) for found in self._found.values()]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

    def over(self, metric: Metric, begin_ms: int, end_ms: int) -> float | None:
        """The statistic of all samples from `begin_ms` until before `end_ms`; None where there is nothing."""
        each = [statistic(self._values(metric.figure, by, begin_ms, end_ms), metric.stat) for by in metric.by]
        return added_up(each)

    def by_period(self, metric: Metric, begin_ms: int, end_ms: int, period_s: int) -> Mapping[int, float]:
        """The statistic of each period, by the time at which it begins: a multiple of the period. None is left out."""
        period_ms = 1000 * period_s
        begins = range(begin_ms // period_ms * period_ms, end_ms, period_ms)
        each = {begin: self.over(metric, begin, begin + period_ms) for begin in begins}
        return {begin: value for begin, value in each.items() if value is not None}

    def _values(self, figure: str, by: Dimensions, begin_ms: int, end_ms: int) -> list[float]:
        found = self._found.get((figure, by), [])
        first, after = (bisect_left(found, (at, -math.inf)) for at in (begin_ms, end_ms))
        return [value for _, value in found[first:after]]


def statistic(values: Sequence[float], name: str) -> float | None:
    """CloudWatch's statistic of this name, such as `Sum` or `p99.9`; None of no values."""
    if not values:
        return None
    match name:
        case "Sum":
            return math.fsum(values)
        case "Average":
            return math.fsum(values) / len(values)
        case "Minimum":
            return min(values)
        case "Maximum":
            return max(values)
        case "SampleCount":
            return float(len(values))
        case _:
            return percentile(values, float(name.removeprefix("p")))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed: one that occurred.

    CloudWatch does not say how it comes between two values; with few samples this one errs towards the slower.
    """
    rank = math.ceil(round(len(values) * percent / 100, 6))
    return sorted(values)[max(rank, 1) - 1]


def added_up(each: Iterable[float | None]) -> float | None:
    """The sum of those there are, as CloudWatch's SUM of several metrics."""
    there = [value for value in each if value is not None]
    return math.fsum(there) if there else None
