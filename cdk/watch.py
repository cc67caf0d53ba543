"""What is watched, made of `watch.toml`: the alarms that wake someone, and the dashboard they then look at.

The figures come out of the logs: CloudWatch counts them in the lines themselves (`shared/observability.py`).
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cdk.stage import Stage

DEFINITION: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "watch.toml").read_text())
MINUTE_S = 60
COLUMNS = 3
WIDTH = 24
"""CloudWatch's, of a dashboard."""

_SILENCE = {"good": cloudwatch.TreatMissingData.NOT_BREACHING, "bad": cloudwatch.TreatMissingData.BREACHING}


def namespace(stage: Stage) -> str:
    """CloudWatch's, for the figures of one stage."""
    return f"Switchboard/{stage.name}"


def figure(stage: Stage, name: str, statistic: str, period_s: int = MINUTE_S, **dimensions: str) -> cloudwatch.Metric:
    """One of the product's own figures."""
    return cloudwatch.Metric(
        namespace=namespace(stage),
        metric_name=name,
        statistic=statistic,
        period=cdk.Duration.seconds(period_s),
        dimensions_map=dimensions or None,
        region=stage.fallback_region if name in DEFINITION["counted"] else None,
    )


def count(scope: Construct, stage: Stage, name: str, log: logs.ILogGroup) -> None:
    """Have CloudWatch count the lines of a log that make up a figure of `counted`."""
    wanted = DEFINITION["counted"][name].items()
    logs.MetricFilter(
        scope,
        name,
        log_group=log,
        filter_pattern=logs.FilterPattern.all(
            *(logs.FilterPattern.string_value(f"$.{key}", "=", value) for key, value in wanted)
        ),
        metric_namespace=namespace(stage),
        metric_name=name,
        metric_value="1",
    )


class Alarms(Construct):
    """Alarms of one stack, and the topic they all go to."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self._stage = stage
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, display_name=f"Switchboard {stage.name}")
        # A policy of its own takes the place of SNS's, which lets the account's alarms publish.
        account = {"aws:SourceAccount": cdk.Stack.of(self).account}
        self.topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions={"StringEquals": account}))
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))

    def add(self, name: str, measured: cloudwatch.Metric | None = None) -> None:
        """The alarm of this name in the definition; `measured` is the metric of AWS's own, if it is one."""
        alarm = next(alarm for alarm in DEFINITION["alarms"] if alarm["name"] == name)
        period_s = alarm["period_s"]
        metric: cloudwatch.IMetric = (
            _added_up(_figures(self._stage, alarm["metrics"], period_s), period_s)
            if measured is None
            else measured.with_(statistic=alarm["stat"], period=cdk.Duration.seconds(period_s))
        )
        below = "below" in alarm
        rings = cloudwatch.Alarm(
            self,
            name,
            alarm_name=alarm_name(self._stage, name),
            alarm_description=f"{alarm['happened']}\n\nFirst: {alarm['first']}",
            metric=metric,
            threshold=alarm["below"] if below else alarm["at_least"],
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
            if below
            else cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=alarm["periods"],
            treat_missing_data=_SILENCE[alarm["silence"]],
        )
        for do in (rings.add_alarm_action, rings.add_ok_action):
            do(actions.SnsAction(self.topic))


def alarm_name(stage: Stage, name: str) -> str:
    """As a message about the alarm calls it."""
    return f"Switchboard-{stage.name}-{name}"


def dashboard(scope: Construct, stage: Stage) -> cloudwatch.Dashboard:
    """How calls go, in one look: what comes in, how it ends, how long callers wait, what is full, what is broken."""
    graphs = [_graph(stage, graph) for graph in DEFINITION["graphs"]]
    return cloudwatch.Dashboard(
        scope,
        "Dashboard",
        dashboard_name=f"Switchboard-{stage.name}",
        widgets=[
            [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=_alarms_here(scope, stage), width=WIDTH, height=3)],
            *(graphs[first : first + COLUMNS] for first in range(0, len(graphs), COLUMNS)),
        ],
    )


def _alarms_here(scope: Construct, stage: Stage) -> list[cloudwatch.IAlarm]:
    """By their names, so that no stack depends on another; not those of another region, which have a page there."""
    stack = cdk.Stack.of(scope)
    elsewhere = DEFINITION["counted"] if stage.fallback_region else ()
    return [
        cloudwatch.Alarm.from_alarm_name(stack, f"The{alarm['name']}", alarm_name(stage, alarm["name"]))
        for alarm in DEFINITION["alarms"]
        if alarm.get("idle", stage.idle) == stage.idle
        and alarm.get("crm", stage.crm) == stage.crm
        and not any(metric["figure"] in elsewhere for metric in alarm.get("metrics", ()))
    ]


def _graph(stage: Stage, graph: Mapping[str, Any]) -> cloudwatch.GraphWidget:
    thresholds = [alarm["at_least"] for alarm in DEFINITION["alarms"] if alarm["name"] == graph.get("alarm")]
    lines = [_added_up(_figures(stage, [metric]), MINUTE_S, metric["label"]) for metric in graph["metrics"]]
    return cloudwatch.GraphWidget(
        title=graph["title"],
        left=lines,
        left_y_axis=cloudwatch.YAxisProps(min=0, label=graph.get("unit", ""), show_units=False),
        left_annotations=[cloudwatch.HorizontalAnnotation(value=at, label=graph["alarm"]) for at in thresholds],
        width=WIDTH // COLUMNS,
    )


def _figures(stage: Stage, metrics: Sequence[Mapping[str, Any]], period_s: int = MINUTE_S) -> list[cloudwatch.Metric]:
    """Each metric, of each of its services."""
    return [
        _of_queue(stage, metric, period_s)
        if "queue" in metric
        else figure(stage, metric["figure"], metric["stat"], period_s, **by)
        for metric in metrics
        for by in _each_service(metric.get("by", {}))
    ]


def _of_queue(stage: Stage, metric: Mapping[str, Any], period_s: int) -> cloudwatch.Metric:
    """By its name, so that the dashboard's stack does not depend on the queue's."""
    return cloudwatch.Metric(
        namespace="AWS/SQS",
        metric_name=metric["figure"],
        statistic=metric["stat"],
        period=cdk.Duration.seconds(period_s),
        dimensions_map={"QueueName": stage.queue(metric["queue"])},
    )


def _each_service(by: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    services = by.get("service")
    return [{**by, "service": service} for service in services] if isinstance(services, list) else [by]


def _added_up(metrics: Sequence[cloudwatch.Metric], period_s: int, label: str | None = None) -> cloudwatch.IMetric:
    """One line. SUM passes over the metrics that have nothing to say in a period; `+` would not."""
    if len(metrics) == 1:
        return metrics[0].with_(label=label) if label else metrics[0]
    names = [_id(metric) for metric in metrics]
    return cloudwatch.MathExpression(
        expression=f"SUM([{', '.join(names)}])",
        using_metrics=dict(zip(names, metrics, strict=True)),
        label=label,
        period=cdk.Duration.seconds(period_s),
    )


def _id(metric: cloudwatch.Metric) -> str:
    """What an expression calls a metric: once on a graph, a small letter first."""
    values = [metric.metric_name, *(metric.dimensions or {}).values()]
    return re.sub(r"\W", "_", "_".join(values)).lower()
