"""Executions that begin once, and tasks that are woken."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.stepfunctions import StepFunctions
from shared.ports import Throttled

MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:chains"
STARTED = {"executionArn": MACHINE.replace("stateMachine", "execution") + ":c-1", "startDate": 0}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return boto3.client("stepfunctions", region_name="eu-west-1")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_an_execution_begins_by_its_name_and_one_that_was_there_is_no_error(client: Any, stub: Stubber) -> None:
    asked = {"stateMachineArn": MACHINE, "name": "c-1", "input": '{"chain": "c-1"}'}
    stub.add_response("start_execution", STARTED, asked)
    stub.add_client_error("start_execution", "ExecutionAlreadyExists", http_status_code=400)
    executions = StepFunctions(client, MACHINE)

    assert executions.start("c-1", {"chain": "c-1"}) is True
    assert executions.start("c-1", {"chain": "c-1"}) is False


@pytest.mark.parametrize("gone", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_task_that_waits_no_more_is_no_error(client: Any, stub: Stubber, gone: str) -> None:
    stub.add_response("send_task_success", {}, {"taskToken": "t", "output": "{}"})
    stub.add_client_error("send_task_success", gone, http_status_code=400)
    executions = StepFunctions(client)

    assert executions.wake("t") is True
    assert executions.wake("t") is False


def test_what_may_go_better_later_is_an_error(client: Any, stub: Stubber) -> None:
    stub.add_client_error("start_execution", "ThrottlingException", http_status_code=400)
    stub.add_client_error("send_task_success", "ThrottlingException", http_status_code=400)
    executions = StepFunctions(client, MACHINE)

    with pytest.raises(Throttled, match="Step Functions"):
        executions.start("c-1", {})
    with pytest.raises(Throttled, match="Step Functions"):
        executions.wake("t")
