"""What a company sends is checked by the files that it reads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.event_schemas import OURS, BadEvent, EventSchemas
from shared.core.occasion import KINDS, Occasion
from tests.usecases.outreach import upcoming

FOLDER = Path(__file__).parents[2] / "docs" / "events"
SCHEMAS = EventSchemas(FOLDER)
PERSON = {"phone": "+14155550142", "name": "Ann", "time_zone": "America/Los_Angeles", "region": "US-CA"}
WHOLE: dict[str, dict[str, Any]] = {
    "appointment.upcoming": {"person": PERSON, "appointment": {"starts_at": "2026-11-24T10:30:00-08:00"}},
    "appointment.updated": {"appointment": {"starts_at": "2026-11-24T10:30:00-08:00"}},
    "appointment.cancelled": {},
    "payment.overdue": {"person": PERSON, "payment": {"amount": 12550, "currency": "USD", "due_on": "2026-11-01"}},
    "payment.made": {},
    "lead.created": {"person": PERSON, "lead": {"interest": "a quote"}},
    "lead.withdrawn": {},
    "survey.due": {"person": PERSON, "survey": {"about": "your visit"}},
    "callback.due": {"person": PERSON, "callback": {"due_at": "2026-11-24T10:30:00-08:00"}},
}


def test_the_schemas_are_of_the_kinds_that_chains_know() -> None:
    assert set(SCHEMAS.kinds()) == set(KINDS) == set(WHOLE)
    files = {path.name.removesuffix(".v1.json") for path in FOLDER.iterdir()}
    assert files == set(KINDS) | OURS | {"person", "consent"}


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_what_keeps_to_its_schema_can_be_read(kind: str) -> None:
    detail = SCHEMAS.check(kind, {"version": 1, "id": "e-1", "reference": "A-1", **WHOLE[kind]})

    assert Occasion.read(kind, detail, datetime(2026, 11, 20, tzinfo=UTC)).reference == "A-1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"person": {"name": "Ann"}}, "person.phone: is missing"),
        ({"person": {"phone": "4155550142"}}, "person.phone: is not as it should be (pattern): The number to call"),
        ({"person": {**PERSON, "fone": "x"}}, "person: has a field that is not known; use phone, id, name"),
        ({"appointment": {"starts_at": "tomorrow"}}, "appointment.starts_at: is not as it should be (format): When it"),
        ({"appointment": {"starts_at": "2026-11-24T10:30:00"}}, "appointment.starts_at: is not as it should be"),
        ({"version": 2}, "version: must be 1"),
        ({"details": {"doctor": None}}, "details.doctor: must be string or number or boolean"),
        ({"consent": {"kind": "none", "given_at": "2026-11-24T10:30:00Z", "how": "x", "reference": "y"}},
         "consent.kind: must be one of express, written"),
        ({"id": "two words"}, "id: is not as it should be (pattern): Yours, the same however often"),
    ],
)  # fmt: skip
def test_what_does_not_is_told_with_field_and_fix_and_without_its_value(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadEvent) as wrong:
        SCHEMAS.check("appointment.upcoming", upcoming(**changes))

    assert str(wrong.value).startswith(said)
    assert "4155550142:" not in str(wrong.value)


def test_a_kind_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(BadEvent, match=r"^detail-type: is none that is known; use one of appointment\.cancelled, "):
        SCHEMAS.check("appointment.comming", {})
    with pytest.raises(BadEvent, match=r"^detail: must be a JSON object"):
        SCHEMAS.check("payment.made", [])


@pytest.mark.parametrize("kind", sorted(OURS))
def test_what_the_company_is_told_cannot_be_sent(kind: str) -> None:
    assert json.loads((FOLDER / f"{kind}.v1.json").read_text())["title"].startswith(kind)
    with pytest.raises(BadEvent):
        SCHEMAS.check(kind, {})
