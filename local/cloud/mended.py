"""Runs MiniStack with three things put right.

- Its own public name (MINISTACK_HOST) leads to this machine, as DNS would have it: it asks itself under that name for
  the keys that sign a user pool's tokens.
- A task of Step Functions that calls a Lambda and waits for its token keeps to TimeoutSecondsPath, and fails when the
  Lambda fails, as in AWS ("Wait for a Callback with Task Token"). MiniStack 1.5 waits on.
- Executions take turns: each Lambda that runs here is a process, and a hundred events would start two hundred at once.

Standard library and MiniStack only: it is started as a file of its own, by MiniStack's Python.
"""

import json
import os
import runpy
import socket
from collections.abc import Mapping
from functools import partial
from threading import Event, Semaphore
from typing import Any

LOOPBACK = "127.0.0.1"
AT_ONCE = 3
"""Lambdas that executions run at a time; Lambda itself would begin hundreds."""
_FOR_EVER_S = 99_999_999
"""Step Functions' own, of a task that sets no timeout."""

type State = Mapping[str, Any]


def here(resolve: Any, name: str, host: Any, *rest: Any, **options: Any) -> Any:
    """`socket.getaddrinfo`, but for one name."""
    return resolve(LOOPBACK if host == name else host, *rest, **options)


def execute(states: Any, ordinarily: Any, state: State, given: Any, *rest: Any) -> Any:
    """MiniStack's `_execute_task`, with the timeout that a path leads to."""
    if path := state.get("TimeoutSecondsPath"):
        state = {**state, "TimeoutSeconds": states._resolve_path(path, given)}
    return ordinarily(state, given, *rest)


def invoke_with_callback(
    states: Any, ordinarily: Any, resource: str, given: Mapping[str, Any], token: str, state: State
) -> object:
    """MiniStack's `_invoke_with_callback`, for a Lambda. Raises its `_ExecutionError`."""
    if "states:::lambda:invoke" not in resource:
        return ordinarily(resource, given, token, state)
    done = Event()
    kept: dict[str, Any] = {"event": done, "result": None, "error": None, "heartbeat": None}
    states._task_tokens[token] = kept
    try:
        function = states._resolve_lambda_function_ref(given["FunctionName"], optimized=True)
        states._call_lambda(function, given["Payload"])
        if not done.wait(state.get("TimeoutSeconds", _FOR_EVER_S)):
            raise states._ExecutionError("States.Timeout", "the token has not come back")
    finally:
        states._task_tokens.pop(token, None)
    if error := kept["error"]:
        raise states._ExecutionError(error.get("Error", ""), error.get("Cause", ""))
    return json.loads(kept["result"])


def in_turn(turns: Semaphore, ordinarily: Any, *given: Any) -> Any:
    """MiniStack's `_call_lambda`, by so many executions at a time. A Lambda of an execution waits for no other."""
    with turns:
        return ordinarily(*given)


def mend(states: Any) -> None:
    """Put MiniStack's module for Step Functions right."""
    states._call_lambda = partial(in_turn, Semaphore(AT_ONCE), states._call_lambda)
    states._execute_task = partial(execute, states, states._execute_task)
    states._invoke_with_callback = partial(invoke_with_callback, states, states._invoke_with_callback)


if __name__ == "__main__":
    from ministack.services import stepfunctions  # type: ignore[import-not-found]

    mend(stepfunctions)
    socket.getaddrinfo = partial(here, socket.getaddrinfo, os.environ["MINISTACK_HOST"])
    runpy.run_module("ministack", run_name="__main__")
