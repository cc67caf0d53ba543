"""Reading TwiML as Twilio does: bytes to verbs, checked against the grammar of the verbs this stand-in knows.

What cannot be read at all raises BadTwiml (Twilio errors 11750, 11770, 12100, 12300). What can be read but is not in
the grammar is left out and complained about (Twilio warning 12200), and the call goes on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from local.carrier.courier import MAX_BODY_BYTES, Method

_MAX_DEPTH = 8
_XML_TYPES = frozenset({"text/xml", "application/xml", "application/x-xml"})

type Check = Callable[[str], bool]


class BadTwiml(ValueError):
    """The document as a whole cannot be used; `code` is Twilio's error code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Element:
    """One XML element. `text` is all character data inside it, trimmed; markup inside the text (SSML) is dropped."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Element", ...] = ()

    def get(self, attribute: str, default: str) -> str:
        return self.attributes.get(attribute, default)

    def number(self, attribute: str, default: int) -> int:
        return int(self.attributes.get(attribute, default))

    def flag(self, attribute: str, default: bool) -> bool:
        return self.attributes.get(attribute, str(default).lower()) == "true"

    def method(self, attribute: str) -> Method:
        return "GET" if self.attributes.get(attribute) == "GET" else "POST"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an element may hold: attributes with a check of their value, and child elements.

    `ignored` names attributes that Twilio knows and this stand-in accepts without doing anything.
    """

    attributes: Mapping[str, Check] = field(default_factory=dict)
    children: Mapping[str, "Rule"] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    text: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Verbs in order, what was left out of them and why, and what is accepted but not simulated."""

    verbs: tuple[Element, ...]
    complaints: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def anything(value: str) -> bool:
    return True


def boolean(value: str) -> bool:
    return value in ("true", "false")


def http_method(value: str) -> bool:
    return value in ("GET", "POST")


def one_of(*values: str) -> Check:
    return frozenset(values).__contains__


def whole(low: int, high: int) -> Check:
    """A whole number from low to high, in plain digits."""
    return lambda value: value.isascii() and value.isdigit() and len(value) < 9 and low <= int(value) <= high


def keys(value: str) -> bool:
    """Telephone keys, or none."""
    return re.fullmatch(r"[0-9*#]{0,12}", value) is not None


def read(body: bytes, content_type: str, grammar: Mapping[str, Rule]) -> Reading:
    """The verbs of one fetched document. Raises BadTwiml."""
    if len(body) > MAX_BODY_BYTES:
        raise BadTwiml(11750, f"more than {MAX_BODY_BYTES} bytes")
    if not body.strip():
        raise BadTwiml(11770, "empty body")
    if content_type.partition(";")[0].strip().lower() not in _XML_TYPES:
        raise BadTwiml(12300, "not XML by its Content-Type")
    root = _Tree().parse(body)
    if root.name != "Response":
        raise BadTwiml(12100, "the root element is not <Response>")
    complaints: list[str] = []
    ignored: list[str] = []
    verbs = _pruned(root.children, grammar, complaints, ignored)
    return Reading(verbs, tuple(complaints), tuple(ignored))


def _pruned(
    elements: tuple[Element, ...], grammar: Mapping[str, Rule], complaints: list[str], ignored: list[str]
) -> tuple[Element, ...]:
    kept = []
    for element in elements:
        rule = grammar.get(element.name)
        if rule is None:
            complaints.append(f"<{element.name}>")
            continue
        attributes = {}
        for name, value in element.attributes.items():
            if name in rule.ignored:
                ignored.append(f"{element.name} {name}")
            elif name in rule.attributes and rule.attributes[name](value):
                attributes[name] = value
            else:
                complaints.append(f"{element.name} {name}")
        # Markup inside text (SSML in Say) is not a verb.
        children = () if rule.text else _pruned(element.children, rule.children, complaints, ignored)
        kept.append(Element(element.name, attributes, element.text, children))
    return tuple(kept)


class _Tree:
    """Builds elements from expat's events. A DOCTYPE is refused: TwiML has none, and entities can explode."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._stack: list[tuple[str, dict[str, str], list[str], list[Element]]] = [("", {}, [], [])]

    def parse(self, body: bytes) -> Element:
        try:
            self._parser.Parse(body, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise BadTwiml(12100, str(error)) from None
        return self._stack[0][3][0]

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        self._stack.append((name, attributes, [], []))

    def _close(self, name: str) -> None:
        _, attributes, text, children = self._stack.pop()
        self._stack[-1][2].extend(text)
        self._stack[-1][3].append(Element(name, attributes, "".join(text).strip(), tuple(children)))

    def _characters(self, data: str) -> None:
        self._stack[-1][2].append(data)

    def _doctype(self, *_: object) -> None:
        raise ValueError("a DOCTYPE is not allowed")
