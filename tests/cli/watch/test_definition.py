import re
from pathlib import Path

from cli.watch.definition import Line, Metric, read
from shared import observability

STREAMING = Path(__file__).parents[3] / "streaming"


def test_the_definition_is_read_whole() -> None:
    definition = read()

    assert [alarm.name for alarm in definition.alarms][:6] == [
        "CallersSentOn",
        "WebhooksFail",
        "NoTaskLives",
        "NoTaskComes",
        "CallsFail",
        "AnswersSlow",
    ]
    answers = next(graph for graph in definition.graphs if graph.alarm == "AnswersSlow")
    by = (frozenset({("service", "streaming")}),)
    assert answers.unit == "ms"
    assert answers.lines == tuple(Line(stat, Metric("HeardGap", stat, by)) for stat in ("p50", "p95", "p99"))


def test_several_services_are_several_sets_of_dimensions() -> None:
    ended = next(graph for graph in read().graphs if graph.title == "How calls ended")

    assert ended.lines[0].metric.by == (
        frozenset({("service", "streaming"), ("outcome", "completed")}),
        frozenset({("service", "telephony"), ("outcome", "completed")}),
    )


def test_what_an_alarm_does_not_measure_itself_it_says() -> None:
    for alarm in read().alarms:
        assert bool(alarm.metrics) != bool(alarm.measured_by)
        assert alarm.happened
        assert alarm.first


def test_a_figure_without_dimensions_has_one_empty_set() -> None:
    (alarm,) = (alarm for alarm in read().alarms if alarm.name == "CallersSentOn")

    assert alarm.metrics == (Metric("SentOn", "Sum", (frozenset(),)),)


def test_whatever_the_product_counts_is_on_a_graph() -> None:
    logged = {metric.name for metrics in observability.METRICS.values() for metric in metrics}
    drawn = {line.metric.figure for graph in read().graphs for line in graph.lines}

    assert drawn == logged | {observability.FAULTS.name, *read().counted}


def test_every_provider_that_can_fail_has_its_line() -> None:
    sources = "".join(path.read_text() for path in STREAMING.glob("*.py"))
    named = set(re.findall(r'"provider": "([^"]+)"|_failed\("([^"]+)"', sources))

    assert {name for names in named for name in names if name} == split("ProviderFaults", "provider")


def test_every_reason_to_turn_a_call_away_has_its_line() -> None:
    source = (STREAMING / "app.py").read_text()
    named = set(re.findall(r'"reason": "([^"]+)"|reason = "([^"]+)" if .* else "([^"]+)"', source))

    assert {name for names in named for name in names if name} == split("Refused", "reason")


def split(figure: str, dimension: str) -> set[str]:
    """The values of a dimension that the graphs show."""
    metrics = [line.metric for graph in read().graphs for line in graph.lines if line.metric.figure == figure]
    return {dict(by)[dimension] for metric in metrics for by in metric.by}


def test_a_vendor_that_another_stands_in_for_wakes_nobody() -> None:
    assert all(metric.figure != "VendorFaults" for alarm in read().alarms for metric in alarm.metrics)
