"""The picture of the architecture is that of the templates."""

from typing import Any

import pytest

from cdk.arrows import OUTSIDE, Arrow, arrows, joined
from cdk.picture import PICTURE, dot, svg
from cdk.templates import Key, Templates
from tests.infra.conftest import ROOT, Deployment


def templates(deployment: Deployment) -> Templates:
    return Templates(
        {
            "SwitchboardProdCore": deployment.core.template,
            "SwitchboardProdFallback": deployment.fallback.template,
            "SwitchboardProdStream": deployment.stream.template,
        }
    )


def leads(t: Templates) -> set[tuple[str, str]]:
    """All arrows, by the kinds of their ends."""
    return {(word(t, arrow.source), word(t, arrow.target)) for arrow in arrows(t)}


def word(t: Templates, key: Key) -> str:
    return key[1] if key[0] == OUTSIDE or key[1] == "Alarms" else t.kind(key).split("::")[-1]


def test_the_committed_picture_is_that_of_the_templates(prod: Deployment) -> None:
    assert svg(dot(templates(prod))) == (ROOT / PICTURE).read_text(), "the picture is stale: make guides, and commit it"


def test_a_call_can_be_followed_from_twilio_to_the_providers(prod: Deployment) -> None:
    found = leads(templates(prod))

    assert {("Twilio", "Api"), ("Api", "Function"), ("Function", "GlobalTable")} <= found
    assert {("Twilio", "Distribution"), ("Distribution", "LoadBalancer"), ("LoadBalancer", "Service")} <= found
    assert {("Service", name) for name in ("Amazon Transcribe", "Amazon Polly", "api.openai.com")} <= found


def test_with_a_domain_twilio_comes_straight_to_the_load_balancer(with_domain: Deployment) -> None:
    found = leads(templates(with_domain))

    assert ("Twilio", "LoadBalancer") in found
    assert not any("Distribution" in ends for ends in found)


def test_each_alarm_is_drawn_beside_something_that_it_watches(prod: Deployment) -> None:
    t = templates(prod)
    watching = {arrow.target[0] for arrow in arrows(t) if arrow.watching}

    assert watching == {stack for (stack, _), _ in t.all("AWS::CloudWatch::Alarm")}


QUEUED = {
    "Resources": {
        "Waiting": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": {"arn": {"Ref": "Dead"}}}},
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "AWS::IAM::Role"},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Reader": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Waiting", "Arn"]},
                "FunctionName": {"Ref": "Worker"},
            },
        },
        "Table": {"Type": "AWS::DynamoDB::GlobalTable"},
        "Follower": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
                "FunctionName": {"Ref": "Worker"},
            },
        },
        "Allowed": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": {
                    "Statement": [
                        {"Action": ["sqs:ReceiveMessage"], "Resource": {"Fn::GetAtt": ["Waiting", "Arn"]}},
                        {"Action": "dynamodb:GetRecords", "Resource": {"Fn::GetAtt": ["Table", "StreamArn"]}},
                        {"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}},
                    ]
                },
            },
        },
    }
}


def test_queues_and_tables_lead_to_their_readers_and_a_queue_to_what_is_given_up() -> None:
    t = Templates({"S": QUEUED})
    drawn = [("S", name) for name in ("Waiting", "Dead", "Worker", "Table")]

    assert set(joined(arrows(t), drawn)) == {
        Arrow(("S", "Waiting"), ("S", "Worker"), "messages"),
        Arrow(("S", "Table"), ("S", "Worker"), "changes"),
        Arrow(("S", "Waiting"), ("S", "Dead"), "given up"),
        Arrow(("S", "Worker"), ("S", "Dead"), "sends"),
    }


@pytest.mark.parametrize("value", [{"Ref": "Waiting"}, {"Fn::Join": ["", ["x", {"Fn::GetAtt": ["Waiting", "Arn"]}]]}])
def test_a_reference_is_found_wherever_it_stands(value: dict[str, Any]) -> None:
    assert list(Templates({"S": QUEUED}).refs("S", value)) == [("S", "Waiting")]


def test_a_reference_to_what_is_not_in_the_template_is_none() -> None:
    assert list(Templates({"S": QUEUED}).refs("S", {"Ref": "AWS::Region"})) == []
