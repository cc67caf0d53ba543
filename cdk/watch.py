"""What is watched: five alarms someone would want to be woken by, and one page with the rest.

The figures come out of the logs (`shared/observability.py` says which); their names are repeated here, and a test holds
the two together.
"""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cdk.stage import Stage

OUTCOMES = ("completed", "message", "failed", "caller-left", "not-connected")
MINUTE = cdk.Duration.minutes(1)
SLOW_MS = 3_000
"""A caller who waits longer says "hello?"."""


def namespace(stage: Stage) -> str:
    """CloudWatch's, for the figures of one stage."""
    return f"Switchboard/{stage.name}"


def figure(stage: Stage, name: str, statistic: str = "Sum", **dimensions: str) -> cloudwatch.Metric:
    """One of the product's own figures, by the minute."""
    return cloudwatch.Metric(
        namespace=namespace(stage),
        metric_name=name,
        statistic=statistic,
        period=MINUTE,
        dimensions_map=dimensions or None,
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
        self.all: list[cloudwatch.Alarm] = []

    def callers_are_sent_on(self, log: logs.ILogGroup) -> None:
        """Callers do not reach the application at all."""
        sent_on = figure(self._stage, "SentOn")
        logs.MetricFilter(
            self,
            "SentOn",
            log_group=log,
            filter_pattern=logs.FilterPattern.all(
                logs.FilterPattern.string_value("$.message", "=", "caller_sent_on"),
                logs.FilterPattern.string_value("$.path", "=", "/fallback/voice"),
            ),
            metric_namespace=sent_on.namespace,
            metric_name=sent_on.metric_name,
            metric_value="1",
        )
        self._add("CallersSentOn", sent_on, 1, "Calls went to the fallback: the webhooks do not answer Twilio.")

    def webhooks_fail(self, failures: cloudwatch.Metric) -> None:
        """Twilio gets an error: the call goes to the fallback, and a status is lost."""
        self._add("WebhooksFail", failures, 3, "The webhooks answer Twilio with 5xx; see the log of the Lambda.")

    def calls_are_refused(self) -> None:
        """No place in any task."""
        refused = figure(self._stage, "Refused", service="streaming", reason="no-place")
        self._add("CallsRefused", refused, 1, "Every task is full: raise max_tasks, and Transcribe's quota with it.")

    def answers_are_slow(self) -> None:
        """Callers wait: a provider is slow, or a task has more than it can do."""
        gap = figure(self._stage, "HeardGap", "p95", service="streaming")
        self._add("AnswersSlow", gap, SLOW_MS, "One answer in twenty comes after 3 s or more.", minutes=15)

    def no_task_lives(self, healthy: cloudwatch.Metric) -> None:
        """Nobody takes a stream."""
        self._add(
            "NoTaskLives",
            healthy,
            1,
            "No task of the streaming service is healthy.",
            minutes=3,
            below=True,
        )

    def _add(
        self,
        name: str,
        metric: cloudwatch.Metric,
        threshold: float,
        told: str,
        *,
        minutes: int = 5,
        below: bool = False,
    ) -> None:
        """Woken when `metric`, over `minutes`, reaches the threshold, or (`below`) does not."""
        reaches = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric.with_(period=MINUTE if below else cdk.Duration.minutes(minutes)),
            threshold=threshold,
            evaluation_periods=minutes if below else 1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD if below else reaches,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING
            if below
            else cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=told,
        )
        for do in (alarm.add_alarm_action, alarm.add_ok_action):
            do(actions.SnsAction(self.topic))
        self.all.append(alarm)


def dashboard(scope: Construct, stage: Stage, alarms: Sequence[cloudwatch.IAlarm]) -> cloudwatch.Dashboard:
    """How calls go, in one look: what comes in, how it ends, how long callers wait, what is broken, what is full."""

    def own(name: str, statistic: str = "Sum", **more: str) -> cloudwatch.Metric:
        return figure(stage, name, statistic, service="streaming", **more)

    def graph(title: str, metrics: Sequence[cloudwatch.IMetric], unit: str = "") -> cloudwatch.GraphWidget:
        axis = cloudwatch.YAxisProps(min=0, label=unit, show_units=False)
        return cloudwatch.GraphWidget(title=title, left=list(metrics), left_y_axis=axis, width=8)

    webhooks = {"service": "telephony"}
    ended = [figure(stage, "CallsFinished", service=s, outcome=o) for o in OUTCOMES for s in ("streaming", "telephony")]
    return cloudwatch.Dashboard(
        scope,
        "Dashboard",
        dashboard_name=f"Switchboard-{stage.name}",
        widgets=[
            [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=24, height=3)],
            [
                graph("Calls", [figure(stage, "Calls", **webhooks)]),
                graph("How they ended", ended),
                graph("Refused", [own("Refused", reason=reason) for reason in ("no-place", "signature")]),
            ],
            [
                graph("Caller's wait for an answer", [own("HeardGap", p) for p in ("p50", "p95", "p99")], "ms"),
                graph("Of it, until the turn was taken", [own("EndOfTurn", p) for p in ("p50", "p95", "p99")], "ms"),
                graph("Live calls in a task", [own("LiveCalls", "Maximum"), own("BusyPercent", "Average")]),
            ],
            [
                graph("Faults", [own("Faults"), figure(stage, "Faults", **webhooks)]),
                graph("Sent on by the fallback", [figure(stage, "SentOn")]),
            ],
        ],
    )
