"""What wakes someone, and what they then look at."""

import json
import re
from collections.abc import Iterable
from itertools import batched
from typing import Any

import pytest

from cdk.watch import DEFINITION
from cli.watch.definition import Metric, read
from functions import fallback
from shared import observability
from shared.usecases.finish_call import Outcome
from tests.infra.conftest import Deployment, Stack, synthesise

ALARM = "AWS::CloudWatch::Alarm"
NAMESPACE = "Switchboard/prod"
MOST_CHARACTERS = 1_024
"""CloudFormation's, of an alarm's description."""


def alarms(deployment: Deployment) -> list[dict[str, Any]]:
    return [alarm["Properties"] for stack in deployment for alarm in stack.all(ALARM).values()]


def of_alarm(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics behind an alarm, as CloudFormation has them."""
    several = [part["MetricStat"]["Metric"] for part in alarm.get("Metrics", ()) if "MetricStat" in part]
    return several or [alarm]


def widgets(stack: Stack) -> list[dict[str, Any]]:
    body = stack.one("AWS::CloudWatch::Dashboard")["DashboardBody"]
    parts = body["Fn::Join"][1] if isinstance(body, dict) else [body]
    text = "".join(part if isinstance(part, str) else "token" for part in parts)
    return [widget["properties"] for widget in json.loads(text)["widgets"]]


def shown(stack: Stack) -> Iterable[list[Any]]:
    """Every metric that the dashboard shows, or adds up into one that it shows."""
    for widget in widgets(stack):
        yield from (metric for metric in widget.get("metrics", ()) if isinstance(metric[0], str))


def test_p6_there_are_thirteen_alarms_and_each_tells_somebody(prod: Deployment) -> None:
    found = alarms(prod)

    assert len(found) == 13
    for alarm in found:
        assert alarm["AlarmDescription"]
        assert alarm["AlarmActions"] == alarm["OKActions"]
        assert "Topic" in alarm["AlarmActions"][0]["Ref"]


def test_p6_where_no_task_is_kept_one_that_does_not_come_is_an_alarm_and_none_at_all_is_not(
    zero: Deployment, prod: Deployment
) -> None:
    usual, quiet = ({alarm["AlarmName"] for alarm in alarms(each)} for each in (prod, zero))

    assert usual - quiet == {"Switchboard-prod-NoTaskLives"}
    assert quiet - usual == {"Switchboard-prod-NoTaskComes"}


def test_p6_alarms_may_publish_to_their_topic(prod: Deployment) -> None:
    for stack in prod:
        (topic,) = stack.all("AWS::SNS::Topic")
        statements = stack.one("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
        (allowed,) = (statement for statement in statements if statement["Effect"] == "Allow")

        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Action"] == "sns:Publish"
        assert allowed["Resource"] == {"Ref": topic}
        assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_caller_sent_on_is_counted_once_by_what_the_fallback_logs_of_it(prod: Deployment) -> None:
    pattern = prod.fallback.one("AWS::Logs::MetricFilter")["FilterPattern"]

    assert pattern == f'{{ ($.message = "caller_sent_on") && ($.path = "{fallback.VOICE}") }}'


def test_p6_silence_of_the_tasks_is_an_alarm_and_silence_of_the_callers_is_none(prod: Deployment) -> None:
    missing = {alarm["AlarmName"]: alarm["TreatMissingData"] for alarm in alarms(prod)}

    assert missing.pop("Switchboard-prod-NoTaskLives") == "breaching"
    assert set(missing.values()) == {"notBreaching"}


def test_p6_every_alarm_of_the_definition_is_in_a_stack_and_on_the_dashboard(
    prod: Deployment, zero: Deployment
) -> None:
    for deployment, idle in ((prod, "warm"), (zero, "zero")):
        meant = [
            alarm["name"] for alarm in DEFINITION["alarms"] if alarm.get("idle", idle) == idle and "crm" not in alarm
        ]
        defined = {f"Switchboard-prod-{name}" for name in meant}

        assert {alarm["AlarmName"] for alarm in alarms(deployment)} == defined
        assert {arn.rpartition(":")[2] for arn in widgets(deployment.stream)[0]["alarms"]} == defined


def test_an_alarm_says_what_happened_and_what_to_do_first(prod: Deployment) -> None:
    for alarm in alarms(prod):
        happened, first = alarm["AlarmDescription"].split("\n\nFirst: ")
        assert happened
        assert first
        assert len(alarm["AlarmDescription"]) <= MOST_CHARACTERS


def test_one_task_in_one_of_two_zones_is_alive(prod: Deployment) -> None:
    (alarm,) = (alarm for alarm in alarms(prod) if alarm.get("MetricName") == "HealthyHostCount")

    assert (alarm["Statistic"], alarm["Threshold"], alarm["ComparisonOperator"]) == ("Maximum", 1, "LessThanThreshold")


def test_slow_answers_wake_nobody_until_they_last(prod: Deployment) -> None:
    (alarm,) = (alarm for alarm in alarms(prod) if alarm.get("MetricName") == "HeardGap")

    assert (alarm["ExtendedStatistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("p95", 300, 3)


@pytest.mark.parametrize(
    ("name", "metric", "at_least", "of"),
    [
        ("ResultsStuck", "ApproximateNumberOfMessagesVisible", 1, "AfterCallDead"),
        ("ResultsWait", "IteratorAge", 15 * 60_000, "AfterCallHandOver"),
        ("DeskBehind", "IteratorAge", 60_000, "DeskPush"),
        ("EventsStuck", "ApproximateNumberOfMessagesVisible", 1, "CampaignsDead"),
        ("StepsFail", "Errors", 10, "CampaignsStep"),
        ("ChainsFail", "ExecutionsFailed", 1, "CampaignsChains"),
        ("ChainsLate", "IteratorAge", 60_000, "CampaignsWake"),
    ],
)
def test_what_is_given_up_wakes_someone_and_so_does_a_stream_that_nobody_reads(
    prod: Deployment, name: str, metric: str, at_least: int, of: str
) -> None:
    alarm = prod.core.one(ALARM, name)

    assert (alarm["MetricName"], alarm["Threshold"]) == (metric, at_least)
    assert f'"{of}' in json.dumps(alarm["Dimensions"])


def test_a_fallback_in_another_region_is_counted_there(with_domain: Deployment) -> None:
    (sent_on,) = (metric for metric in shown(with_domain.stream) if metric[1] == "SentOn")

    assert sent_on[-1]["region"] == "us-west-2"
    assert all("CallersSentOn" not in arn for arn in widgets(with_domain.stream)[0]["alarms"])


def test_an_address_for_alarms_is_subscribed_in_every_stack() -> None:
    for stack in synthesise(alarm_email="ops@example.com"):
        subscription = stack.one("AWS::SNS::Subscription")
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_p6_whatever_the_product_logs_is_on_the_dashboard_and_nothing_else(prod: Deployment) -> None:
    logged = {metric.name for metrics in observability.METRICS.values() for metric in metrics}
    logged |= {observability.FAULTS.name, *DEFINITION["counted"]}
    watched = {m["MetricName"] for alarm in alarms(prod) for m in of_alarm(alarm) if m["Namespace"] == NAMESPACE}

    assert watched <= logged
    assert {metric[1] for metric in shown(prod.stream) if metric[0] == NAMESPACE} == logged


def test_what_was_given_up_is_on_the_dashboard_with_the_alarms_own_threshold(prod: Deployment) -> None:
    dead = [metric for metric in shown(prod.stream) if metric[0] == "AWS/SQS"]
    names = {queue["Properties"]["QueueName"] for queue in prod.core.all("AWS::SQS::Queue").values()}
    graphs = [widget for widget in widgets(prod.stream) if "could not be" in widget["title"]]

    assert {metric[3] for metric in dead} == {name for name in names if name.endswith("-dead")}
    assert {tuple(metric[1:3]) for metric in dead} == {("ApproximateNumberOfMessagesVisible", "QueueName")}
    assert [graph["annotations"]["horizontal"][0]["value"] for graph in graphs] == [1, 1]


def test_figures_are_split_as_the_product_splits_them(prod: Deployment) -> None:
    splits = {metric.name: metric.split for metrics in observability.METRICS.values() for metric in metrics}
    for namespace, name, *rest in shown(prod.stream):
        if namespace != NAMESPACE:
            continue
        names = set(rest[:-1:2])
        assert names in ({"service"}, {"service", splits.get(name)}) or name in DEFINITION["counted"]
    for alarm in alarms(prod):
        for metric in of_alarm(alarm):
            names = {dimension["Name"] for dimension in metric.get("Dimensions", ())}
            if metric["Namespace"] == NAMESPACE and metric["MetricName"] not in DEFINITION["counted"]:
                assert names in ({"service"}, {"service", splits[metric["MetricName"]]})


def test_every_outcome_has_its_line(prod: Deployment) -> None:
    outcomes = {metric[metric.index("outcome") + 1] for metric in shown(prod.stream) if "outcome" in metric}

    assert outcomes == set(Outcome)


def test_both_ends_agree_on_the_namespace(prod: Deployment) -> None:
    function = prod.core.one("AWS::Lambda::Function", "Webhooks")["Environment"]["Variables"]
    task = prod.stream.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"][0]["Environment"]

    assert function["METRICS_NAMESPACE"] == NAMESPACE
    assert {"Name": "METRICS_NAMESPACE", "Value": NAMESPACE} in task


def test_the_page_on_a_laptop_draws_the_graphs_that_cloudwatch_is_given(prod: Deployment) -> None:
    drawn = [(graph.title, [(line.label, line.metric) for line in graph.lines]) for graph in read().graphs]
    ours = [widget for widget in widgets(prod.stream)[1:] if widget["metrics"][0][0] != "AWS/SQS"]

    assert drawn == [(widget["title"], list(lines_of(widget["metrics"]))) for widget in ours]


def lines_of(metrics: list[list[Any]]) -> Iterable[tuple[str, Metric]]:
    """The lines of a graph in CloudWatch's terms, each as the page has it; what is added up is hidden there."""
    by_id = {metric[-1]["id"]: metric for metric in metrics if "id" in metric[-1]}
    for metric in metrics:
        shape = metric[-1]
        if not shape.get("visible", True):
            continue
        parts = (
            [by_id[part] for part in re.findall(r"\w+", shape["expression"])[1:]] if "expression" in shape else [metric]
        )
        (named,) = {(part[1], part[-1].get("stat", "Average")) for part in parts}
        assert {part[-1]["period"] for part in parts} == {60}
        yield shape["label"], Metric(*named, by=tuple(frozenset(batched(part[2:-1], 2, strict=True)) for part in parts))


def test_the_page_on_a_laptop_has_the_alarms_that_cloudwatch_is_given(
    prod: Deployment, zero: Deployment, with_others: Deployment
) -> None:
    every = [*alarms(prod), *alarms(zero), *alarms(with_others)]
    given = {alarm["AlarmName"].removeprefix("Switchboard-prod-"): alarm for alarm in every}

    for alarm in read().alarms:
        found = given.pop(alarm.name)
        assert found["Threshold"] == alarm.threshold
        assert found["EvaluationPeriods"] == alarm.periods
        assert found["ComparisonOperator"].startswith("LessThan") is alarm.below
        assert found["TreatMissingData"] == ("notBreaching" if alarm.silence_is_good else "breaching")
        if alarm.measured_by is None:
            assert {m["MetricName"] for m in of_alarm(found)} == {metric.figure for metric in alarm.metrics}
    assert given == {}
