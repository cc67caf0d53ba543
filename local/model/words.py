"""An utterance as words: cleaned of hesitation, cut into words and clauses, with spans that quote the caller."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST = 1500
"""Characters read of one utterance: more than anybody says in a minute."""
_MOST_CLAUSES = 8
_AGREEING_HUM = re.compile(r"\b(?:uh|mm|m)[- ]?(?:huh|hmm|hm)\b", re.IGNORECASE)
_REFUSING_HUM = re.compile(r"\b(?:uh[- ]?uh|nuh[- ]?uh)\b", re.IGNORECASE)
_HESITATION = re.compile(
    r"(?:\[[^\]]*\]|<[^>]*>|\.{2,}|…"
    r"|\b(?:u+m+|u+h+m*|e+r+m*|h+m+|mm+|you know|i guess(?! so| not)|kind of|sort of|let me see|let's see)\b[,.]*)",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<meridiem>(?<!\w)[ap](?:\.\s?m\b\.?|\s?m\b))"
    r"|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}/\d{1,2}(?:/\d{2,4})?(?!\d)"
    r"|\d{1,2}[:.]\d{2}(?!\d)|\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*",
    re.IGNORECASE,
)

STOP_WORDS = frozenset(
    """
    a an the i i'm i'd i'll i've me my mine we we're us our you you're your yours he she it it's its they them their
    this that that's these those is are was were be been am do does did have has had can could would will shall should
    may might must to of in on at for with from by about as and or but if so then than too very just also please thanks
    thank want need like get got go going make let lets let's hi hello hey yes yeah yep no not okay ok well oh there
    here some any one what which who whom when where how why really actually maybe thing things something
    """.split()
)


def any_of(lines: str) -> str:
    """A pattern of one alternative a line."""
    return f"(?:{'|'.join(line.strip() for line in lines.strip().splitlines())})"


@dataclass(frozen=True, slots=True)
class Word:
    """One word: lower-cased `text`, and where it stands in the cleaned utterance (character offsets)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """Words `start` (inclusive) to `end` (exclusive) of an utterance, read as `value`."""

    start: int
    end: int
    value: str | int | float | bool

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said: `text` without hesitation, its `words`, and `plain`, the words joined by single spaces."""

    text: str
    words: tuple[Word, ...]
    plain: str

    def quote(self, start: int, end: int) -> str:
        """The caller's own words from word `start` up to, not including, word `end`."""
        return self.text[self.words[start].start : self.words[end - 1].end] if start < end else ""

    def part(self, start: int, end: int) -> "Utterance":
        """The words from `start` to `end` as an utterance of their own."""
        return utterance(self.quote(start, end))

    def search(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, re.Match[str]]]:
        """Every match of `pattern` in `plain` that begins and ends on a word boundary, as word positions."""
        starts, position = {}, 0
        for index, word in enumerate(self.words):
            starts[position] = index
            position += len(word.text) + 1
        for match in pattern.finditer(self.plain):
            if match.start() in starts and (match.end() == len(self.plain) or self.plain[match.end()] == " "):
                yield starts[match.start()], starts[match.start()] + match[0].count(" ") + 1, match

    def texts(self) -> list[str]:
        return [word.text for word in self.words]


def utterance(raw: str) -> Utterance:
    """Clean and cut the first 1500 characters of `raw`; hums become "yeah" or "nope", other hesitation goes."""
    text = _REFUSING_HUM.sub("nope", _AGREEING_HUM.sub("yeah", raw[:_LONGEST]))
    text = re.sub(r"\s+", " ", _HESITATION.sub(" ", text)).strip(" ,")
    words = tuple(Word(_lowered(match), match.start(), match.end()) for match in _WORD.finditer(text))
    return Utterance(text, words, " ".join(word.text for word in words))


def _lowered(match: re.Match[str]) -> str:
    if match["meridiem"]:
        return match[0][0].lower() + "m"
    return match[0].lower().replace("’", "'").replace(" ", "")


def stem(word: str) -> str:
    """A word without the endings that do not change what is meant: bookings, booked, booking -> book."""
    word = word.removesuffix("'s")
    for ending in ("ings", "ing", "ies", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word


def content_stems(words: list[str]) -> set[str]:
    """The stems of the words that carry meaning."""
    return {stem(word) for word in words if word not in STOP_WORDS and len(word) > 1}


_BEGINNING = any_of(r"""
    what|when|where|who|how|do|does|did|is|are|can|could|will|would|if
    i|i'd|i'm|i'll|i've
""")
_BEGINNING_AFTER_COMMA = (
    r"(?:what|when|where|who|how|do you|does|is there|are you|(?:can|could) (?:i|you)|i'd|i (?:want|need|would))"
)
_NOT_INSIDE = "".join(
    f"(?<! {word})(?<!^{word})"
    for word in "if that think when said because where what how who why so and but which guess".split()
)
_JOINTS = re.compile(
    r"[.?!;]+\s+"
    r"|,?\s+(?:and|but|oh|plus|then)?\s*(?:also|as well as)\s+(?=\w+ \w+)"
    rf"|,?\s+(?:and|but|oh|so|or|plus|because)(?: first| then)?,?\s+(?={_BEGINNING}\b)"
    rf"|,\s+(?={_BEGINNING_AFTER_COMMA}\b)"
    rf"|{_NOT_INSIDE}\s+(?=(?:i'd like|i would like|i want|i need|i'm calling|can i|could i|can you|could you)\b)"
    rf"|{_NOT_INSIDE}(?P<bare>\s+)(?=(?:do you|are you|is there|are there)\b)"
    r"|,?\s+(?=(?:actually|never mind|wait no|no wait)\b)",
    re.IGNORECASE,
)


_ASKING = re.compile(r"\b(?:what|which|where|when|who|how|why|know|tell|wonder\w*|ask|if|whether)\b", re.IGNORECASE)


def clauses(said: Utterance) -> list[Utterance]:
    """The wants an utterance may hold, apart: cut at sentence ends and where "and" begins a new one."""
    parts = [utterance(piece) for piece in _split_keeping_marks(said.text)[:_MOST_CLAUSES]]
    return [part for part in parts if part.words] or [said]


def _split_keeping_marks(text: str) -> list[str]:
    pieces, start = [], 0
    for match in _JOINTS.finditer(text):
        if match["bare"] and _ASKING.search(text[start : match.start()]):
            continue
        pieces.append(
            text[start : match.start()] + match[0].strip()[:1].replace(",", "").strip("abcdefghijklmnopqrstuvwxyz")
        )
        start = match.end()
    return [*pieces, text[start:]]
