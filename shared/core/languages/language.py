"""What the core has to recognise and say by itself in one language, without a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from datetime import time as Time  # noqa: N812  # a field below has its name
from decimal import Decimal

from shared.core.languages.telephone import Telephone


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Words are as `shared.core.words.words_of` has them; `yes`, `no` and `openers` hold phrases too, such as "of
    course"."""

    name: str
    """In English."""
    for_the_model: str
    """The rules of speaking it, a line each; in which words the model passes values on, where they are not English."""
    yes: frozenset[str]
    no: frozenset[str]
    pointing: frozenset[str]
    """Words that say neither yes nor no by themselves: "that is all right"."""
    fillers: frozenset[str]
    courtesies: frozenset[str]
    """Words and pairs of them that change nothing behind others: "please", "thank you", "um"."""
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
    name_tails: tuple[str, ...]
    """And after it."""
    goes_on: Callable[[Sequence[str]], bool]
    """Whether the last of these words, of which there is at least one, show that more has to come."""
    in_english: Callable[[str], str]
    """What callers say of days, times and numbers, with the words for these in English; all others as they are."""
    day: Callable[[date], str]
    """A day as it is said; the same below."""
    time: Callable[[Time], str]
    digits: Callable[[str], str]
    """Digit by digit, in groups that an ear keeps."""
    number: Callable[[int], str]
    answer: Callable[[str], str]
    """yes or no."""
    listing: Callable[[Sequence[str]], str]
    """One of several, at least one: "a, b or c"."""
    spelled: Callable[[str], str]
    """Letter by letter, so that none is mistaken for another."""
    email: Callable[[str], str]
    moment: Callable[[date, Time], str]
    """A day and a time of it."""
    money: Callable[[Decimal, str], str]
    """An amount, of a currency by its three letters."""
    telephone: Telephone
    """What is heard when somebody, or a machine, picks up."""

    def mixed_with(self, other: "Language") -> "Language":
        """The same language, of whose speakers some words of `other` are expected too."""
        return replace(
            self,
            yes=self.yes | other.yes,
            no=self.no | other.no,
            pointing=self.pointing | other.pointing,
            fillers=self.fillers | other.fillers,
            courtesies=self.courtesies | other.courtesies,
            backchannels=self.backchannels | other.backchannels,
            stop_words=self.stop_words | other.stop_words,
            openers=self.openers | other.openers,
            pleased=self.pleased | other.pleased,
            upset=self.upset | other.upset,
            name_leads=(*self.name_leads, *other.name_leads),
            name_tails=(*self.name_tails, *other.name_tails),
            goes_on=lambda words: self.goes_on(words) or other.goes_on(words),
            telephone=self.telephone.mixed_with(other.telephone),
            in_english=lambda text: other.in_english(self.in_english(text)),
        )
