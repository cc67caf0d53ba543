"""Executions of AWS Step Functions, and the tasks in them that wait for a token."""

import json
from collections.abc import Mapping
from typing import Any

from shared.aws_errors import named_errors

_SERVICE = "Step Functions"


class StepFunctions:
    """`client` is botocore's for Step Functions, with the deadlines and retries of its caller."""

    def __init__(self, client: Any, state_machine: str = "") -> None:
        self._client = client
        self._state_machine = state_machine
        errors = client.exceptions
        self._gone = (errors.TaskTimedOut, errors.TaskDoesNotExist, errors.InvalidToken)

    def start(self, name: str, given: Mapping[str, str]) -> bool:
        """Begin the execution of this name (at most 80 letters, digits, `-` and `_`); False if there is or was one.

        Step Functions keeps a name for 90 days after the execution's end. It says nothing of one that runs already on
        the same input, which counts as begun. Raises ProviderError.
        """
        with named_errors(_SERVICE):
            try:
                self._client.start_execution(stateMachineArn=self._state_machine, name=name, input=json.dumps(given))
            except self._client.exceptions.ExecutionAlreadyExists:
                return False
        return True

    def wake(self, token: str) -> bool:
        """Have the task with this token go on; False if it waits no more: it was woken, or its time is over.

        Raises ProviderError.
        """
        with named_errors(_SERVICE):
            try:
                self._client.send_task_success(taskToken=token, output="{}")
            except self._gone:
                return False
        return True
