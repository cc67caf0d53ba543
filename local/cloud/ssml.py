"""The SSML Amazon Polly takes, as far as a telephone needs it: what to say, how, and where to be silent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from local.cloud.spelling import spell

_BREAKS_MS = {"none": 0, "x-weak": 0, "weak": 0, "medium": 400, "strong": 400, "x-strong": 700}
_LONGEST_BREAK_MS = 10_000  # Amazon Polly Developer Guide, "Supported SSML tags", <break>
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.25, "x-fast": 1.75}
_SPELLED = ("digits", "spell-out", "characters", "verbatim", "telephone")
_PLAIN = ("speak", "p", "s", "w", "lang", "emphasis", "phoneme", "mark")


class InvalidSsml(ValueError):
    """Polly would answer InvalidSsmlException."""


@dataclass(frozen=True, slots=True)
class Say:
    """Text to be spoken; `rate` 1.0 is the voice's own pace."""

    text: str
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    ms: int


def parse(document: str) -> list[Say | Silence]:
    """What an SSML document says, in order. Raises InvalidSsml."""
    if "<!" in document:
        raise InvalidSsml("declarations are not allowed")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise InvalidSsml(str(error)) from None
    if _tag(root) != "speak":
        raise InvalidSsml("the outermost tag must be <speak>")
    said: list[Say | Silence] = []
    for part in _parts(root, _Manner(1.0, spelled=False)):
        match said[-1:], part:
            case [Say(text, rate)], Say() if rate == part.rate:  # one breath, or the voice would stop between the two
                said[-1] = Say(text + part.text, rate)
            case _:
                said.append(part)
    return said


def billed(document: str) -> int:
    """Characters that are charged: all but tags."""
    return len(re.sub(r"<[^>]*>", "", document))


@dataclass(frozen=True, slots=True)
class _Manner:
    rate: float
    spelled: bool

    def say(self, text: str) -> Say:
        return Say(spell(text) if self.spelled else text, self.rate)


def _parts(element: ElementTree.Element, manner: _Manner) -> Iterator[Say | Silence]:
    if _tag(element) == "break":
        yield _silence(element)
        return
    inside = _manner(element, manner)
    if _tag(element) == "sub":
        yield inside.say(element.get("alias", ""))
        return
    if element.text and element.text.strip():
        yield inside.say(element.text)
    for child in element:
        yield from _parts(child, inside)
        if child.tail and child.tail.strip():
            yield inside.say(child.tail)


def _manner(element: ElementTree.Element, manner: _Manner) -> _Manner:
    tag = _tag(element)
    if tag == "prosody":
        return replace(manner, rate=manner.rate * _rate(element.get("rate", "medium")))
    if tag == "say-as":
        return replace(manner, spelled=element.get("interpret-as") in _SPELLED)
    if tag == "sub" or tag in _PLAIN:
        return manner
    raise InvalidSsml(f"<{tag}> is not supported")


def _silence(element: ElementTree.Element) -> Silence:
    length = element.get("time")
    if length is None:
        strength = element.get("strength", "medium")
        if strength not in _BREAKS_MS:
            raise InvalidSsml(f"unknown break strength {strength}")
        return Silence(_BREAKS_MS[strength])
    match = re.fullmatch(r"\+?(\d+(?:\.\d+)?)(ms|s)", length)
    if match is None:
        raise InvalidSsml(f"{length} is not a time")
    ms = float(match[1]) * (1 if match[2] == "ms" else 1000)
    if ms > _LONGEST_BREAK_MS:
        raise InvalidSsml("a break lasts ten seconds at most")
    return Silence(round(ms))


def _rate(value: str) -> float:
    if value in _RATES:
        return _RATES[value]
    match = re.fullmatch(r"(\d+)%", value)
    if match is None or not 20 <= int(match[1]) <= 200:
        raise InvalidSsml(f"{value} is not a speaking rate (20% to 200%)")
    return int(match[1]) / 100


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
