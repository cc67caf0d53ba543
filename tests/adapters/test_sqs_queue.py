"""Work put into a queue."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from shared.adapters.sqs_queue import SqsQueue
from shared.ports import ProviderError, Refused, Throttled, Unavailable

REGION = "eu-west-1"
URL = "https://sqs.eu-west-1.amazonaws.com/1/work"


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        client.create_queue(QueueName="work")
        yield client


def url(sqs: Any, name: str) -> str:
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])


def bodies(sqs: Any, name: str) -> list[str]:
    """What is in a queue, taken out."""
    found = []
    while messages := sqs.receive_message(QueueUrl=url(sqs, name), MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url(sqs, name), ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
    return sorted(found)


def test_more_than_sqs_takes_at_a_time_goes_in_all_the_same(sqs: Any) -> None:
    work = [{"call_sid": f"CA{number:02}"} for number in range(23)]

    SqsQueue(sqs, url(sqs, "work")).put(work)

    assert [json.loads(body) for body in bodies(sqs, "work")] == work


def test_work_that_is_not_taken_is_an_error_even_if_the_rest_is(sqs: Any) -> None:
    failed = {"Id": "1", "Code": "InternalError", "SenderFault": False}
    taken = {"Id": "0", "MessageId": "m", "MD5OfMessageBody": "x"}
    client = boto3.client("sqs", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_response("send_message_batch", {"Successful": [taken], "Failed": [failed]})
        with pytest.raises(Unavailable, match="InternalError, of 1 of 2 messages"):
            SqsQueue(client, URL).put([{"call_sid": "CA0"}, {"call_sid": "CA1"}])


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("AccessDenied", 403, Refused),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, Refused),
        ("ThrottlingException", 400, Throttled),
        ("RequestThrottled", 403, Throttled),
        ("InternalError", 500, Unavailable),
    ],
)
def test_each_error_is_named(sqs: Any, code: str, status: int, expected: type[ProviderError]) -> None:
    client = boto3.client("sqs", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("send_message_batch", code, "tell-no-one", status)
        with pytest.raises(expected, match=code) as caught:
            SqsQueue(client, URL).put([{}])

    assert "tell-no-one" not in str(caught.value)


@pytest.mark.usefixtures("sqs")
def test_a_queue_that_cannot_be_reached_is_unavailable(unused_tcp_port: int) -> None:
    once = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    client = boto3.client("sqs", region_name=REGION, endpoint_url=nowhere, config=once)

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        SqsQueue(client, f"{nowhere}/1/work").put([{}])
