"""People at desks: who there is, who of them has which call, and what they still have to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes calls. Name, teams and phone come from the company's own directory, never from a model."""

    id: str
    name: str
    teams: tuple[str, ...]
    phone: str
    """E.164 or `sip:`; empty for one who is not rung."""
    username: str = ""
    """What they sign in with, and agent files call them."""


class People(Protocol):
    """Who is at a desk, and who of them has which call. All writes are conditional."""

    def free(self, team: str, now: datetime) -> tuple[Person, ...]:
        """Those of the team who can be rung and have no call; who has waited longest is first."""
        ...

    def person(self, username: str) -> Person | None:
        """Whoever signs in under this name; None if nobody ever did."""
        ...

    def claim(self, person_id: str, call_sid: str, until: datetime, *, willing: bool = False) -> bool:
        """Take a free person for a call; False if they are not free. The lease ends by itself at `until`.

        The same call again, as long as it has them, moves `until`. Who is `willing` has asked for this call, and need
        not have said that they are free; no other call may have them.
        """
        ...

    def release(self, person_id: str, call_sid: str) -> None:
        """Let a person go whom this call has; nothing is changed otherwise."""
        ...


class FollowUpKind(StrEnum):
    TASK = "task"
    CALLBACK = "callback"
    """To be rung: `at` is when."""


class FollowUps(Protocol):
    """What people still have to do about calls."""

    def add(
        self,
        kind: FollowUpKind,
        call_sid: str,
        about: str,
        at: datetime,
        *,
        number: str = "",
        agent_until: datetime | None = None,
    ) -> bool:
        """Put one into the queue; False, and nothing changed, if the same is there. `at` is when it is due.

        `number` is whom to ring, when that is not the call's own caller. The agent does it itself, until
        `agent_until`; if it has not by then, people may.
        """
        ...

    def called_back(self, number: str, *, done: bool) -> None:
        """What the agent was to do for this number is `done`, or left to people; nothing happens if nothing was."""
        ...
