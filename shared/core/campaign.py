"""A campaign: which business event makes the phone ring, for whom, how often, how fast, and when it stops. Data only.

A business person writes it as a file (`shared/adapters/campaign_files`); `shared.core.chain` follows it. Times are
in ms.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared.core import languages
from shared.core.attempt import Disposition
from shared.core.languages.language import Language
from shared.core.lines import PLACEHOLDER
from shared.core.rules.person import Purpose

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_MONEY = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class LeaveMessage(StrEnum):
    """Whether a message is left on a mailbox. None is ever left twice by one chain."""

    NEVER = "never"
    FIRST = "first"
    """On the first mailbox that is reached."""
    LAST = "last"
    """Only by the last attempt there is."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often one person is rung for one event, and how long to wait after which outcome."""

    most: int
    again_ms: Mapping[Disposition, int] = field(default_factory=dict)
    """An outcome that is not here ends the chain."""
    apart_ms: int = 2 * HOUR_MS
    """Between two calls to one person about different things."""


@dataclass(frozen=True, slots=True)
class When:
    """The time for calls, from the event's own moment, such as an appointment's beginning; negative is before it."""

    start_ms: int | None
    """None: as soon as the event comes."""
    until_ms: int
    """No call begins after this."""


@dataclass(frozen=True, slots=True)
class TextStep:
    """A text message within a chain, sent at most once; `body` may hold `{fact}` placeholders."""

    name: str
    body: str
    after: frozenset[str]
    """Dispositions or results; the attempt that comes to one of them is followed by this text."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What one of the company's lines may do at a time, for all campaigns that call from it."""

    per_second: float
    """Calls begun; the account's own limit at the carrier is the most that makes sense."""
    concurrent: int


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What a campaign may use up in one day (UTC)."""

    calls: int
    cents: int
    call_cents: int
    """What a call is taken to cost before it is made: the most it may, in US cents."""
    text_cents: int = 2


@dataclass(frozen=True, slots=True)
class Stop:
    """When a campaign stops by itself: shares of the calls that came to an end within a while, from 0 to 1."""

    window_ms: int
    at_least: int
    """Calls in the window, below which nothing is concluded."""
    failing: float = 1.0
    opt_outs: float = 1.0
    complaints: float = 1.0
    no_answers: float = 1.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """Everything a chain goes by, apart from the event that began it."""

    name: str
    event: str
    """The kind that begins a chain, such as `appointment.upcoming`."""
    purpose: Purpose
    agent: str
    """The name of an agent file, without its ending."""
    line: str
    """The number that is shown to the person called, E.164."""
    attempts: Attempts
    when: When
    pace: Pace
    ceilings: Ceilings
    stop: Stop
    ends: frozenset[str]
    """Results of a conversation after which nobody is called again."""
    facts: tuple[str, ...] = ()
    """What the event must tell besides the person: the agent and the texts speak of it."""
    texts: tuple[TextStep, ...] = ()
    message: LeaveMessage = LeaveMessage.FIRST
    follow_up: Mapping[str, str] = field(default_factory=dict)
    """What people have to do, by the result, the last disposition, or the end (`chain_events.Ended`) of a chain."""
    language: str = "en-US"
    """Of the texts, and of what people have to do."""
    priority: int = 5
    """1 to 9: of two chains that want to call one person, the greater one does."""

    def text(self, name: str) -> TextStep | None:
        return next((step for step in self.texts if step.name == name), None)

    def text_after(self, outcome: str, sent: tuple[str, ...]) -> TextStep | None:
        """The first of the texts not `sent` that follows an attempt with this disposition or result."""
        return next((step for step in self.texts if outcome in step.after and step.name not in sent), None)


def filled(body: str, facts: Mapping[str, str], language: str) -> str:
    """A text with its placeholders replaced: moments, days and amounts as people of this language say them.

    A moment is said by its own offset from UTC. What has no value is left out: the file may be newer than the event.
    """
    speaks = languages.of(language)
    return PLACEHOLDER.sub(lambda found: _said(facts.get(found[1], ""), speaks), body)


def _said(value: str, language: Language) -> str:
    if amount := _MONEY.fullmatch(value):
        return language.money(Decimal(amount[1]), amount[2])
    try:
        at = datetime.fromisoformat(value) if _DAY.match(value) else None
    except ValueError:
        at = None
    if at is None:
        return value
    return language.day(at.date()) if len(value) == len("2026-11-24") else language.moment(at.date(), at.time())
