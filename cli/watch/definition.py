"""`cdk/watch.toml`, read: the graphs and alarms that CloudWatch is given as well."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "cdk" / "watch.toml"

type Dimensions = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Metric:
    """One statistic of a figure. The values of several sets of dimensions are added up."""

    figure: str
    stat: str
    by: tuple[Dimensions, ...]


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    metric: Metric


@dataclass(frozen=True, slots=True)
class Graph:
    title: str
    unit: str
    lines: tuple[Line, ...]
    alarm: str | None
    """Whose threshold is drawn into it."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Rings when each of the last `periods` periods reached the threshold, or was `below` it."""

    name: str
    happened: str
    first: str
    metrics: tuple[Metric, ...]
    """Added up; none when only AWS measures it."""
    measured_by: str | None
    period_s: int
    periods: int
    threshold: float
    below: bool
    silence_is_good: bool


@dataclass(frozen=True, slots=True)
class Definition:
    alarms: tuple[Alarm, ...]
    graphs: tuple[Graph, ...]
    counted: Mapping[str, Mapping[str, str]]
    """Figures that are a count of lines, each with the values such a line has."""


def read(file: Path = FILE) -> Definition:
    """The definition; it is ours, so that a mistake in it is a KeyError."""
    found = tomllib.loads(file.read_text())
    graphs = (_graph(graph) for graph in found["graphs"])
    return Definition(
        tuple(_alarm(alarm) for alarm in found["alarms"]),
        tuple(graph for graph in graphs if graph.lines),
        found["counted"],
    )


def _alarm(given: Mapping[str, Any]) -> Alarm:
    return Alarm(
        name=given["name"],
        happened=given["happened"],
        first=given["first"],
        metrics=tuple(_metric(metric) for metric in given.get("metrics", ())),
        measured_by=given.get("measured_by"),
        period_s=given["period_s"],
        periods=given["periods"],
        threshold=given["below"] if "below" in given else given["at_least"],
        below="below" in given,
        silence_is_good=given["silence"] == "good",
    )


def _graph(given: Mapping[str, Any]) -> Graph:
    """Without lines when only AWS measures what is on it."""
    lines = tuple(Line(line["label"], _metric(line)) for line in given["metrics"] if "queue" not in line)
    return Graph(given["title"], given.get("unit", ""), lines, given.get("alarm"))


def _metric(given: Mapping[str, Any]) -> Metric:
    return Metric(given["figure"], given["stat"], tuple(_each_service(given.get("by", {}))))


def _each_service(by: Mapping[str, Any]) -> Iterable[Dimensions]:
    services = by.get("service")
    for service in services if isinstance(services, list) else [services]:
        yield frozenset((by if service is None else {**by, "service": service}).items())
