"""The two Lambdas as they are deployed: settings, the real adapters, and what they load."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions import after_call
from shared.adapters.dynamodb_calls import DynamoDbCalls, table_spec
from shared.settings import SettingsError
from tests.functions.test_ended_calls import change
from tests.functions.test_finished_calls import message
from tests.usecases.clinic import CALL_SID
from tests.usecases.finished_call import finished

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A process of its own, in an account with a table, a queue and a bus; the queue's URL."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with mock_aws():
        boto3.client("dynamodb", region_name=REGION).create_table(**table_spec("calls"))
        boto3.client("events", region_name=REGION).create_event_bus(Name="switchboard-prod")
        url = str(boto3.client("sqs", region_name=REGION).create_queue(QueueName="work")["QueueUrl"])
        given = {
            "AFTER_CALL_QUEUE": url,
            "CALLS_TABLE": "calls",
            "CAMPAIGNS_TABLE": "campaigns",
            "EVENT_BUS": "switchboard-prod",
            "AWS_REGION": REGION,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield url
    root.handlers[:] = handlers
    root.setLevel(level)
    after_call._queue.cache_clear()
    after_call._publisher.cache_clear()


def test_p5_an_ended_call_goes_from_the_stream_to_the_bus(queue: str) -> None:
    store = DynamoDbCalls(boto3.client("dynamodb", region_name=REGION), "calls")
    finished(store)

    after_call.hand_over({"Records": [change(CALL_SID)]}, None)
    (handed,) = boto3.client("sqs", region_name=REGION).receive_message(QueueUrl=queue)["Messages"]
    answer = after_call.publish({"Records": [message("1", handed["Body"])]}, None)

    assert answer == {"batchItemFailures": []}
    assert store.log(CALL_SID)[-1].kind == "published"


@pytest.mark.usefixtures("queue")
def test_a_table_that_is_not_there_fails_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLS_TABLE", "no-such-table")

    answer = after_call.publish({"Records": [message("1", json.dumps({"call_sid": CALL_SID}))]}, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(("name", "handler"), [("AFTER_CALL_QUEUE", "hand_over"), ("EVENT_BUS", "publish")])
def test_a_missing_variable_is_named(name: str, handler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    run: Any = getattr(after_call, handler)

    with pytest.raises(SettingsError, match=name):
        run({"Records": []}, None)


@pytest.mark.parametrize(
    ("module", "not_loaded"),
    [
        ("functions.after_call", ("starlette", "mangum", "pydantic", "yaml", "functions.wiring")),
        ("functions.wiring", ("functions.after_call", "shared.adapters.sqs_queue", "shared.adapters.eventbridge")),
    ],
)
def test_they_load_nothing_of_the_webhooks_and_the_webhooks_nothing_of_theirs(
    module: str, not_loaded: tuple[str, ...]
) -> None:
    program = f"import sys, {module}; print([name for name in {not_loaded} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == "[]"
