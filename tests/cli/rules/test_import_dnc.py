"""A do-not-call list goes from a file into the table, whole or not at all."""

import argparse
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from cli.deployed.refusal import Refusal
from cli.rules import arguments
from cli.rules.explain import explain
from cli.rules.import_dnc import import_dnc
from shared.adapters.dynamodb_bookings import table_spec
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.core.rules.person import Listing, Person, Registry
from shared.ports.ledger import Ledger
from tests.cli.conftest import Run

REGION = "eu-west-1"
ONE, TWO = "+13055550123", "+13055550124"


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name=REGION)
        client.create_table(**table_spec("campaigns"))
        yield DynamoDbLedger(client, "campaigns")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def _import(ledger: Ledger, file: Path, day: str = "2026-11-01", *, name: str = "us-national") -> str:
    return import_dnc(file, name, day, lambda: ledger)[0]


def _refused(ledger: Ledger, file: Path, day: str = "2026-11-01", *, name: str = "us-national") -> str:
    with pytest.raises(Refusal) as refusal:
        _import(ledger, file, day, name=name)
    return str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}\n",
        "305,5550123\n305,5550124\n",
        "# of the 1st\n\n3055550123\n(305) 555-0124\n",
        f"name,Phone\nMaria,{ONE}\nLee,+1 305 555 0124\n",
        f"\ufeffphone number\r\n{ONE}\r\n{TWO}\r\n",
    ],
    ids=["lines", "national", "bare", "CSV", "of a spreadsheet"],
)
def test_numbers_come_a_line_each_or_in_a_column(ledger: Ledger, file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert _import(ledger, file) == "2 numbers on the list us-national of 2026-11-01"
    assert ledger.registry("us-national-305") == Registry("us-national-305", date(2026, 11, 1))
    for number in (ONE, TWO):
        assert ledger.person(number).listings == (Listing("us-national", date(2026, 11, 1)),)


def test_lines_that_are_no_numbers_are_named_and_nothing_is_imported(ledger: Ledger, file: Path) -> None:
    file.write_text(f"{ONE}\nMaria\n{TWO}\n12\n")
    assert _refused(ledger, file) == (
        f"{file}: not a number in E.164, such as +13055550123: line 2: 'Maria'; line 4: '12';"
        " mend them, nothing was imported"
    )
    assert ledger.registry("us-national-305") is None
    assert ledger.person(ONE) == Person()


def test_many_wrong_lines_are_counted(ledger: Ledger, file: Path) -> None:
    file.write_text("no\n" * 8)
    assert "line 5: 'no' and 3 more; mend them" in _refused(ledger, file)


def test_the_company_s_own_list_takes_only_e_164(ledger: Ledger, file: Path) -> None:
    file.write_text("3055550123\n")
    assert "line 1: '3055550123'" in _refused(ledger, file, name="own")


def test_the_national_registry_has_only_numbers_of_its_country(ledger: Ledger, file: Path) -> None:
    file.write_text("+442079460000\n")
    assert "line 1: '+442079460000'" in _refused(ledger, file)


def test_an_empty_file_is_no_list(ledger: Ledger, file: Path) -> None:
    file.write_text("phone\n")
    assert "there is no number in it" in _refused(ledger, file)


@pytest.mark.parametrize(
    ("date", "line"),
    [
        ("yesterday", "--date: yesterday is no day; write it as 2026-11-20"),
        ("2999-01-01", "--date: 2999-01-01 has not come yet; give the day of the list's state"),
    ],
)
def test_a_day_that_is_none_is_refused(ledger: Ledger, file: Path, date: str, line: str) -> None:
    file.write_text(f"{ONE}\n")
    assert _refused(ledger, file, date) == line


def test_a_file_that_is_not_there_is_refused(ledger: Ledger, file: Path) -> None:
    assert "cannot be read (No such file or directory); check the name" in _refused(ledger, file)


def test_a_file_is_checked_before_anything_is_reached(run: Run, file: Path) -> None:
    file.write_text("no\n")
    (said,) = run("rules", "import-dnc", str(file), "--list", "own", "--stage", "nowhere", code=1)
    assert said.startswith(f"rules import-dnc: short: {file}: not a number in E.164")


def test_a_stage_that_is_not_there_is_refused(run: Run, file: Path) -> None:
    file.write_text(f"{ONE}\n")
    (said,) = run("rules", "import-dnc", str(file), "--list", "own", "--stage", "nowhere", code=1)
    assert "nowhere" in said


def test_a_person_is_explained_by_what_is_on_file(ledger: Ledger, file: Path) -> None:
    file.write_text(f"{ONE}\n")
    _import(ledger, file, name="own")
    out = io.StringIO()
    parser = argparse.ArgumentParser()
    arguments.add(parser.add_subparsers(dest="command"))
    typed = ("rules", "explain", ONE, "--purpose", "reminder", "--at", "2026-11-18T12:00-05:00")
    figures, short = explain(parser.parse_args(typed), Console(file=out, width=240), ledger)
    assert (figures, short) == ("never, 12 rules", [])
    said = out.getvalue().splitlines()
    assert said[1].startswith("NEVER, by us.tcpa.consent")
    assert any(line.startswith("house.own-list") and "never" in line for line in said)
