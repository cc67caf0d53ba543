"""What has to happen next in a task (`shared.core.tasks` decides)."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.lines import Line


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a slot, or for agreement: `waiting_for` names it."""

    waiting_for: str
    line: Line


@dataclass(frozen=True, slots=True)
class Check:
    """Read one value back by itself, and have the caller agree to it."""

    slot: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """List the values possible for a slot."""

    slot: str
    tool: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """Everything is known and agreed: do it."""

    tool: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settle:
    """The caller has agreed to pay, or not."""

    agreed: bool


type Step = Ask | Check | Fetch | Run | Settle
