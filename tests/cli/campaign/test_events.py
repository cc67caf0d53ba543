"""Events from what is typed and from files: what is wrong is named, and then nothing is sent."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.campaign.events import contacts, put, send
from cli.campaign.place import Place
from cli.deployed.refusal import Refusal

KIND = "appointment.upcoming"
HEAD = "reference,phone,name,starts_at,consent.kind,consent.given_at,consent.how,consent.reference,doctor\n"
GOOD = "A-1,+14155550142,Ann,2026-11-24T10:30:00-08:00,express,2026-01-01T00:00:00Z,web form,f-1,Dr Lee\n"


class Bus:
    """EventBridge's client; refuses the events at these places, once."""

    def __init__(self, *refuses: int) -> None:
        self.entries: list[dict[str, Any]] = []
        self._refuses = set(refuses)

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert len(Entries) <= 10
        self.entries += Entries
        told = [
            {"ErrorCode": "ThrottlingException"} if n in self._refuses else {"EventId": str(n)}
            for n, _ in enumerate(Entries)
        ]
        return {"FailedEntryCount": len(self._refuses), "Entries": told}


class Account:
    def __init__(self, bus: Bus) -> None:
        self.region = "eu-west-1"
        self._bus = bus

    def client(self, service: str, region: str | None = None) -> Bus:
        return self._bus


def place(bus: Bus) -> Place:
    return Place("prod", Account(bus))  # type: ignore[arg-type]


def read(folder: Path, text: str) -> tuple[dict[int, Any], list[str]]:
    path = folder / "contacts.csv"
    path.write_text(text)
    found = contacts(path, KIND, "appointment_reminder")
    return dict(found.events), [line.removeprefix(f"{path}:") for line in found.bad]


def test_a_line_of_contacts_becomes_an_event_by_the_names_of_its_schema(tmp_path: Path) -> None:
    events, bad = read(tmp_path, HEAD + GOOD)

    assert bad == []
    assert events[2] == {
        "version": 1,
        "campaign": "appointment_reminder",
        "reference": "A-1",
        "id": "appointment_reminder:A-1",
        "person": {"phone": "+14155550142", "name": "Ann"},
        "appointment": {"starts_at": "2026-11-24T10:30:00-08:00"},
        "consent": {"kind": "express", "given_at": "2026-01-01T00:00:00Z", "how": "web form", "reference": "f-1"},
        "details": {"doctor": "Dr Lee"},
    }


def test_bad_lines_are_told_by_line_field_and_fix(tmp_path: Path) -> None:
    plain = "reference,phone,starts_at\n"
    good = "A-1,+14155550142,2026-11-24T10:30:00-08:00\n"
    bad_number = "A-2,4155550142,2026-11-24T10:30:00-08:00\n"
    no_time = "A-3,+14155550142,\n"

    events, bad = read(tmp_path, plain + good + bad_number + no_time + good)

    assert list(events) == [2]
    assert [line.partition(" (")[0].partition(";")[0] for line in bad] == [
        "3: person.phone: is not as it should be",
        "4: appointment: is missing",
        "5: id: is the same as in line 2",
    ]


@pytest.mark.parametrize("text", ["", "reference,phone\nA-1\n", "reference,phone\nA-1,+1415,x\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match=r"contacts\.csv"):
        read(tmp_path, text)


def test_a_whole_number_is_one(tmp_path: Path) -> None:
    path = tmp_path / "debts.csv"
    path.write_text("reference,phone,amount,currency,due_on\nD-1,+14155550142,12550,USD,2026-11-01\n")

    found = contacts(path, "payment.overdue", "payment_follow_up")

    assert found.bad == []
    assert found.events[2]["payment"] == {"amount": 12550, "currency": "USD", "due_on": "2026-11-01"}


def test_events_go_onto_the_bus_ten_at_a_time() -> None:
    bus = Bus()

    put(place(bus), KIND, [{"id": str(number)} for number in range(23)])

    assert [json.loads(entry["Detail"])["id"] for entry in bus.entries] == [str(number) for number in range(23)]
    assert {(entry["EventBusName"], entry["DetailType"]) for entry in bus.entries} == {("switchboard-prod", KIND)}


def test_events_that_the_bus_does_not_take_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(Refusal, match="ThrottlingException: 9 events sent; send all of them again"):
        put(place(Bus(3)), KIND, [{"id": str(number)} for number in range(10)])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["reference"], "reference: is no field with its value"),
        (["reference=A-1"], "appointment.upcoming: person: is missing"),
        (["reference=A-1", "person=x", "person.phone=+14155550142"], "person.phone: person has a value of its own"),
    ],
)
def test_what_is_typed_wrongly_is_sent_nowhere(fields: list[str], said: str) -> None:
    given = argparse.Namespace(kind=KIND, fields=fields, file=None, stage=None, laptop=False)

    with pytest.raises(Refusal, match=said):
        send(given, Console())
