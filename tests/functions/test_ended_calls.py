"""Calls that have just ended go into the queue."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.ended_calls import hand_over
from shared.adapters.sqs_queue import SqsQueue
from shared.ports import Refused
from tests.usecases.clinic import CALL_SID, OTHER_SID


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("sqs", region_name="eu-west-1")


def change(call_sid: str, **old: Any) -> dict[str, Any]:
    """A record of the stream; by default one that brings the call's end."""
    keys = {"pk": {"S": f"call#{call_sid}"}, "sk": {"S": "state"}}
    new = {**keys, "ended_at": {"S": "2026-11-20T09:30:00"}}
    return {"eventName": "MODIFY", "dynamodb": {"Keys": keys, "NewImage": new, "OldImage": {**keys, **old}}}


def paid(call_sid: str, number: str, was: str) -> dict[str, Any]:
    """A record of the stream: a payment was made."""
    keys = {"pk": {"S": f"call#{call_sid}"}, "sk": {"S": f"payment#{number}"}}
    new, old = ({**keys, "payment": {"S": "{}"}, "phase": {"S": phase}} for phase in ("paid", was))
    return {"eventName": "MODIFY", "dynamodb": {"Keys": keys, "NewImage": new, "OldImage": old}}


def test_o4_each_payment_that_was_made_is_a_message_once(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="work")["QueueUrl"]

    hand_over(SqsQueue(sqs, url), {"Records": [paid(CALL_SID, "03", "paying"), paid(CALL_SID, "03", "paid")]})

    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"]) == {"call_sid": CALL_SID, "payment": "3"}


def test_o6_who_opts_out_is_a_message_whoever_wrote_it(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    keys = {"pk": {"S": "person#+14155550142"}, "sk": {"S": "opt-out"}}
    row = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": {**keys, "how": {"S": "text message"}}}}

    hand_over(SqsQueue(sqs, url), {"Records": [row]})

    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"]) == {"opted_out": "+14155550142"}


def test_p5_each_call_that_has_just_ended_is_a_message(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    reported_again = change("CA" + "9" * 32, ended_at={"S": "2026-11-20T09:30:00"})

    hand_over(SqsQueue(sqs, url), {"Records": [change(CALL_SID), reported_again, change(OTHER_SID)]})

    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    bodies = sorted(json.loads(message["Body"])["call_sid"] for message in messages)
    assert bodies == [CALL_SID, OTHER_SID]


def test_p5_a_queue_that_does_not_take_them_lets_the_event_come_again(sqs: Any) -> None:
    nowhere = SqsQueue(sqs, "https://sqs.eu-west-1.amazonaws.com/123456789012/nowhere")

    with pytest.raises(Refused):
        hand_over(nowhere, {"Records": [change(CALL_SID)]})


def test_an_event_without_an_end_asks_nothing_of_the_queue(sqs: Any) -> None:
    nowhere = SqsQueue(sqs, "https://sqs.eu-west-1.amazonaws.com/123456789012/nowhere")

    hand_over(nowhere, {"Records": [change(CALL_SID, ended_at={"S": "2026-11-20T09:30:00"})]})
