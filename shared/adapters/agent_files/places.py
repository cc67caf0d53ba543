"""Where in a file each field stands, and what is wrong there, in words for whoever wrote it."""

from collections.abc import Mapping

import yaml
from pydantic import BaseModel

from shared.adapters.agent_files import schema


class Places:
    """Where in the file each field stands."""

    def __init__(self, node: yaml.Node | None) -> None:
        self._lines: dict[tuple[str, ...], int] = {(): 1}
        if node is not None:
            self._walk(node, ())

    def of(self, path: tuple[str, ...]) -> int:
        """The line of a field, or of the nearest one around it that exists."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _walk(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*path, str(key.value))
                self._lines.setdefault(inner, key.start_mark.line + 1)
                self._walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*path, str(index)))


def explain(path: str, lines: Places, error: Mapping[str, object]) -> str:
    loc = error["loc"]
    where = tuple(str(part) for part in loc) if isinstance(loc, tuple) else ()
    kind, message = str(error["type"]), str(error["msg"])
    if kind == "missing":
        message = f"is missing; add `{where[-1]}:` here"
    elif kind == "extra_forbidden":
        message = f"is not known here; remove it, or check its spelling and indentation ({_known(where)})"
    elif kind == "enum":
        message = f"{message}; use one of these"
    elif kind.startswith("string") or kind.endswith("_type"):
        message = f"{message}; put the text in quotes if it looks like a number or yes/no"
    return f"{path}:{lines.of(where)}: {'.'.join(where)}: {message}"


def _known(where: tuple[str, ...]) -> str:
    part: type[BaseModel] = schema.AgentFile
    inner: dict[str, type[BaseModel]] = {
        "tasks": schema.Task,
        "routes": schema.Route,
        "to": schema.Destination,
        "ask_for": schema.Slot,
        "knowledge": schema.Fact,
        "problems": schema.Problem,
        "phrases": schema.Phrases,
        "limits": schema.Limits,
        "outbound": schema.Outbound,
        "facts": schema.EventFact,
        "identity": schema.Identity,
        "verify": schema.Verification,
        "voice": schema.Voice,
    }
    for name in where[:-1]:
        part = inner.get(name, part)
    return f"known: {', '.join(part.model_fields)}"
