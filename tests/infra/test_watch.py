"""What wakes someone, and what they then look at."""

import json
from collections.abc import Iterable
from typing import Any

from cdk.watch import OUTCOMES
from functions import fallback
from shared import observability
from shared.usecases.finish_call import Outcome
from tests.infra.conftest import Deployment, Stack, synthesise

ALARM = "AWS::CloudWatch::Alarm"
NAMESPACE = "Switchboard/prod"
FALLBACKS_OWN = "SentOn"
"""Made by a filter on the log of the fallback, which knows nothing of ours."""


def alarms(deployment: Deployment) -> list[dict[str, Any]]:
    return [alarm["Properties"] for stack in deployment for alarm in stack.all(ALARM).values()]


def widgets(stack: Stack) -> Iterable[dict[str, Any]]:
    body = stack.one("AWS::CloudWatch::Dashboard")["DashboardBody"]
    parts = body["Fn::Join"][1] if isinstance(body, dict) else [body]
    text = "".join(part if isinstance(part, str) else "token" for part in parts)
    yield from json.loads(text)["widgets"]


def test_p6_there_are_five_alarms_and_each_tells_somebody(prod: Deployment) -> None:
    found = alarms(prod)

    assert len(found) == 5
    for alarm in found:
        assert alarm["AlarmDescription"]
        assert alarm["AlarmActions"] == alarm["OKActions"]
        assert "Topic" in alarm["AlarmActions"][0]["Ref"]


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
    missing = {alarm["MetricName"]: alarm["TreatMissingData"] for alarm in alarms(prod)}

    assert missing.pop("HealthyHostCount") == "breaching"
    assert set(missing.values()) == {"notBreaching"}


def test_an_address_for_alarms_is_subscribed_in_every_stack() -> None:
    for stack in synthesise(alarm_email="ops@example.com"):
        subscription = stack.one("AWS::SNS::Subscription")
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_p6_whatever_is_watched_is_a_figure_that_the_product_logs(prod: Deployment) -> None:
    logged = {metric.name for metrics in observability.METRICS.values() for metric in metrics}
    logged |= {observability.FAULTS.name, FALLBACKS_OWN}
    watched = {alarm["MetricName"] for alarm in alarms(prod) if alarm["Namespace"] == NAMESPACE}
    shown = {
        metric[1]
        for widget in widgets(prod.stream)
        for metric in widget["properties"].get("metrics", ())
        if metric[0] == NAMESPACE
    }

    assert watched <= logged
    assert shown == logged


def test_figures_are_split_as_the_product_splits_them(prod: Deployment) -> None:
    splits = {
        metric.name: metric.split for metrics in observability.METRICS.values() for metric in metrics if metric.split
    }
    for alarm in alarms(prod):
        names = {dimension["Name"] for dimension in alarm.get("Dimensions", ())} - {"service"}
        if alarm["Namespace"] == NAMESPACE:
            assert names <= {splits.get(alarm["MetricName"])}
    assert set(OUTCOMES) == set(Outcome)


def test_both_ends_agree_on_the_namespace(prod: Deployment) -> None:
    function = prod.core.one("AWS::Lambda::Function", "Webhooks")["Environment"]["Variables"]
    task = prod.stream.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"][0]["Environment"]

    assert function["METRICS_NAMESPACE"] == NAMESPACE
    assert {"Name": "METRICS_NAMESPACE", "Value": NAMESPACE} in task
