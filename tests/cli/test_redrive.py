"""An operator sees which calls could not be published, and sends them back."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.redrive import DeadLetters
from tests.cli.conftest import Run
from tests.usecases.clinic import CALL_SID, OTHER_SID

REGION = "eu-west-1"
QUEUE = "switchboard-prod-after-call"
DEAD = f"{QUEUE}-dead"


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The shell of an account in which the stage `prod` is deployed, and nothing is stuck."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        for name in (QUEUE, DEAD):
            client.create_queue(QueueName=name)
        yield client


def url(sqs: Any, name: str) -> str:
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])


def die(sqs: Any, *bodies: str) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=url(sqs, DEAD), MessageBody=body)


def waiting(sqs: Any, name: str) -> int:
    """How many messages there are, seen or not."""
    counts = sqs.get_queue_attributes(QueueUrl=url(sqs, name), AttributeNames=["All"])["Attributes"]
    return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])


def letters(sqs: Any) -> DeadLetters:
    return DeadLetters(sqs, url(sqs, DEAD), url(sqs, QUEUE))


def test_looking_names_every_call_that_is_stuck_and_changes_nothing(sqs: Any, run: Run) -> None:
    die(sqs, json.dumps({"call_sid": CALL_SID}), json.dumps({"call_sid": OTHER_SID}), "odd")

    for _ in range(2):
        said = run("redrive", "--stage", "prod", "--look")
        assert said[-1] == "redrive: 3 messages stuck in prod: ok"
        assert sum(line.startswith(f"{CALL_SID} is stuck, since 20") for line in said) == 1
        assert any("which names no call, is stuck" in line for line in said)
        assert "odd" not in " ".join(said)
    assert (waiting(sqs, QUEUE), waiting(sqs, DEAD)) == (0, 3)


def test_p4_what_is_stuck_goes_back_and_is_named(sqs: Any, run: Run) -> None:
    bodies = [json.dumps({"call_sid": f"CA{number:032}"}) for number in range(12)]
    die(sqs, *bodies)

    said = run("redrive")

    assert sorted(line.partition(" sent back, since 20")[0] for line in said[:-1]) == [f"CA{n:032}" for n in range(12)]
    assert said[-1] == "redrive: 12 messages sent back in prod: ok"
    assert (waiting(sqs, QUEUE), waiting(sqs, DEAD)) == (12, 0)
    assert run("redrive") == ["redrive: 0 messages sent back in prod: ok"]


def test_what_was_not_yet_sent_back_when_it_is_stopped_is_still_there(sqs: Any) -> None:
    die(sqs, "a", "b")

    next(letters(sqs).send_back())

    assert (waiting(sqs, QUEUE), waiting(sqs, DEAD)) == (1, 1)


def test_what_dies_anew_meanwhile_is_not_sent_back_for_ever(sqs: Any) -> None:
    die(sqs, "poison")

    for letter in letters(sqs).send_back():
        die(sqs, letter.body)

    assert (waiting(sqs, QUEUE), waiting(sqs, DEAD)) == (1, 1)


@pytest.mark.usefixtures("sqs")
def test_a_stage_that_is_not_deployed_is_told_in_one_line(run: Run) -> None:
    told = f"there is no queue switchboard-dev-after-call in {REGION}; run `make deploy STAGE=dev` first"

    assert run("redrive", "--stage", "dev", code=1) == [f"redrive: short: {told}"]
