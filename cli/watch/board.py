"""Everything the page shows, worked out of the logs each time it is asked for."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from cli.watch import emf
from cli.watch.alarms import History, State, history
from cli.watch.definition import Alarm, Definition, Graph, Line
from cli.watch.figures import Figures
from cli.watch.logs import LogFolder

PERIODS_S = (10, 60, 300)
"""CloudWatch's of a standard metric begin at a minute; a first look at one call wants less."""
SHORT_RUN_MS = 10 * 60_000
RANGE_MS = 3 * 3_600_000
"""As far back as a dashboard of CloudWatch looks at first."""
OVER_MS = 90_000
"""The service logs figures every minute; where none come for longer, the run is over."""

type Json = Mapping[str, Any]


class Board:
    """One dashboard over one folder of logs. Any number of threads may look at it."""

    def __init__(self, definition: Definition, logs: LogFolder) -> None:
        self._definition = definition
        self._logs = logs
        self._figures = Figures()
        self._one_at_a_time = Lock()

    def look(self, now_ms: int, period_s: int | None = None) -> Json:
        """The alarms and graphs at this time; `period_s` None takes what suits the length of the run."""
        with self._one_at_a_time:
            for line in self._logs.new_lines():
                self._figures.add(emf.samples(line, self._definition.counted))
            first, last = self._figures.span_ms or (now_ms, now_ms)
            live = now_ms - last <= OVER_MS
            end = max(now_ms, last) if live else last
            begin = max(first, end - RANGE_MS)
            period_s = period_s or (PERIODS_S[0] if end - begin <= SHORT_RUN_MS else PERIODS_S[1])
            return {
                "begin_ms": begin // (1000 * period_s) * 1000 * period_s,
                "end_ms": end,
                "live": live,
                "empty": self._figures.span_ms is None,
                "period_s": period_s,
                "periods_s": PERIODS_S,
                "alarms": [
                    _alarm(alarm, history(alarm, self._figures, begin, end)) for alarm in self._definition.alarms
                ],
                "graphs": [self._graph(graph, begin, end, period_s) for graph in self._definition.graphs],
            }

    def _graph(self, graph: Graph, begin_ms: int, end_ms: int, period_s: int) -> Json:
        lines = [self._line(line, begin_ms, end_ms, period_s) for line in graph.lines]
        thresholds = [alarm.threshold for alarm in self._definition.alarms if alarm.name == graph.alarm]
        return {"title": graph.title, "unit": graph.unit, "threshold": [*thresholds, None][0], "lines": lines}

    def _line(self, line: Line, begin_ms: int, end_ms: int, period_s: int) -> Json:
        points = self._figures.by_period(line.metric, begin_ms, end_ms + 1, period_s)
        whole = self._figures.over(line.metric, begin_ms, end_ms + 1)
        return {"label": line.label, "stat": line.metric.stat, "points": list(points.items()), "whole": whole}


def _alarm(alarm: Alarm, seen: History) -> Json:
    return {
        "name": alarm.name,
        "happened": alarm.happened,
        "first": alarm.first,
        "rule": rule(alarm),
        "state": seen.state,
        "measured_by": alarm.measured_by if seen.state is State.UNKNOWN else None,
        "value": seen.value,
        "rang": [[rang.since_ms, rang.until_ms] for rang in seen.rang],
    }


def rule(alarm: Alarm) -> str:
    """When it rings, in words."""
    bound = f"{'below' if alarm.below else 'at least'} {alarm.threshold:,}"
    minutes = alarm.period_s // 60
    within = "1 hour" if minutes == 60 else f"{minutes} min"
    return f"{bound} within {within}" if alarm.periods == 1 else f"{bound}, {alarm.periods} times {within} in a row"
