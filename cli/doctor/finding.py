"""What an examination finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing to do."""
    WARNING = "warning"
    """Works, but not as far as the stage is meant to go, or could not be looked at."""
    WRONG = "wrong"
    """Callers are not served, or will not be."""


class Group(StrEnum):
    AWS = "AWS account"
    QUOTAS = "Quotas"
    STACKS = "Stacks"
    SECRETS = "Secrets"
    TWILIO = "Twilio"
    ROUND_TRIP = "Addresses and signatures"


@dataclass(frozen=True, slots=True)
class Finding:
    """`told` says how it is; `fix` what to do, empty when there is nothing to do."""

    state: State
    told: str
    fix: str = ""


def ok(told: str) -> Finding:
    return Finding(State.OK, told)


def note(told: str, fix: str = "") -> Finding:
    return Finding(State.NOTE, told, fix)


def warning(told: str, fix: str) -> Finding:
    return Finding(State.WARNING, told, fix)


def wrong(told: str, fix: str) -> Finding:
    return Finding(State.WRONG, told, fix)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `look` may block, and may raise Refusal or botocore's errors."""

    group: Group
    what: str
    look: Callable[[], Iterable[Finding]]
