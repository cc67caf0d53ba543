"""What the templates promise of a call's end: nothing is lost on the way to the bus."""

import json
from typing import Any

import pytest

from shared.adapters import dynamodb_stream, sqs_queue
from tests.infra.conftest import ROOT, Deployment, Stack

QUEUE = "AWS::SQS::Queue"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
DAY_S = 86_400


def mapping(stack: Stack, part: str) -> dict[str, Any]:
    return stack.one(MAPPING, part)


@pytest.mark.parametrize("part", ["AfterCallQueue", "AfterCallDead"])
def test_r4_a_queue_is_encrypted_and_reached_over_tls_only(prod: Deployment, part: str) -> None:
    (statement,) = prod.core.one("AWS::SQS::QueuePolicy", part)["PolicyDocument"]["Statement"]

    assert prod.core.one(QUEUE, part)["SqsManagedSseEnabled"] is True
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", {"AWS": "*"}, "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_p4_what_fails_five_times_is_kept_for_two_weeks(prod: Deployment) -> None:
    queue, dead = prod.core.one(QUEUE, "AfterCallQueue"), prod.core.one(QUEUE, "AfterCallDead")
    (arn,) = dead["RedriveAllowPolicy"]["sourceQueueArns"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert "AfterCallDead" in queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert dead["MessageRetentionPeriod"] == 14 * DAY_S
    assert dead["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    assert arn["Fn::Join"][1][-1] == f":{queue['QueueName']}"


def test_a_message_is_not_given_out_twice_while_it_is_worked_on(prod: Deployment) -> None:
    timeout = prod.core.one(FUNCTION, "Publish")["Timeout"]

    assert prod.core.one(QUEUE, "AfterCallQueue")["VisibilityTimeout"] >= 6 * timeout
    assert prod.core.one(QUEUE, "AfterCallQueue")["DelaySeconds"] == 30


def test_p5_the_stream_is_read_from_its_beginning_and_tried_for_as_long_as_it_lasts(prod: Deployment) -> None:
    ended = mapping(prod.core, "Ended")

    assert ended["StartingPosition"] == "TRIM_HORIZON"
    assert ended["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
    assert not ended.keys() & {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "DestinationConfig"}
    calls = prod.core.one("AWS::DynamoDB::GlobalTable", "Calls")
    assert calls["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert "StreamSpecification" not in prod.core.one("AWS::DynamoDB::GlobalTable", "Bookings")


def test_only_ended_calls_and_captured_payments_wake_the_lambda(prod: Deployment) -> None:
    ended, captured = mapping(prod.core, "Ended")["FilterCriteria"]["Filters"]

    assert json.loads(ended["Pattern"]) == dynamodb_stream.ENDED
    assert json.loads(captured["Pattern"]) == dynamodb_stream.CAPTURED


def test_o6_an_opt_out_wakes_it_too_whoever_wrote_it(prod: Deployment) -> None:
    opted_out = mapping(prod.core, "OptedOut")
    (insertions,) = opted_out["FilterCriteria"]["Filters"]

    assert json.loads(insertions["Pattern"]) == dynamodb_stream.OPTED_OUT
    assert not opted_out.keys() & {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "DestinationConfig"}


def test_p5_one_call_that_fails_holds_no_other_up_and_a_thousand_leave_lambdas_for_callers(prod: Deployment) -> None:
    settled = mapping(prod.core, "Settled")

    assert settled["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert settled["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_nothing_is_read_before_its_reader_may(prod: Deployment) -> None:
    for resource in prod.core.all(MAPPING).values():
        assert any("RoleDefaultPolicy" in name for name in resource["DependsOn"])


def test_the_names_are_those_that_the_commands_and_the_guide_use(prod: Deployment, dev: Deployment) -> None:
    guide, command = (ROOT / "docs" / "events.md").read_text(), (ROOT / "cli" / "redrive.py").read_text()

    assert prod.core.one("AWS::Events::EventBus")["Name"] == "switchboard-prod"
    assert dev.core.one("AWS::Events::EventBus")["Name"] == "switchboard-dev"
    assert "`switchboard-<stage>`" in guide
    assert prod.core.one(QUEUE, "AfterCallQueue")["QueueName"] == "switchboard-prod-after-call"
    assert prod.core.one(QUEUE, "AfterCallDead")["QueueName"] == "switchboard-prod-after-call-dead"
    assert 'f"switchboard-{stage}-{name}"' in command
    assert 'f"{queue}-dead"' in command


def test_a_batch_of_the_stream_is_one_request_to_the_queue(prod: Deployment) -> None:
    assert mapping(prod.core, "Ended")["BatchSize"] == sqs_queue._BATCH
