"""Ports to the streaming tasks of a stage that keeps none while nobody calls: which there are, and who starts one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Roster(Protocol):
    """Which streaming tasks take calls, by their own word, and whether one has been asked for.

    Every method may raise ProviderError.
    """

    def announce(self, task: str, since: datetime, until: datetime) -> None:
        """This task has taken calls since then, and may be counted on until then. Nobody waits for one any more."""
        ...

    def withdraw(self, task: str) -> None:
        """This task takes no more calls."""
        ...

    def awake_since(self, now: datetime) -> datetime | None:
        """Since when there has been a task that can be counted on; None while there is none."""
        ...

    def ask(self, now: datetime, until: datetime) -> datetime | None:
        """Undertake to ask for a task: since when one has been wanted. None if another has undertaken it meanwhile.

        Nobody else may until then. Of many at once, one is told to.
        """
        ...


class TaskService(Protocol):
    """What runs the streaming tasks."""

    def start_one(self) -> bool:
        """Have one task started; False, and nothing changed, if any are wanted already. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Fleet:
    """Both."""

    roster: Roster
    service: TaskService
