"""The schemas of `docs/events`: what a company may send is checked against the very files that it reads."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import fastjsonschema

OURS: Final = frozenset(
    {"attempt.completed", "call.finished", "chain.completed", "optout.recorded", "payment.captured"}
)
"""Kinds that the company is told, and does not send."""
_PARTS: Final = frozenset({"person", "consent"})
"""Schemas that are parts of others."""
_ENDING: Final = ".v1.json"


class BadEvent(Exception):
    """An event is not as its schema has it. One line, which names the field and the fix, and holds no value of it."""

    def __init__(self, field: str, rule: str, fix: str) -> None:
        super().__init__(f"{field}: {fix}")
        self.field = field
        """Such as `person.phone`, by names of the schema only."""
        self.rule = rule
        """The schema's word for what is wrong, such as `required`."""


class EventSchemas:
    """All schemas of a folder, compiled when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._compiled = cache(self._compile)

    def kinds(self) -> tuple[str, ...]:
        """What a company may send."""
        found = (path.name.removesuffix(_ENDING) for path in self._folder.glob(f"*{_ENDING}"))
        return tuple(sorted(set(found) - OURS - _PARTS))

    def check(self, kind: str, detail: object) -> Mapping[str, Any]:
        """The detail of an event of this kind. Raises BadEvent."""
        if kind not in self.kinds():
            raise BadEvent("detail-type", "unknown", f"is none that is known; use one of {', '.join(self.kinds())}")
        if not isinstance(detail, dict):
            raise BadEvent("detail", "type", "must be a JSON object")
        try:
            self._compiled(kind)(detail)
        except fastjsonschema.JsonSchemaValueException as error:
            raise _bad(error) from None
        return detail

    def schema(self, name: str) -> Mapping[str, Any]:
        """One schema as it is written, such as `person`."""
        return self._read(f"{name}{_ENDING}")

    def _compile(self, kind: str) -> Callable[[object], object]:
        validate: Callable[[object], object] = fastjsonschema.compile(self._read(f"{kind}{_ENDING}"), {"": self._read})
        return validate

    def _read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self._folder / name).read_text())
        return content


def _bad(error: fastjsonschema.JsonSchemaValueException) -> BadEvent:
    where, definition, given = list(error.path[1:]), error.definition, error.value
    said = str(definition.get("description", ""))
    match error.rule:
        case "required":
            missing = next(name for name in error.rule_definition if name not in given)
            where, fix = [*where, missing], "is missing"
        case "additionalProperties" if error.rule_definition is False:
            known = ", ".join(definition["properties"])
            fix = f"has a field that is not known; use {known}"
        case "const":
            fix = f"must be {json.dumps(error.rule_definition)}"
        case "enum":
            fix = f"must be one of {', '.join(map(str, error.rule_definition))}"
        case "type":
            wanted = error.rule_definition if isinstance(error.rule_definition, list) else [error.rule_definition]
            fix = f"must be {' or '.join(wanted)}"
        case _:
            fix = f"is not as it should be ({error.rule})"
    return BadEvent(".".join(map(str, where)) or "detail", str(error.rule), f"{fix}: {said}" if said else fix)
