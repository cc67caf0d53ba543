"""Times of day as people say them, quoted and not computed: "half past nine", "ten thirty", "after four"."""

import re

from local.model.arguments.numbers import CARDINAL, is_number_word
from local.model.words import Span, Utterance, any_of

_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})"
_MINUTE = (
    r"(?:oh (?:one|two|three|four|five|six|seven|eight|nine)|fifteen|twenty five|thirty five|forty five|fifty five"
    r"|twenty|thirty|forty|fifty|ten|[0-5]\d)"
)
_HALF = r"(?:am|pm|in the (?:morning|afternoon|evening)|at night|tonight|this (?:morning|afternoon|evening))"
_PART = (
    r"(?:(?:(?:first thing|early|late|later|mid|sometime) )?(?:in the |this |on the )?(?:early |late |mid )?"
    r"(?:morning|afternoon|evening)s?|first thing|lunch ?time|end of (?:the )?day)"
)
_NEAR = (
    r"(?:half past|half|(?:a )?quarter (?:to|past|after|of|til|till|before)"
    r"|(?:five|ten|twenty|twenty five|\d{1,2})(?: minutes)? (?:to|past|til|till))"
)
_CLOCK = r"(?:\d{1,2}[:.]\d{2})"
_EXACT = (
    rf"(?:{_NEAR} {_HOUR}(?: {_HALF})?|{_CLOCK}(?: {_HALF})?|{_HOUR} (?:o'clock|oclock)(?: {_HALF})?"
    rf"|{_HOUR} {_MINUTE}(?: {_HALF})?|{_HOUR} {_HALF}|{_HOUR} sharp|{CARDINAL} hundred(?: hours)?|\d{{4}} hours"
    rf"|noon|midday|midnight)"
)
_ANY = rf"(?:{_EXACT}|{_HOUR})"
_BOUND = r"(?:after|before|by|until|till|from|past|no later than|no earlier than)"

_SURE = re.compile(
    rf"(?<!\S)(?:between {_ANY} and {_ANY}(?: {_HALF})?|from {_ANY} (?:to|until|till) {_ANY}(?: {_HALF})?"
    rf"|{_BOUND} {_EXACT}|{_EXACT}|(?:{_BOUND} )?{_PART})(?!\S)"
)
_CUES = (
    "at",
    "around",
    "about",
    "say",
    "make it",
    "make that",
    "day",
    "tomorrow",
    "today",
    "to",
    "like",
    "for",
    "rather",
    "or",
)
_FOLLOWERS = any_of(r"""
    on|in|please|or|and|tomorrow|today|this|next|with|for|if|works|would|is|instead|not|no|but|then|thanks
    wait|sorry|actually|monday|tuesday|wednesday|thursday|friday|saturday|sunday
""")
_CUED = re.compile(
    rf"(?:{'|'.join(f'(?<={cue} )' for cue in _CUES)}|(?={_BOUND} ))(?:{_BOUND} )?{_HOUR}(?= {_FOLLOWERS}\b|$)"
)
_ASKED = re.compile(
    rf"(?<!\S)(?:{_BOUND} )?{_HOUR}(?: ish)?(?!\S)"
    rf"|(?<!\S)(?:any ?time(?: is fine| works| after {_ANY}| before {_ANY})?|any(?: of (?:them|those))?"
    r"|either(?: one| is fine)?|whichever"
    r"|(?:the )?(?:earliest|latest|soonest|first)(?: (?:available|possible|slot|time|one|you have|you've got))*"
    r"|as (?:early|late) as possible|whenever)(?!\S)"
)
_COUNTED = [[thing, "for"] for thing in ("table", "room", "anything", "something", "reservation", "booking")]
_COUNTED += [[thing, "of"] for thing in ("party", "group", "table")]
_NOT_HOURS = frozenset("people persons dollars percent hundred thousand times minutes days weeks st nd rd th".split())


def find_times(said: Utterance, asked: bool) -> list[Span]:
    """The times named; `asked`: whether a time was the question, so that a bare "three" is one."""
    words = said.texts()
    sure = [Span(s, e, said.quote(s, e)) for s, e, _ in said.search(_SURE) if _plausible(words, s, e)]
    cued = [Span(s, e, said.quote(s, e)) for s, e, _ in said.search(_CUED) if _plausible(words, s, e)]
    spans = sure + [each for each in cued if not any(each.overlaps(other) for other in sure)]
    if asked and not any(is_exact(span) for span in spans):
        bare = [Span(s, e, said.quote(s, e)) for s, e, _ in said.search(_ASKED) if _plausible(words, s, e)]
        spans = bare or spans
    return sorted(spans, key=lambda span: span.start)


def is_exact(span: Span) -> bool:
    """Whether a time names an hour, not only a part of the day."""
    return any(
        is_number_word(word) or word in ("noon", "midday", "midnight") for word in str(span.value).lower().split()
    )


def _plausible(words: list[str], start: int, end: int) -> bool:
    """Not a piece of a longer number, not a count of something, and on the clock."""
    before, after = words[start - 1] if start else "", words[end] if end < len(words) else ""
    whole = words[end - 1] in ("am", "pm", "o'clock", "oclock", "noon", "midnight", "morning", "afternoon", "evening")
    if not whole and ((before and is_number_word(before)) or (after and is_number_word(after))):
        return False
    if after in _NOT_HOURS or words[max(0, start - 2) : start] in _COUNTED:
        return False
    hours = [int(piece) for word in words[start:end] for piece in re.split(r"[:.]", word)[:1] if piece.isdecimal()]
    return all(hour < 60 or hour in range(100, 2400) for hour in hours[:1]) and not (
        hours and hours[0] > 24 and end - start == 1
    )
