from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from local.cloud.mended import AT_ONCE, LOOPBACK, here, mend

TOKENS = "arn:aws:states:::lambda:invoke.waitForTaskToken"
GIVEN = {"FunctionName": "step", "Payload": {"token": "t"}}


class Failed(Exception):
    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error)
        self.cause = cause


def states(lambda_: Any) -> Any:
    """MiniStack's module, as far as it is mended: `lambda_` is what the Lambda does."""
    module = SimpleNamespace(_task_tokens={}, _ExecutionError=Failed, _call_lambda=lambda_)
    module._resolve_lambda_function_ref = lambda name, optimized: name
    module._resolve_path = lambda path, given: given[path.removeprefix("$.")]
    module._execute_task = lambda state, given: module._invoke_with_callback(TOKENS, GIVEN, "t", state)
    module._invoke_with_callback = lambda resource, given, token, state: "as before"
    mend(module)
    return module


def test_one_name_leads_to_this_machine_and_every_other_to_where_it_does() -> None:
    def resolve(host: str, port: int, *, family: int) -> tuple[str, int, int]:
        return host, port, family

    assert here(resolve, "cloud.example.com", "cloud.example.com", 80, family=0) == (LOOPBACK, 80, 0)
    assert here(resolve, "cloud.example.com", "other.example.com", 80, family=0) == ("other.example.com", 80, 0)


def test_a_token_that_comes_back_ends_the_task_even_before_the_lambda_has() -> None:
    def answers(function: str, payload: dict[str, str]) -> None:
        kept = module._task_tokens[payload["token"]]
        kept["result"] = '{"done": true}'
        kept["event"].set()

    module = states(answers)

    assert module._execute_task({"TimeoutSeconds": 60}, {}) == {"done": True}
    assert module._task_tokens == {}


def test_a_timeout_may_be_told_by_a_path() -> None:
    module = states(lambda function, payload: None)

    with pytest.raises(Failed, match=r"States\.Timeout"):
        module._execute_task({"TimeoutSecondsPath": "$.seconds"}, {"seconds": 0.01})


def test_a_lambda_that_fails_fails_its_task() -> None:
    def fails(function: str, payload: dict[str, str]) -> None:
        raise Failed("ValueError", "{}")

    with pytest.raises(Failed, match="ValueError"):
        states(fails)._execute_task({"TimeoutSeconds": 60}, {})


def test_executions_take_turns() -> None:
    inside, most, everybody = set[int](), list[int](), Event()

    def holds(number: int) -> None:
        inside.add(number)
        most.append(len(inside))
        if len(inside) == AT_ONCE:
            everybody.set()
        assert everybody.wait(5)
        inside.remove(number)

    module = states(holds)
    with ThreadPoolExecutor(3 * AT_ONCE) as executions:
        list(executions.map(module._call_lambda, range(3 * AT_ONCE)))

    assert max(most) == AT_ONCE


def test_what_is_no_lambda_is_left_as_it_was() -> None:
    module = states(lambda function, payload: None)

    assert module._invoke_with_callback("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {}, "t", {}) == "as before"
