"""What the core has to recognise and say by itself in one language, without a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Words are as `shared.core.words.words_of` has them; `yes`, `no` and `openers` hold phrases too, such as "of
    course"."""

    yes: frozenset[str]
    no: frozenset[str]
    pointing: frozenset[str]
    """Words that say neither yes nor no by themselves: "that is all right"."""
    fillers: frozenset[str]
    backchannels: frozenset[str]
    """Words that only say "I am listening"."""
    stop_words: frozenset[str]
    """Words that stop the agent at once."""
    openers: frozenset[str]
    """First clauses that sound natural with a breath behind them."""
    pleased: frozenset[str]
    upset: frozenset[str]
    name_leads: tuple[str, ...]
    """What callers say before their name."""
    goes_on: Callable[[Sequence[str]], bool]
    """Whether the last of these words, of which there is at least one, show that more has to come."""
    day: Callable[[date], str]
    """A day as it is said; the same below."""
    time: Callable[[time], str]
    digits: Callable[[str], str]
    """Digit by digit, in groups that an ear keeps."""
    listing: Callable[[Sequence[str]], str]
    """One of several, at least one: "a, b or c"."""
    spelled: Callable[[str], str]
    """Letter by letter, so that none is mistaken for another."""
    email: Callable[[str], str]
