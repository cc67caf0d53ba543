"""The tools a request offers, read from their JSON schemas: what each does, what people say for it, what it needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.model.words import stem, utterance

_QUOTED = re.compile(r"[\"“]([^\"“”\n]{2,200})[\"”]")
_LEAD_IN = re.compile(
    r"[^.;:\n]*\b(?:say|says|said|such as|like|example|examples|e\.g)\b[^.:\n]*:?[\s;,.]*$", re.IGNORECASE
)


class Kind(StrEnum):
    """What sort of words fill a parameter."""

    DATE = "date"
    TIME = "time"
    NAME = "person-name"
    PHONE = "phone"
    EMAIL = "email"
    DIGITS = "digits"
    NUMBER = "number"
    YES_NO = "yes-no"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    TOPIC = "topic"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Option:
    """One value an enum allows, with what its description says of it."""

    value: str | int | float | bool
    words: str
    description: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool. `json` is the type its value has; `lengths` bounds its digits or letters."""

    name: str
    kind: Kind
    description: str
    required: bool
    options: tuple[Option, ...]
    json: str
    lengths: tuple[int, int]

    def vocabulary(self) -> set[str]:
        """Stems of the words the parameter is named and described with."""
        return {stem(word) for word in utterance(self.name.replace("_", " ") + " " + self.description).texts()}


@dataclass(frozen=True, slots=True)
class Tool:
    """One function on offer: its `purpose` in a sentence, quoted `examples` of what people say, its parameters."""

    name: str
    purpose: str
    examples: tuple[str, ...]
    parameters: tuple[Parameter, ...]

    def parameter(self, name: str) -> Parameter | None:
        return next((each for each in self.parameters if each.name == name), None)

    def required(self) -> list[Parameter]:
        return [each for each in self.parameters if each.required]


def read_tool(name: str, description: str, schema: Mapping[str, Any]) -> Tool:
    """Read one function declaration; what is malformed in the schema is passed over."""
    properties = schema.get("properties")
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    parameters = tuple(
        read_parameter(str(key), value if isinstance(value, dict) else {}, key in names)
        for key, value in (properties.items() if isinstance(properties, dict) else ())
    )
    return Tool(name, purpose_of(description), tuple(_QUOTED.findall(description)), parameters)


def read_parameter(name: str, schema: Mapping[str, Any], required: bool) -> Parameter:
    description = schema.get("description")
    description = description if isinstance(description, str) else ""
    kind = _kind(name, schema, description)
    listed = schema.get("items", {}) if kind is Kind.CHOICES else schema
    options = tuple(_option(value, description) for value in _enum(listed))
    low, high = schema.get("minLength"), schema.get("maxLength")
    lengths = (low if isinstance(low, int) else 0, high if isinstance(high, int) else 1000)
    return Parameter(name, kind, description, required, options, _type(schema), lengths)


def purpose_of(description: str) -> str:
    """The description without its quoted examples and the words that introduce them."""
    first = _QUOTED.search(description)
    return _LEAD_IN.sub("", description[: first.start()]).strip(" :;,\n") if first else description.strip()


def _enum(schema: Any) -> list[str | int | float | bool]:
    values = schema.get("enum") if isinstance(schema, dict) else None
    return [each for each in values if isinstance(each, str | int | float | bool)] if isinstance(values, list) else []


def _option(value: str | int | float | bool, description: str) -> Option:
    words = re.sub(r"[_\W]+", " ", str(value)).strip().lower()
    lead, after = r"(?:^|[\n;,.(]|[-*] )\s*[`\"']?", r"[`\"']?\s*(?::|=|—|–|-| is| for )\s*(.*)"
    found = re.search(lead + re.escape(str(value)) + after, description, re.IGNORECASE)
    own = found[1] if found else ""
    return Option(value, words, purpose_of(own), tuple(_QUOTED.findall(own)))


def _type(schema: Mapping[str, Any]) -> str:
    declared = schema.get("type", "string")
    if isinstance(declared, list):
        declared = next((each for each in declared if each != "null"), "string")
    return declared if isinstance(declared, str) else "string"


_FORMATS = {
    "date": Kind.DATE, "time": Kind.TIME, "person-name": Kind.NAME, "phone": Kind.PHONE, "email": Kind.EMAIL,
    "digits": Kind.DIGITS, "number": Kind.NUMBER, "yes-no": Kind.YES_NO, "text": Kind.TEXT,
}  # fmt: skip

_WHOSE = "(?:customer|caller|guest|patient|contact|person|user)"
_NAMED = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.EMAIL, r"\be ?mail\b"),
        (Kind.PHONE, r"\b(?:phone|telephone|mobile|callback number)\b"),
        (
            Kind.DIGITS,
            r"\b(?:digits?|pin|zip|postcode|postal code"
            r"|(?:account|card|policy|order|reference|member|confirmation|booking) (?:number|id))\b",
        ),
        (Kind.TEXT, r"\b(?:reason|messages?|notes?|comments?|details|problem|issue|complaint|instructions|body)\b"),
        (Kind.DATE, r"\b(?:date|day)\b"),
        (Kind.TIME, r"\b(?:time|hour)\b"),
        (
            Kind.NAME,
            rf"\b(?:(?:first|last|full|{_WHOSE}) (?:and last )?names?|name of the {_WHOSE}|{_WHOSE}'s name)\b|^name$",
        ),
    )
)


def _kind(name: str, schema: Mapping[str, Any], description: str) -> Kind:
    declared = _type(schema)
    if declared == "array":
        return Kind.CHOICES if _enum(schema.get("items")) else Kind.OTHER
    if _enum(schema):
        return Kind.CHOICE
    if declared == "boolean":
        return Kind.YES_NO
    if declared in ("integer", "number"):
        return Kind.NUMBER
    if declared != "string":
        return Kind.OTHER
    if (said := schema.get("format")) and isinstance(said, str) and said in _FORMATS:
        return _FORMATS[said]
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])|_|-", " ", name).lower()
    for text in (spelled, purpose_of(description).lower()):
        for kind, pattern in _NAMED:
            if pattern.search(text):
                return kind
    return Kind.TOPIC
