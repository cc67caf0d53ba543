"""Short phrases no grammar knows - a city, a dish, a title - found by the words around them."""

import re

from local.model.tools import Parameter
from local.model.words import STOP_WORDS, Span, Utterance, any_of, stem

_PREPOSITIONS = frozenset("in at for to from about of on near around called named with by".split())
_VERB_LEADS = frozenset("going want need like love have try able used supposed about how where what when way".split())
_OPENING = any_of(r"""
    yes|yeah|sure|okay|ok|well|so|hi|hello|please|just|the|a|an|in|at|for|to|from|about|my
    it's|it is|that's|that is|(?:that|it) would be|i'm in|i am in|i'm at|make it|make that
    i'd like|i would like|i'll have|i'll take|i want|i need|let's do|let's go with|how about|what about
    (?:can|could) i (?:get|have)|give me
""")
_LEAD = re.compile(rf"^(?:{_OPENING} )+")
_TRAIL = re.compile(r"(?: (?:please|thanks|thank you|i think|then|instead|for me))+$")


def find_topics(
    said: Utterance, parameter: Parameter, asked: bool, taken: list[Span], familiar: set[str]
) -> list[Span]:
    """Phrases that may fill `parameter`, likeliest first: all of an answer when `asked`, else after "in", "for"..

    `taken` are words already read as something else, `familiar` the stems of the words the tool is described with.
    """
    if asked:
        return [span for span in [_answer(said)] if span]
    hint = parameter.vocabulary()
    texts = said.texts()
    starts = [at + 1 for at, word in enumerate(texts) if word in _PREPOSITIONS and not _before_verb(texts, at)]
    phrases = [_phrase(said, start, taken, familiar) for start in starts]
    spans = [span for span in phrases if span]
    return sorted(spans, key=lambda span: said.words[span.start - 1].text not in hint)


def _before_verb(words: list[str], at: int) -> bool:
    """Whether a "to" belongs to a verb: "going to rain"."""
    return words[at] == "to" and at > 0 and words[at - 1] in _VERB_LEADS


def _answer(said: Utterance) -> Span | None:
    lead = _LEAD.match(said.plain)
    start = lead[0].count(" ") if lead else 0
    trail = _TRAIL.search(said.plain)
    end = len(said.words) - (trail[0].count(" ") if trail else 0)
    return Span(start, end, said.quote(start, end)) if start < end else None


def _phrase(said: Utterance, start: int, taken: list[Span], familiar: set[str]) -> Span | None:
    """The words from `start` up to the next small word, comma, or word with another meaning."""
    while start < len(said.words) and said.words[start].text in ("the", "a", "an", "my"):
        start += 1
    end = start
    while end < len(said.words) and end - start < 5:
        word = said.words[end]
        if word.text in STOP_WORDS or word.text in _PREPOSITIONS or any(span.start <= end < span.end for span in taken):
            break
        end += 1
        if said.text[word.end : word.end + 1] in (",", ".", "?", "!", ";"):
            break
    words = said.texts()[start:end]
    if not words or all(stem(word) in familiar for word in words):
        return None
    return Span(start, end, said.quote(start, end))


def find_text(said: Utterance, taken: list[Span], familiar: set[str]) -> Span | None:
    """What is left of a want without the words that ask for it and other values: "remind me to [call mom] at five"."""
    start = 0
    while start < len(said.words) and (
        said.words[start].text in STOP_WORDS or _is_familiar(said.words[start].text, familiar)
    ):
        start += 1
    end = min((span.start for span in taken if span.start > start), default=len(said.words))
    while end > start and said.words[end - 1].text in _PREPOSITIONS:
        end -= 1
    return Span(start, end, said.quote(start, end)) if end > start else None


def _is_familiar(word: str, familiar: set[str]) -> bool:
    return stem(word) in familiar or any(len(word) > 4 and known.startswith(word[:5]) for known in familiar)
