"""What a company's systems tell, read from events that keep to their schemas."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.core.occasion import KINDS, Agreed, Occasion, Tells

EVENTS = Path(__file__).parents[2] / "docs" / "events"
OURS = ("call.finished", "attempt.completed", "chain.completed", "optout.recorded", "payment.captured")
PARTS = ("person", "consent")
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BASE: dict[str, Any] = {"version": 1, "id": "e1", "reference": "A-17"}
PERSON = {"phone": "+14155550142", "name": "Ann Lee", "id": "p9", "language": "en-US", "region": "US-CA"}


def test_p5_every_kind_that_has_a_schema_is_read_and_no_other() -> None:
    told = {path.name.removesuffix(".v1.json") for path in EVENTS.glob("*.v1.json")}
    assert told - {*OURS, *PARTS} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_begins_calls_names_a_person_in_its_schema_and_nothing_else_does(kind: str) -> None:
    schema = json.loads((EVENTS / f"{kind}.v1.json").read_text())
    assert ("person" in schema["required"]) == (KINDS[kind] is Tells.BEGINS)


def test_an_appointment_has_its_moment_and_its_facts() -> None:
    appointment = {"starts_at": "2026-11-24T10:30:00-08:00", "service": "check-up", "with": "Dr Lee"}
    details = {"room": 4, "fasting": True}
    detail = {**BASE, "person": PERSON, "appointment": appointment, "details": details, "campaign": "reminder"}
    occasion = Occasion.read("appointment.upcoming", detail, AT)
    assert occasion.about == "appointment#A-17"
    assert occasion.moment == datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert (occasion.number, occasion.campaign, occasion.address) == ("+14155550142", "reminder", {"region": "US-CA"})
    assert occasion.facts == {
        **appointment,
        "room": "4",
        "fasting": "True",
        "name": "Ann Lee",
        "person_id": "p9",
        "language": "en-US",
        "reference": "A-17",
    }


@pytest.mark.parametrize(("currency", "said"), [("USD", "125.50 USD"), ("JPY", "12550 JPY")])
def test_a_debt_is_counted_from_when_it_is_told_and_its_amount_can_be_said(currency: str, said: str) -> None:
    payment = {"amount": 12550, "currency": currency, "due_on": "2026-11-01"}
    occasion = Occasion.read("payment.overdue", {**BASE, "person": PERSON, "payment": payment}, AT)
    assert (occasion.moment, occasion.facts["amount_due"], occasion.facts["due_on"]) == (None, said, "2026-11-01")


def test_consent_comes_with_its_proof() -> None:
    consent = {"kind": "written", "given_at": "2026-10-01T00:00:00+00:00", "how": "web form", "reference": "f-1"}
    occasion = Occasion.read("lead.created", {**BASE, "person": PERSON, "consent": consent}, AT)
    assert occasion.consent == Agreed("written", datetime(2026, 10, 1, tzinfo=UTC), "web form", "f-1")


def test_what_is_no_event_of_a_companys_is_not_read() -> None:
    with pytest.raises(ValueError, match="is no kind of event; use one of appointment"):
        Occasion.read("call.finished", BASE, AT)
