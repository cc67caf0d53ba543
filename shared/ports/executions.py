"""Whoever waits for chains, and is told what comes next: executions, each of a name, and their tasks with a token."""

from collections.abc import Mapping
from typing import Protocol


class Executions(Protocol):
    """Raises ProviderError."""

    def start(self, name: str, given: Mapping[str, str]) -> bool:
        """Begin the execution of this name; False if there is or was one."""
        ...

    def wake(self, token: str) -> bool:
        """Have the task with this token go on; False if it waits no more: it was woken, or its time is over."""
        ...
