from cli.watch.definition import Line, Metric, read


def test_the_definition_is_read_whole() -> None:
    definition = read()

    assert [alarm.name for alarm in definition.alarms][:5] == [
        "CallersSentOn",
        "WebhooksFail",
        "NoTaskLives",
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
