"""YAML files that people write: where each field stands, and what is wrong there, in words for whoever wrote it."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel


class Unreadable(Exception):
    """The file is none that can be read. The message says where it goes wrong, and the fix."""


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


def read(path: Path, *, max_bytes: int) -> tuple[Places, object]:
    """What the file says, and where. Raises Unreadable."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read ({error.strerror}); check the name") from None
    if len(raw) > max_bytes:
        raise Unreadable(f"{path}: larger than {max_bytes / 1_000_000:g} MB; keep long texts elsewhere")
    try:
        return Places(yaml.compose(raw.decode("utf-8"), Loader=yaml.SafeLoader)), yaml.safe_load(raw)
    except UnicodeDecodeError:
        raise Unreadable(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(error, "problem", None) or "not YAML"
        raise Unreadable(f"{path}:{line}: {what}; check indentation, colons and quotes") from None


def explain(path: str, lines: Places, error: Mapping[str, object], schema: type[BaseModel]) -> str:
    """One of pydantic's errors: file:line: field: what is wrong; the fix."""
    loc = error["loc"]
    where = tuple(str(part) for part in loc if part != "[key]") if isinstance(loc, tuple) else ()
    kind, message = str(error["type"]), str(error["msg"])
    if kind == "missing":
        message = f"is missing; add `{where[-1]}:` here"
    elif kind == "extra_forbidden":
        known = ", ".join(_model(schema, where[:-1]).model_fields)
        message = f"is not known here; remove it, or check its spelling and indentation (known: {known})"
    elif kind == "enum":
        message = f"{message}; use one of these"
    elif kind == "value_error":
        message = message.removeprefix("Value error, ")
    elif kind.startswith("string") or kind.endswith("_type"):
        message = f"{message}; put the text in quotes if it looks like a number or yes/no"
    return f"{path}:{lines.of(where)}: {'.'.join(where)}: {message}"


def _model(schema: type[BaseModel], where: tuple[str, ...]) -> type[BaseModel]:
    """The part of the schema that stands there; names of entries and their numbers are passed over."""
    for name in where:
        if name in schema.model_fields:
            schema = _inner(schema.model_fields[name].annotation) or schema
    return schema


def _inner(annotation: object) -> type[BaseModel] | None:
    """The model within a type such as `dict[str, Task]` or `Voice | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner, get_args(annotation))), None)
