"""The task under way, told from the calls made, what the tools answered, and the State section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.model.arguments.reading import is_consent
from local.model.briefing import Briefing
from local.model.conversation import Call, Result
from local.model.tools import Parameter, Tool

_UNFINISHED = frozenset(
    (
        "asked",
        "confirm",
        "invalid",
        "incomplete",
        "pending",
        "missing",
        "needs_confirmation",
        "waiting",
        "retry",
        "again",
    )
)
_ASKING_KEYS = ("waiting_for", "asked", "ask", "missing", "next", "needs")


@dataclass(frozen=True, slots=True)
class Task:
    """A tool being filled: `known` values so far, the parameter `asked` for; `open` until the tool says it is done."""

    tool: Tool
    known: Mapping[str, Any]
    asked: Parameter | None
    open: bool


def called(task: Task | None, calls: Sequence[Call], tools: Sequence[Tool]) -> Task | None:
    """The task after the assistant called tools: the last call counts."""
    if not calls or not (tool := find_tool(tools, calls[-1].name)):
        return None
    same = task is not None and task.tool.name == tool.name
    return Task(tool, {**(task.known if task and same else {}), **calls[-1].arguments}, None, open=False)


def answered(task: Task | None, result: Result) -> Task | None:
    """The task after a tool answered: open when the answer asks for something."""
    if task is None or result.tool != task.tool.name:
        return task
    asked = next((found for key in _ASKING_KEYS if (found := _named(task.tool, result.fields.get(key)))), None)
    status = str(result.fields.get("status", "")).lower()
    if not asked and "confirm" in status and status != "confirmed":
        asked = consent_of(task.tool)
    return replace(task, asked=asked, open=asked is not None or status in _UNFINISHED)


def stated(task: Task | None, briefing: Briefing, tools: Sequence[Tool]) -> Task | None:
    """The task as the State section has it: it is newer than the conversation.

    Who writes a Now section writes a State section too while a task is under way; without it none is, unless the model
    itself is asking for what a schema requires.
    """
    if not briefing.asked:
        over = briefing.sectioned and task is not None and not task.tool.required()
        return replace(task, open=False) if task and over else task
    tool = find_tool(tools, briefing.task) or next((each for each in tools if each.parameter(briefing.asked)), None)
    if tool is None:
        return task
    known = task.known if task and task.tool.name == tool.name else {}
    return Task(tool, known, tool.parameter(briefing.asked), open=True)


def consent_of(tool: Tool) -> Parameter | None:
    """The parameter that records agreement to what was read back."""
    return next((parameter for parameter in tool.parameters if is_consent(parameter)), None)


def find_tool(tools: Sequence[Tool], name: str) -> Tool | None:
    return next((tool for tool in tools if tool.name == name), None)


def _named(tool: Tool, value: Any) -> Parameter | None:
    name = value[0] if isinstance(value, list) and value else value
    return tool.parameter(name) if isinstance(name, str) else None
