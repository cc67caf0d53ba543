"""What a system message tells the model: who it is, what time it is, what it knows, where the task stands."""

import re
from dataclasses import dataclass

from local.model.words import any_of

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'“])")
_TITLED = re.compile(r"^(?:\*\*)?([^:.?!]{2,60}?)(?:\*\*)?:(?:\*\*)?\s+(\S.*)$", re.DOTALL)
_RULES = re.compile(
    r"\b(?:rules?|style|instructions?|guidelines?|tone|format|tasks?|tools?|steps?|how to|behaviou?r)\b", re.IGNORECASE
)
_KNOWLEDGE = re.compile(r"\b(?:know|knowledge|facts?|faqs?|information|details|about)\b", re.IGNORECASE)
_ORDER_WORDS = any_of(r"""
    you|your|never|always|do|don't|be|keep|ask|speak|use|answer|if|when|only|say|call|help|make|respond|reply|avoid
    remember|tell|offer|please|act|stay|start|end|let|give|confirm|collect|before|after|once|read|try|stick
    today is|current
""")
_ORDER = re.compile(rf"^{_ORDER_WORDS}\b", re.IGNORECASE)
_PERSONA = re.compile(r"\bYou(?: are|'re) (?!not\b|never\b|to\b|going\b|able\b)([^.\n]{2,200})")
_NOW = re.compile(
    r"^\W*(?:today(?:'s date)?|now|(?:the )?(?:current )?(?:date|time|date and time))\s*(?:is|:)\s*(.+?)\.?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(r"asked (?:for |about )?`([\w.-]+)`(?: of `?([\w-]+)`?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the model was told and may repeat: its title, when it has one, and its text word for word."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """A system message, read. `asked` and `task` name the argument and the tool a State section says are under way.

    `sectioned` tells whether the message has a Now section.
    """

    persona: str
    now: str
    facts: tuple[Fact, ...]
    asked: str
    task: str
    sectioned: bool


def read_briefing(system: str) -> Briefing:
    """Read any system message; Markdown headings and bullets help but are not needed."""
    persona, now, state, sectioned = _PERSONA.search(system), "", "", False
    told: list[tuple[str, str]] = []
    for title, body in _sections(system):
        heading = title.lower()
        if heading in ("now", "date", "time", "current date", "current time", "today"):
            now, sectioned = " ".join(body.split()), True
        elif heading == "state":
            state = body
        elif not _RULES.search(heading):
            told.append((heading, body))
    known = [(heading, body) for heading, body in told if _KNOWLEDGE.search(heading)] or told
    facts = tuple(fact for _, body in known for fact in _facts(body))
    if not now and (stated := _NOW.search(system)):
        now = stated[1].strip(" *")
    asked = _ASKED.search(state)
    task = (asked[2] or "") if asked else ""
    return Briefing(persona[1].strip() if persona else "", now, facts, asked[1] if asked else "", task, sectioned)


def _sections(system: str) -> list[tuple[str, str]]:
    cuts = [(match.start(), match.end(), match[1]) for match in _HEADING.finditer(system)]
    sections = [("", system[: cuts[0][0]] if cuts else system)]
    for (_, start, title), following in zip(cuts, [*cuts[1:], None], strict=False):
        sections.append((title, system[start : following[0] if following else len(system)]))
    return sections


def _facts(body: str) -> list[Fact]:
    facts = []
    for block in _blocks(body):
        question = re.match(r"^(?:Q|Question):\s*(.+?\?)\s*(?:A|Answer):\s*(.+)$", block, re.DOTALL)
        titled = question or _TITLED.match(block)
        if titled and not _ORDER.match(block):
            facts.append(Fact(titled[1].strip(), " ".join(titled[2].split())))
        else:
            facts += [
                Fact("", sentence)
                for sentence in sentences_of(block)
                if not _ORDER.match(sentence) and len(sentence.split()) > 2
            ]
    return facts


def _blocks(body: str) -> list[str]:
    """Bullets, and paragraphs between them, each on one line."""
    blocks: list[str] = []
    for line in body.splitlines():
        if not line.strip():
            blocks.append("")
        elif _BULLET.match(line) or not blocks or not blocks[-1] or re.match(r"^(?:Q|Question):", line):
            blocks.append(_BULLET.sub("", line).strip())
        else:
            blocks[-1] += " " + line.strip()
    return [block for block in blocks if block]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order."""
    return [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]
