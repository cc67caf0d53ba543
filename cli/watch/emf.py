"""What CloudWatch counts in a log line: its embedded metric format, and lines that a metric filter looks for.

The format: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.watch.definition import Dimensions

NO_DIMENSIONS: Dimensions = frozenset()


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a figure, under one set of dimensions."""

    figure: str
    by: Dimensions
    at_ms: int
    value: float


def samples(line: str, counted: Mapping[str, Mapping[str, str]]) -> Iterator[Sample]:
    """Whatever is counted in this line; nothing in a line of another kind, or one that is not as it should be."""
    if not line.startswith("{"):
        return
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        root = json.loads(line)
        yield from _embedded(root)
        yield from _filtered(root, counted)


def _embedded(root: Mapping[str, Any]) -> Iterator[Sample]:
    match root:
        case {"_aws": {"Timestamp": int(at_ms), "CloudWatchMetrics": [*directives]}}:
            for directive in directives:
                yield from _directive(root, at_ms, directive)


def _directive(root: Mapping[str, Any], at_ms: int, directive: object) -> Iterator[Sample]:
    match directive:
        case {"Dimensions": [*sets], "Metrics": [*metrics]}:
            for names in sets:
                if (by := _dimensions(root, names)) is not None:
                    yield from (
                        Sample(metric["Name"], by, at_ms, value)
                        for metric in metrics
                        for value in _values(root.get(metric["Name"]))
                    )


def _dimensions(root: Mapping[str, Any], names: object) -> Dimensions | None:
    """None unless each is there, and text."""
    found = {str(name): root.get(str(name)) for name in names} if isinstance(names, list) else {"": None}
    texts = frozenset((name, value) for name, value in found.items() if isinstance(value, str))
    return texts if len(texts) == len(found) else None


def _values(value: object) -> Iterator[float]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, int | float) and not isinstance(each, bool) and math.isfinite(each):
            yield float(each)


def _filtered(root: Mapping[str, Any], counted: Mapping[str, Mapping[str, str]]) -> Iterator[Sample]:
    for figure, wanted in counted.items():
        if wanted.items() <= root.items():
            at = datetime.fromisoformat(str(root.get("timestamp")))
            yield Sample(figure, NO_DIMENSIONS, round(1000 * at.timestamp()), 1.0)
