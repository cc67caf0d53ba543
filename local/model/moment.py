"""Where a conversation stands, and what is decided there."""

from dataclasses import dataclass

from local.model.conversation import Call
from local.model.task import Task


@dataclass(frozen=True, slots=True)
class Moment:
    """The task under way, what the assistant said last, and how often in a row it has just missed."""

    task: Task | None
    question: str
    misses: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Text to say, tools to call, and the task whose arguments the model itself goes on asking for."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    task: Task | None = None
