"""Which tool an utterance wants, and which fact it asks about: meaning by sentence vectors, helped by shared words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.model.briefing import Fact, sentences_of
from local.model.sentences import Sentences
from local.model.tools import Option, Parameter, Tool
from local.model.words import Utterance, any_of, content_stems, utterance

_QUESTION_OPENING = any_of(r"""
    hi|hello|hey|yes|yeah|no|okay|ok|oh|well|and|so|but|also|sorry|please|first|before that|quick question
    one more thing|actually|wait|by the way|just|then
""")
_QUESTION_START = any_of(r"""
    (?:can|could|would) you tell me|do you know|i(?:'d| would) like to know|i(?:'m| am| was)? (?:just )?wonder(?:ing)?
    i wanted to (?:know|ask)|i have a question|any idea
    what|what's|where|where's|when|when's|which|who|who's|whose|why|how|how's|how much|how long
    do|does|did|is|are|was|were|am|will|would|can|could|should|have|has|isn't|aren't|don't|doesn't
""")
_QUESTION = re.compile(rf"^(?:{_QUESTION_OPENING} )*{_QUESTION_START}\b")
_SHARED = 0.22
_PURPOSE = 0.95
_GOODBYE_TOOL = re.compile(
    r"hang[_ ]?up|good ?bye|(?:end|finish|terminate|close)[_ ](?:the[_ ])?(?:call|conversation|chat)", re.IGNORECASE
)
_PERSON_TOOL = re.compile(
    r"transfer|hand[_ ]?(?:off|over)|hand the caller|human|escalat|operator|live[_ ]agent|representative"
    r"|put (?:the caller )?through",
    re.IGNORECASE,
)
_LOST_TOOL = re.compile(r"not[_ ]understood|(?:not|n't|cannot) be understood|did[_ ]not[_ ]understand", re.IGNORECASE)
_GENERAL = re.compile(
    r"\b(?:recept\w*|front desk|operators?|general|anyone|anybody|anything else|human|person|default|other|desk|main"
    r"|support|team)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tool, how surely it is wanted (about 0 to 1.2), and the option that spoke for it."""

    score: float
    tool: Tool
    parameter: Parameter | None = None
    option: Option | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A fact and how surely it is asked about."""

    score: float
    fact: Fact


def is_question(said: Utterance) -> bool:
    """Whether the utterance has the form of a question."""
    return said.text.rstrip().endswith("?") or bool(_QUESTION.match(said.plain))


def goodbye_tool(tools: Sequence[Tool]) -> Tool | None:
    """The tool that ends the call, told by its name or purpose."""
    return next((tool for tool in tools if _GOODBYE_TOOL.search(tool.name) or _GOODBYE_TOOL.search(tool.purpose)), None)


def person_tool(tools: Sequence[Tool]) -> Tool | None:
    """The tool that brings a person to the line, told by its name or purpose."""
    return next((tool for tool in tools if _PERSON_TOOL.search(tool.name) or _PERSON_TOOL.search(tool.purpose)), None)


def lost_tool(tools: Sequence[Tool]) -> Tool | None:
    """The tool to call when nothing was understood, told by its name or purpose."""
    return next((tool for tool in tools if _LOST_TOOL.search(tool.name) or _LOST_TOOL.search(tool.purpose)), None)


def general_option(parameter: Parameter) -> Option | None:
    """The option for callers who want somebody and did not say why."""
    for part in (
        lambda option: option.words,
        lambda option: option.description,
        lambda option: " ".join(option.examples),
    ):
        for option in parameter.options:
            if _GENERAL.search(part(option)):
                return option
    return None


def wanted_tools(said: Utterance, tools: Sequence[Tool], sentences: Sentences) -> list[Wanted]:
    """Every tool with its score, surest first."""
    stems = content_stems(said.texts())
    rarity = _rarity(tools)
    scored = [_wanted(said, tool, stems, rarity, sentences) for tool in tools]
    return sorted(scored, key=lambda wanted: -wanted.score)


def _wanted(said: Utterance, tool: Tool, stems: set[str], rarity: dict[str, float], sentences: Sentences) -> Wanted:
    own = [_plain(example) for example in tool.examples]
    purpose = [_plain(text) for text in (*sentences_of(tool.purpose), tool.name.replace("_", " ")) if _plain(text)]
    meaning = max(
        [*sentences.nearness(said.plain, own), *(_PURPOSE * near for near in sentences.nearness(said.plain, purpose))],
        default=0.0,
    )
    best = Wanted(meaning, tool)
    for parameter in tool.parameters:
        for option in parameter.options:
            texts = [_plain(text) for text in (*option.examples, option.description) if _plain(text)]
            if texts and (near := max(sentences.nearness(said.plain, texts))) > best.score:
                best = Wanted(near, tool, parameter, option)
    shared = sum(rarity.get(word, 0.0) for word in stems & _vocabulary(tool)) / (
        sum(rarity.get(word, 1.0) for word in stems) or 1.0
    )
    return Wanted(best.score + _SHARED * shared, tool, best.parameter, best.option)


def _vocabulary(tool: Tool) -> set[str]:
    options = [
        text
        for each in tool.parameters
        for option in each.options
        for text in (option.words, option.description, *option.examples)
    ]
    return content_stems(
        utterance(" ".join((tool.name.replace("_", " "), tool.purpose, *tool.examples, *options))).texts()
    )


def _rarity(tools: Sequence[Tool]) -> dict[str, float]:
    """How much a word tells the tools apart: 1 when one tool alone uses it."""
    counts: dict[str, int] = {}
    for tool in tools:
        for word in _vocabulary(tool):
            counts[word] = counts.get(word, 0) + 1
    return {word: 1.0 / count for word, count in counts.items()}


def _plain(text: str) -> str:
    return utterance(text).plain


def known_facts(said: Utterance, facts: Sequence[Fact], sentences: Sentences) -> list[Known]:
    """Every fact with its score, surest first."""
    stems = content_stems(said.texts())
    known = []
    for fact in facts:
        texts = [
            _plain(text) for text in (fact.title, f"{fact.title} {fact.text}", *sentences_of(fact.text)) if _plain(text)
        ]
        words = content_stems(utterance(f"{fact.title} {fact.text}").texts())
        shared = len(stems & words) / (len(stems) or 1)
        known.append(Known(max(sentences.nearness(said.plain, texts), default=0.0) + _SHARED * shared, fact))
    return sorted(known, key=lambda each: -each.score)
