"""What a campaign file may hold: its fields, and what stands where it says nothing."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.core.attempt import Disposition
from shared.core.campaign import DAY_MS, HOUR_MS, MINUTE_MS, LeaveMessage
from shared.core.rules.person import Purpose

_UNITS: Final = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
_LENGTH: Final = re.compile(r"(\d+) (minute|hour|day)s?")
_OFFSET: Final = re.compile(r"(.+) (before|after)")
AT_ONCE: Final = "at once"


def _length_ms(said: object) -> object:
    found = _LENGTH.fullmatch(str(said).strip())
    if found is None:
        raise ValueError(f"`{said}` is no length of time; use such as 10 minutes, 3 hours or 1 day")
    return int(found[1]) * _UNITS[found[2]]


def _offset_ms(said: object) -> object:
    """In ms after the event's moment; None for at once."""
    if said == AT_ONCE:
        return None
    found = _OFFSET.fullmatch(str(said).strip())
    if found is None:
        raise ValueError(f"`{said}` is no time; use such as 1 day before, 2 hours after, or {AT_ONCE}")
    length = _length_ms(found[1])
    return -length if found[2] == "before" and isinstance(length, int) else length


def _share(said: object) -> object:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", str(said).strip())
    if found is None or float(found[1]) > 100:
        raise ValueError(f"`{said}` is no share of the calls; use such as 5%")
    return float(found[1]) / 100


def _cents(said: object) -> object:
    if isinstance(said, bool) or not isinstance(said, int | float) or said < 0:
        raise ValueError(f"`{said}` is no amount of US dollars; use such as 50 or 0.40")
    return round(said * 100)


type Text = Annotated[str, Field(min_length=1, max_length=1_000)]
type Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
type Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""A result or a disposition."""
type Length = Annotated[int, BeforeValidator(_length_ms), Field(gt=0)]
type Offset = Annotated[int | None, BeforeValidator(_offset_ms)]
type Share = Annotated[float, BeforeValidator(_share)]
type Dollars = Annotated[int, BeforeValidator(_cents)]
"""Kept as cents."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(Part):
    start: Offset
    until: Offset


AGAIN: Final = {
    Disposition.BUSY: 10 * MINUTE_MS,
    Disposition.NO_ANSWER: 3 * HOUR_MS,
    Disposition.MAILBOX: DAY_MS,
    Disposition.MESSAGE_LEFT: DAY_MS,
    Disposition.SCREENED: DAY_MS,
    Disposition.HUNG_UP: DAY_MS,
    Disposition.NOT_THEM: 3 * HOUR_MS,
    Disposition.FAILED: 15 * MINUTE_MS,
    Disposition.NOT_DIALLED: 5 * MINUTE_MS,
    Disposition.UNKNOWN: DAY_MS,
}
"""After what to wait how long, where a file says nothing about it."""


class Attempts(Part):
    most: Annotated[int, Field(ge=1, le=10)]
    apart: Length = 2 * HOUR_MS
    again: dict[Disposition, Length | Literal["never"]] = {}


class TextStep(Part):
    after: Annotated[tuple[Word, ...], Field(min_length=1)]
    say: Text


class Pace(Part):
    per_second: Annotated[float, Field(gt=0, le=100)] = 1
    concurrent: Annotated[int, Field(ge=1, le=500)] = 10


class Day(Part):
    calls: Annotated[int, Field(ge=1, le=1_000_000)]
    dollars: Dollars
    dollars_a_call: Dollars = 50


class Stop(Part):
    within: Length = 30 * MINUTE_MS
    at_least: Annotated[int, Field(ge=1, le=10_000)] = 20
    failing: Share = 0.3
    opt_outs: Share = 0.1
    complaints: Share = 0.03
    no_answers: Share = 0.95


class CampaignFile(Part):
    starts_with: Text
    purpose: Purpose
    agent: Name
    line: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
    when: When
    attempts: Attempts
    done: Annotated[tuple[Word, ...], Field(min_length=1)]
    needs: tuple[Name, ...] = ()
    message: LeaveMessage = LeaveMessage.FIRST
    texts: dict[Name, TextStep] = {}
    follow_up: dict[Word, Text] = {}
    pace: Pace = Pace()
    day: Day
    stop: Stop = Stop()
    language: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")] = "en-US"
    priority: Annotated[int, Field(ge=1, le=9)] = 5
