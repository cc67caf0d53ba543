"""A rule as data: what it demands, of which calls, since when, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from shared.core.rules.holidays import Holiday
from shared.core.rules.person import Channel, ConsentKind, Purpose

EVERY_PURPOSE = frozenset(Purpose)
SALES = frozenset({Purpose.SALES})
CALLS = frozenset({Channel.CALL})
CALLS_AND_TEXTS = frozenset(Channel)


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` up to and without `closes`, by the clock of the person called."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Only within the window of the day. `week` begins with Monday; None is a day without calls.

    Each is itself, however alike: their days are remembered by it.
    """

    week: tuple[Window | None, ...]
    holidays: tuple[Holiday, ...] = ()
    on_holidays: Window | None = None


@dataclass(frozen=True, slots=True)
class Suspended:
    """Not at all from the first day to the last, both within. Kept up to date by hand: an emergency has no rule."""

    spans: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Consented:
    """Only with a consent for this purpose that has not been revoked, of this kind or a stronger one."""

    kind: ConsentKind


@dataclass(frozen=True, slots=True)
class NotOptedOut:
    """Not to somebody who has said that they do not want it."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Not to a number on this list."""

    list: str
    max_age: timedelta | None = None
    """How old the imported list may be. None: the company's own, which is always up to date and never shrinks."""


class Counted(StrEnum):
    ATTEMPTS = "attempts"
    """Of ours, whatever came of them."""
    CONVERSATIONS = "conversations"
    """Whoever called whom."""


class Per(StrEnum):
    PERSON = "person"
    """In all campaigns together."""
    DEBT = "debt"


@dataclass(frozen=True, slots=True, eq=False)
class Cap:
    """At most so many in any stretch of time this long, of the channels that the rule is about. Each is itself."""

    most: int
    within: timedelta
    of: Counted = Counted.ATTEMPTS
    per: Per = Per.PERSON


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Not at all; only by one carrier, if it names one."""

    carrier: str = ""


@dataclass(frozen=True, slots=True)
class CallerId:
    """Only from a number that begins so."""

    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readable:
    """Only when all is known that a decision rests on. Asked first; the other rules need not doubt it."""


@dataclass(frozen=True, slots=True)
class Soon:
    """Nothing is planned further ahead than this: until then rules and people change."""

    within: timedelta


type Demand = Hours | Suspended | Consented | NotOptedOut | Unlisted | Cap | Forbidden | CallerId | Readable | Soon


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    """Such as `us.tcpa.hours`: jurisdiction, law, what it is about."""
    text: str
    demand: Demand
    source: str
    effective: date
    """Since when it is in force, or the day of the text that was read if that does not say."""
    read: date
    """The day of the text that was read."""
    purposes: frozenset[Purpose] = EVERY_PURPOSE
    channels: frozenset[Channel] = CALLS_AND_TEXTS
    until: date | None = None
    """The first day on which it is no longer in force."""


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    rules: Mapping[str, tuple[Rule, ...]]
    """By jurisdiction: `*` is everywhere, then countries (ISO 3166-1), then their regions (ISO 3166-2). A country that
    is not among them may not be called."""
    zones: Mapping[str, tuple[str, ...]]
    """Every time zone of a country or region, for places of which no more is known. A country's regions are all here,
    or none of them."""

    def __post_init__(self) -> None:
        """Raises ValueError for a book by which something unreadable could be decided about, or for ever."""
        kinds = [type(rule.demand) for rule in self.rules.get("*", ())]
        if Readable not in kinds or Soon not in kinds:
            raise ValueError("everywhere, a rule must demand Readable, and one Soon")

    def regions(self, country: str) -> tuple[str, ...]:
        """Those of a country, as far as they are told apart."""
        return tuple(place for place in self.zones if place.startswith(f"{country}-"))

    def every_rule(self) -> tuple[Rule, ...]:
        return tuple(rule for rules in self.rules.values() for rule in rules)
