"""What a company's own system tells that concerns a person: an appointment comes up, an invoice was paid. Pure.

The schemas are docs/events/*.json; whoever takes an event has it checked against its schema before it is read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self


class Tells(StrEnum):
    """What an occasion does to the chain of its reference."""

    BEGINS = "begins"
    """A chain begins, unless one for the same reference is under way: that one then goes by the newer facts."""
    CHANGES = "changes"
    ENDS = "ends"


CALLBACK_DUE: Final = "callback.due"
"""The one kind that we tell ourselves: a caller was promised a call back."""

KINDS: Final[Mapping[str, Tells]] = {
    "appointment.upcoming": Tells.BEGINS,
    "appointment.updated": Tells.CHANGES,
    "appointment.cancelled": Tells.ENDS,
    "payment.overdue": Tells.BEGINS,
    "payment.made": Tells.ENDS,
    "lead.created": Tells.BEGINS,
    "lead.withdrawn": Tells.ENDS,
    "survey.due": Tells.BEGINS,
    CALLBACK_DUE: Tells.BEGINS,
}
"""Every kind there is."""

_MOMENTS: Final = {"appointment": "starts_at", "survey": "happened_at", "callback": "due_at"}
"""Which fact says when the thing itself is or was. Everything else is counted from when we are told of it."""
_ADDRESS: Final = ("country", "region", "postal_code", "time_zone")
_WHOLE_UNITS: Final = frozenset({"JPY", "KRW", "VND", "CLP"})
"""Currencies without a smaller unit (ISO 4217)."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """That the person agreed to such calls, and the proof of it (docs/events/consent.v1.json)."""

    kind: str
    given_at: datetime
    how: str
    reference: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """One such event. Its `id` is the same however often it is delivered."""

    kind: str
    """One of KINDS."""
    id: str
    reference: str
    """The company's own name of what it is about, such as an appointment's number: later events name the same."""
    at: datetime
    """When it was told; of two about one reference the later one counts, in whatever order they come."""
    number: str = ""
    """The person's, E.164; what begins a chain has it."""
    moment: datetime | None = None
    """When the thing itself is, such as an appointment's beginning. Where it is missing: `at`."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the agent and the texts may speak of, by the names of the schema; also `reference`, and the person's `name`,
    `language` and `person_id`."""
    address: Mapping[str, str] = field(default_factory=dict)
    """What is known of where the person is: `country`, `region`, `postal_code`, `time_zone`."""
    campaign: str = ""
    """The one that is to act on it; empty when that is clear by the kind."""
    agent: str = ""
    """Who has to call, where somebody in particular has promised it."""
    consent: Agreed | None = None

    @property
    def tells(self) -> Tells:
        return KINDS[self.kind]

    @property
    def about(self) -> str:
        """Names what it is about among everything the company has: `appointment#A-17`."""
        return f"{self.kind.partition('.')[0]}#{self.reference}"

    @classmethod
    def read(cls, kind: str, detail: Mapping[str, Any], at: datetime) -> Self:
        """The event that EventBridge delivers with this detail-type, detail and time. Raises ValueError or KeyError
        for one that keeps to no schema."""
        if kind not in KINDS:
            raise ValueError(f"`{kind}` is no kind of event; use one of {', '.join(KINDS)}")
        thing = kind.partition(".")[0]
        told = detail.get(thing, {})
        moment = told.get(_MOMENTS.get(thing, ""))
        person = detail.get("person", {})
        return cls(
            kind=kind,
            id=str(detail["id"]),
            reference=str(detail["reference"]),
            at=at,
            number=str(person.get("phone", "")),
            moment=None if moment is None else _time(moment),
            facts=_facts(told, person, detail.get("details", {})) | {"reference": str(detail["reference"])},
            address={name: str(person[name]) for name in _ADDRESS if name in person},
            campaign=str(detail.get("campaign", "")),
            agent=str(told.get("agent", "")) if kind == CALLBACK_DUE else "",
            consent=_agreed(detail["consent"]) if "consent" in detail else None,
        )


def _facts(told: Mapping[str, Any], person: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, str]:
    facts = {**details, **told}
    if "amount" in told:
        facts["amount_due"] = _amount(told["amount"], told["currency"])
    for name, fact in (("name", "name"), ("language", "language"), ("id", "person_id")):
        if name in person:
            facts[fact] = person[name]
    return {name: str(value) for name, value in facts.items()}


def _amount(smallest_units: int, currency: str) -> str:
    """Such as `125.50 USD`."""
    return f"{smallest_units} {currency}" if currency in _WHOLE_UNITS else f"{smallest_units / 100:.2f} {currency}"


def _agreed(consent: Mapping[str, Any]) -> Agreed:
    return Agreed(consent["kind"], _time(consent["given_at"]), consent["how"], consent["reference"])


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its offset; write it such as 2026-11-24T10:30:00-08:00")
    return at
