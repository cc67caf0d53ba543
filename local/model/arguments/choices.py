"""Which of a fixed set of values was meant: by its words, nearly its words, its place in a list, or its meaning."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from local.model.sentences import Sentences
from local.model.tools import Option
from local.model.words import STOP_WORDS, Span, Utterance, stem

_ALIKE = 0.82
_MEANT, _AHEAD = 0.34, 0.06
_PLACES = {
    "first": 0, "former": 0, "one": 0, "1": 0, "second": 1, "middle": 1, "two": 1, "2": 1, "third": 2, "three": 2,
    "3": 2, "fourth": 3, "four": 3, "4": 3, "fifth": 4, "five": 4, "5": 4, "last": -1, "latter": -1, "final": -1,
}  # fmt: skip
_NTH = "first|second|middle|third|fourth|fifth|last|latter|former|final"
_PLACED = re.compile(
    rf"(?<!\S)(?:the )?(?:(?P<nth>{_NTH})(?: (?:one|option|choice|time|slot|day))?"
    r"|(?:number|option|choice) (?P<number>one|two|three|four|five|[1-5]))(?!\S)"
)


def find_choices(said: Utterance, options: Sequence[Option], vocabulary: set[str]) -> list[Span]:
    """Every option named by its words, in the order said; the longest reading of the same words wins.

    A word that stands for its option alone ("the urgent one") must not be among the stems of `vocabulary`.
    """
    found: list[tuple[float, Span]] = []
    shared = _shared_words(options)
    for option in options:
        found += [
            (score, Span(start, end, option.value))
            for score, start, end in _readings(said, option.words.split(), shared, vocabulary)
        ]
    found.sort(key=lambda each: (-each[0], each[1].start))
    kept: list[Span] = []
    for _, span in found:
        if not any(span.overlaps(other) for other in kept) and not _refused(said, span):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def find_placed(said: Utterance, count: int) -> list[tuple[int, int, int]]:
    """Places in a list of `count`, as (first word, word after, index): "the second one" -> 1."""
    places = ((start, end, _PLACES[match["nth"] or match["number"]]) for start, end, match in said.search(_PLACED))
    return [(start, end, index % count) for start, end, index in places if -1 <= index < count]


def nearest_option(said: Utterance, options: Sequence[Option], sentences: Sentences) -> Option | None:
    """The option whose meaning is clearly nearest, or None."""
    scored = sorted(((_meaning(said, option, sentences), index) for index, option in enumerate(options)), reverse=True)
    if not scored or scored[0][0] < _MEANT or (len(scored) > 1 and scored[0][0] - scored[1][0] < _AHEAD):
        return None
    return options[scored[0][1]]


def _meaning(said: Utterance, option: Option, sentences: Sentences) -> float:
    texts = [option.words, *([option.description] if option.description else []), *option.examples]
    return max(sentences.nearness(said.plain, texts))


def _shared_words(options: Sequence[Option]) -> set[str]:
    """Words that two options have in common tell nothing apart."""
    words = [word for option in options for word in set(option.words.split())]
    return {word for word in words if words.count(word) > 1}


def _readings(
    said: Utterance, words: list[str], shared: set[str], vocabulary: set[str]
) -> list[tuple[float, int, int]]:
    """Places where an option's words stand, scored by how many characters agree."""
    texts, readings = said.texts(), []
    for size in {len(words), len(words) - 1, len(words) + 1} - {0}:
        for start in range(len(texts) - size + 1):
            alike = _alike(texts[start : start + size], words)
            readings += [(alike * len(" ".join(words)), start, start + size)] if alike else []
    if len(words) > 1 and not readings:
        telling = [word for word in words if word not in shared | STOP_WORDS and stem(word) not in vocabulary]
        for start, text in enumerate(texts):
            readings += [
                (float(len(word)) / 2, start, start + 1)
                for word in telling
                if len(word) > 3 and stem(word) == stem(text)
            ]
    return readings


def _alike(heard: list[str], words: list[str]) -> float:
    """1 for the same words but for endings, the likeness of letters above 0.82, else 0."""
    if [stem(word) for word in heard] == [stem(word) for word in words]:
        return 1.0
    one, other = "".join(heard), "".join(words)
    one = one.removesuffix("s") if not other.endswith("s") else one
    if len(other) < 5 or one[:1] != other[:1] or abs(len(one) - len(other)) > 3:
        return 0.0
    alike = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return alike * 0.9 if alike >= _ALIKE else 0.0


def _refused(said: Utterance, span: Span) -> bool:
    before = said.texts()[max(0, span.start - 3) : span.start]
    return before[-1:] in (["not"], ["without"]) or before[-2:] in (["not", "a"], ["not", "the"], ["don't", "want"])
