"""Days as people say them, quoted and not computed: "next tuesday", "the third of march", "in two weeks"."""

import re

from local.model.arguments.numbers import CARDINAL, ORDINAL
from local.model.words import Span, Utterance

_HEARD_AS = {
    "monday": ("mundane", "mon day", "munday"),
    "tuesday": ("tewsday", "toosday", "tuseday", "choose day", "chews day", "tues day"),
    "wednesday": ("wensday", "wendsday", "when's day", "whens day", "wenesday", "weds day"),
    "thursday": ("thirsday", "thursdy", "thurs day"),
    "friday": ("fryday", "fry day", "fri day"),
    "saturday": ("satday", "satur day"),
    "sunday": ("sun day",),
}
_MISHEARD = {heard: meant for meant, spellings in _HEARD_AS.items() for heard in spellings}
_DAY = (
    "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues|tue|weds|wed|thurs|thur|thu|fri|"
    + "|".join(_MISHEARD)
    + ")"
)
_MONTH = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_YEAR = rf"(?:(?:19|20)\d\d|two thousand(?: and)?(?: {CARDINAL})?|(?:nineteen|twenty) (?:oh )?{CARDINAL})"
_NTH = rf"(?:{ORDINAL}|{CARDINAL}|\d{{1,2}})"
_MONTH_DAY = rf"(?:{_MONTH} (?:the )?{_NTH}(?: {_YEAR})?|(?:the )?{_NTH} (?:of )?{_MONTH}(?: {_YEAR})?)"
_WHICH = "(?:next|this coming|this|coming|the following|following|last|the)"
_COUNT = rf"(?:a couple(?: of)?|a few|a|an|{CARDINAL}|\d{{1,2}})"
_FROM = "(?:today|tomorrow|now|" + _DAY + ")"

_SURE = re.compile(
    rf"(?<!\S)(?:(?:the )?day after tomorrow|today|tonight|tomorrow|yesterday"
    rf"|(?:{_COUNT} )?(?:days?|weeks?) (?:from|after) (?:{_WHICH} )?{_FROM}"
    rf"|(?:{_WHICH} )?{_DAY}s?(?: (?:after next|week)(?! ?end)| (?:the )?{_MONTH_DAY}| the {_NTH}| {ORDINAL})?"
    rf"|{_MONTH_DAY}|in {_COUNT} (?:days?|weeks?|months?)(?: time)?|{_COUNT} (?:days?|weeks?|months?) from now"
    r"|(?:early |late |the |end of |beginning of |sometime )*(?:next|this|the following) (?:week|weekend|month)"
    r"|the weekend"
    rf"|the {ORDINAL}(?= (?:at|in the|please|would|works|is|for)\b)"
    rf"|(?<=on )the {ORDINAL}(?! (?:day|one|time|visit|floor))"
    rf"|(?:the )?{ORDINAL} of (?:next|this) month"
    rf"|as soon as possible|asap"
    rf"|\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?)(?!\S)"
)
_THIS_PART_OF_TODAY = re.compile(r"(?<!\S)this (?:morning|afternoon|evening)(?!\S)")
_ASKED = re.compile(
    rf"(?<!\S)(?:(?:the )?{ORDINAL}(?! one| option| choice)"
    r"|(?:the )?(?:first|earliest|next|soonest)(?: (?:available|possible|free))?"
    r"(?: (?:day|date|slot|opening|appointment|one))?(?: you have| you've got| available| possible)?"
    rf"|any ?(?:day|time)(?: is fine| works| next week| this week)?|whenever(?: you can| you have| is fine)?|sat|sun"
    rf"|{CARDINAL} {CARDINAL}(?: {_YEAR})?|\d{{1,2}} \d{{1,2}}(?: (?:\d{{2}}|\d{{4}}))?|\d{{1,2}}[.]\d{{1,2}})(?!\S)"
)
_POLITE_START = re.compile(r"^(?:the )(?=(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)$)")


def find_dates(said: Utterance, asked: bool) -> list[Span]:
    """The days named; `asked`: whether a day was the question, so that a bare "the third" is one."""
    spans = [Span(start, end, _spoken(said, start, end)) for start, end, _ in said.search(_SURE)]
    spans += [Span(start, start + 1, "today") for start, _, _ in said.search(_THIS_PART_OF_TODAY)]
    if asked and not spans:
        spans = [Span(start, end, said.quote(start, end)) for start, end, _ in said.search(_ASKED)]
    return spans


def _spoken(said: Utterance, start: int, end: int) -> str:
    """The caller's words, with a day's name spelled as it was meant."""
    quoted = said.quote(start, end)
    for heard, meant in _MISHEARD.items():
        quoted = re.sub(rf"\b{heard}\b", meant, quoted, flags=re.IGNORECASE)
    return _POLITE_START.sub("", quoted)
