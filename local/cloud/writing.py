"""How Amazon Transcribe writes what was said, where Whisper writes otherwise: times of day as 3:30.

Source: Amazon Transcribe Developer Guide, "Transcribing numbers and punctuation".
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from local.cloud.whisper import Word

_TIME = re.compile(r"(1[0-2]|[1-9])([.:]?)([0-5]\d)((?:am|pm|a\.m|p\.m)?[.,?!]*)", re.IGNORECASE)
_BEFORE_TIMES = frozenset({"at", "until", "till", "before", "after"})
_HALVES_OF_THE_DAY = ("am", "pm", "a.m", "p.m", "o'clock")
_UNITS = ("percent", "per", "dollar", "euro", "pound", "million", "thousand", "point", "times")


def as_transcribe_writes(words: Sequence[Word]) -> list[Word]:
    """The words, times of day written with a colon: "3.30", and "330" where nothing but a time can be meant."""
    around = [None, *words, None]
    return [
        replace(word, text=f"{match[1]}:{match[3]}{match[4]}")
        if (match := _TIME.fullmatch(word.text)) and _is_time(match, before, after)
        else word
        for before, word, after in zip(around, words, around[2:], strict=False)
    ]


def _is_time(match: re.Match[str], before: Word | None, after: Word | None) -> bool:
    previous = before.text.lower() if before else ""
    following = after.text if after and not match[4] else ""
    if following.lower().startswith(_UNITS):
        return False
    if match[2] or match[4].lower().startswith(("a", "p")) or following.lower().startswith(_HALVES_OF_THE_DAY):
        return True
    return previous in _BEFORE_TIMES and not following[:1].isupper()  # "at 330 Baker Street" is an address
