"""Runs MiniStack with two things put right.

- Its own public name (MINISTACK_HOST) leads to this machine, as DNS would have it: it asks itself under that name for
  the keys that sign a user pool's tokens.
- A task of Step Functions that calls a Lambda and waits for its token keeps to TimeoutSecondsPath and HeartbeatSeconds,
  and fails when the Lambda fails, as in AWS ("Wait for a Callback with Task Token"). MiniStack 1.5 waits on.

Standard library and MiniStack only: it is started as a file of its own, by MiniStack's Python.
"""

import os
import runpy
import socket
from collections.abc import Mapping
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

LOOPBACK = "127.0.0.1"
_FOR_EVER_S = 99_999_999
"""Step Functions' own, of a task that sets no timeout."""

type State = Mapping[str, Any]


def here(resolve: Any, name: str, host: Any, *rest: Any, **options: Any) -> Any:
    """`socket.getaddrinfo`, but for one name."""
    return resolve(LOOPBACK if host == name else host, *rest, **options)


class Signs(dict[str, Any]):
    """What MiniStack keeps for a token; knows when the last heartbeat came."""

    beat_at: float

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == "heartbeat":
            self.beat_at = monotonic()


def execute(states: Any, ordinarily: Any, state: State, given: Any, *rest: Any) -> Any:
    """MiniStack's `_execute_task`, with the timeout that a path leads to."""
    if path := state.get("TimeoutSecondsPath"):
        state = {**state, "TimeoutSeconds": states._resolve_path(path, given)}
    return ordinarily(state, given, *rest)


def invoke_with_callback(
    states: Any, ordinarily: Any, resource: str, given: Mapping[str, Any], token: str, state: State
) -> Any:
    """MiniStack's `_invoke_with_callback`, for a Lambda. Raises its `_ExecutionError`."""
    if "states:::lambda:invoke" not in resource:
        return ordinarily(resource, given, token, state)
    signs = states._task_tokens[token] = Signs(event=Event(), result=None, error=None)
    signs["heartbeat"] = None
    try:
        function = states._resolve_lambda_function_ref(given["FunctionName"], optimized=True)
        states._call_lambda(function, given["Payload"])
        return _answer(states, signs, state)
    finally:
        states._task_tokens.pop(token, None)


def _answer(states: Any, signs: Signs, state: State) -> Any:
    end, silence_s = monotonic() + state.get("TimeoutSeconds", _FOR_EVER_S), state.get("HeartbeatSeconds", _FOR_EVER_S)
    while not signs["event"].wait(max(0.0, min(end, signs.beat_at + silence_s) - monotonic())):
        if monotonic() >= end:
            raise states._ExecutionError("States.Timeout", "the token has not come back")
        if monotonic() >= signs.beat_at + silence_s:
            raise states._ExecutionError("States.HeartbeatTimeout", "nothing was heard of it")
    if signs["error"]:
        raise states._ExecutionError(signs["error"].get("Error", ""), signs["error"].get("Cause", ""))
    return states.json.loads(signs["result"])


def mend(states: Any) -> None:
    """Put MiniStack's module for Step Functions right."""
    states._execute_task = partial(execute, states, states._execute_task)
    states._invoke_with_callback = partial(invoke_with_callback, states, states._invoke_with_callback)


if __name__ == "__main__":
    from ministack.services import stepfunctions  # type: ignore[import-not-found]

    mend(stepfunctions)
    socket.getaddrinfo = partial(here, socket.getaddrinfo, os.environ["MINISTACK_HOST"])
    runpy.run_module("ministack", run_name="__main__")
