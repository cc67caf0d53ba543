"""Numbers and codes written out the way a person reads them over the telephone."""

import re
from collections.abc import Iterator

_SHORTEST_SPELLED = 7  # digits in a row; Polly too reads shorter runs as amounts
_DIGITS = "zero one two three four five six seven eight nine".split()


def readable(text: str) -> str:
    """The text with telephone numbers and long digit strings spelled, which the voice would read as amounts."""
    text = re.sub(r"\+?1?[ (.\-]*\b\d{3}\b[). \-]+\d{3}[. \-]\d{4}\b|\b\d{3}[.\-]\d{4}\b", _spelled, text)
    return re.sub(rf"\b(?:\d{{{_SHORTEST_SPELLED},}}|0\d+)\b", _spelled, text)


def spell(text: str) -> str:
    """Every letter and digit by its own name, a breath wherever there was something else."""
    return ", ".join(" ".join(_names(group)) for group in re.findall(r"[A-Za-z0-9]+", text))


def _spelled(match: re.Match[str]) -> str:
    found = match[0]
    lead = found[: len(found) - len(found.lstrip(" "))]
    return lead + spell(found)


def _names(group: str) -> Iterator[str]:
    for letter in group:
        yield _DIGITS[int(letter)] if letter.isdecimal() else f"{letter.upper()}."
