"""Which tool an utterance wants, and which fact it asks about: meaning by sentence vectors, helped by shared words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from local.model.arguments.choices import find_choices
from local.model.briefing import Fact, sentences_of
from local.model.sentences import Sentences
from local.model.tools import Kind, Option, Parameter, Tool
from local.model.topic import Topic, asks_what_is_free, is_question, is_request, topic_of
from local.model.words import Utterance, content_stems, utterance

___VALUE, _CHOICE, _FREE, _MOST_EVIDENCE = 0.05, 0.1, 0.3, 0.15
_SHARED = 0.22
"""What it is worth that all telling words are shared."""
_PURPOSE = 0.95
"""A tool's purpose is worded by its maker, its examples by its callers: these count a little more."""
_VALUE, _MOST_EVIDENCE = 0.05, 0.12
_ASKED_FOR = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"\b(?:where|whereabouts|located|location|find you|get (?:there|to you)|directions)\b",
            "address and directions",
        ),
        (r"\b(?:when (?:are|do|does|is)|what time (?:are|do|does|is)|how (?:late|early)|hours)\b", "opening hours"),
        (r"\b(?:how much|cost|price|charge|fee|expensive|rate)\b", "price and cost"),
        (r"\b(?:pay|paying)\b", "payment"),
    )
)
"""What question words ask for, in the words a fact is titled with; of use where few other words tell."""
_FEW_WORDS = 2


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


def wanted_tools(said: Utterance, tools: Sequence[Tool], sentences: Sentences) -> list[Wanted]:
    """Every tool with its score, surest first."""
    topic = topic_of(said)
    rarity = _rarity(tools)
    scored = [_wanted(topic, tool, rarity, sentences) for tool in tools]
    return sorted(scored, key=lambda wanted: -wanted.score)


def _wanted(topic: Topic, tool: Tool, rarity: dict[str, float], sentences: Sentences) -> Wanted:
    own = [_plain(example) for example in tool.examples]
    purpose = [_plain(text) for text in (*sentences_of(tool.purpose), tool.name.replace("_", " ")) if _plain(text)]
    meaning = max(_near(topic, own, sentences), _PURPOSE * _near(topic, purpose, sentences))
    best = Wanted(meaning, tool)
    for parameter in tool.parameters:
        for option in parameter.options:
            texts = [_plain(text) for text in (*option.examples, option.description) if _plain(text)]
            if (near := _near(topic, texts, sentences)) > best.score:
                best = Wanted(near, tool, parameter, option)
    shared = sum(rarity.get(word, 0.0) for word in sorted(topic.stems & _vocabulary(tool)))
    share = shared / (sum(rarity.get(word, 1.0) for word in sorted(topic.stems)) or 1.0)
    return Wanted(best.score + _SHARED * share + _evidence(topic, tool), tool, best.parameter, best.option)


def _near(topic: Topic, texts: Sequence[str], sentences: Sentences) -> float:
    return sentences.nearest([topic.plain, topic.bare], texts)


def _evidence(topic: Topic, tool: Tool) -> float:
    """Values a tool has parameters for speak for it, a little."""
    kinds = {parameter.kind for parameter in tool.parameters} & topic.kinds
    told = is_question(topic.said) and not is_request(topic.said)
    named = any(find_choices(topic.said, each.options, each.vocabulary()) for each in tool.parameters if each.options)
    free = _FREE if kinds & {Kind.DATE, Kind.TIME} and asks_what_is_free(topic.said) else 0.0
    return free + min(_MOST_EVIDENCE, _VALUE * len(kinds) + (_CHOICE if named and not told else 0.0))


def _vocabulary(tool: Tool) -> frozenset[str]:
    options = [
        text
        for each in tool.parameters
        for option in each.options
        for text in (option.words, option.description, *option.examples)
    ]
    names = [parameter.name.replace("_", " ") for parameter in tool.parameters]
    return _stems(" ".join((tool.name.replace("_", " "), tool.purpose, *tool.examples, *options, *names)))


def _rarity(tools: Sequence[Tool]) -> dict[str, float]:
    """How much a word tells the tools apart: 1 when one tool alone uses it."""
    counts: dict[str, int] = {}
    for tool in tools:
        for word in _vocabulary(tool):
            counts[word] = counts.get(word, 0) + 1
    return {word: 1.0 / count for word, count in counts.items()}


@lru_cache(2048)
def _plain(text: str) -> str:
    return utterance(text).plain


@lru_cache(512)
def _stems(text: str) -> frozenset[str]:
    return frozenset(content_stems(utterance(text).texts()))


def known_facts(said: Utterance, facts: Sequence[Fact], sentences: Sentences) -> list[Known]:
    """Every fact with its score, surest first; days and times named do not count, they are not what is asked about."""
    topic = topic_of(said)
    forms = [topic.bare]
    if len(topic.stems) <= _FEW_WORDS:
        forms += [f"{topic.bare} {words}" for pattern, words in _ASKED_FOR if pattern.search(said.plain)]
    known = []
    for fact in facts:
        texts = [
            _plain(text) for text in (fact.title, f"{fact.title} {fact.text}", *sentences_of(fact.text)) if _plain(text)
        ]
        shared = len(topic.stems & _stems(f"{fact.title} {fact.text}")) / (len(topic.stems) or 1)
        near = sentences.nearest(forms, texts)
        known.append(Known(near + _SHARED * shared, fact))
    return sorted(known, key=lambda each: -each.score)
