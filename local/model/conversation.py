"""A request's messages as a conversation: who said what, which tools were called, how each call ended."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call, its arguments read as an object ({} when they are not one)."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """The user said `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """The assistant said `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """The assistant called tools."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A tool answered: `fields` when the answer is a JSON object, else `value`."""

    tool: str
    fields: Mapping[str, Any]
    value: Any


type Step = Heard | Said | Called | Result


@dataclass(frozen=True, slots=True)
class Conversation:
    """The system messages joined, and what happened since, in order."""

    system: str
    steps: tuple[Step, ...]


def read_call(name: str, arguments: str) -> Call:
    loaded = _loaded(arguments)
    return Call(name, loaded if isinstance(loaded, dict) else {})


def read_result(tool: str, content: str) -> Result:
    loaded = _loaded(content)
    return (
        Result(tool, loaded, loaded)
        if isinstance(loaded, dict)
        else Result(tool, {}, loaded if loaded is not None else content)
    )


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def trailing_results(steps: Sequence[Step]) -> list[Result]:
    """The tool results the conversation ends with, oldest first; empty when somebody spoke since."""
    results: list[Result] = []
    for step in reversed(steps):
        if not isinstance(step, Result):
            break
        results.insert(0, step)
    return results
