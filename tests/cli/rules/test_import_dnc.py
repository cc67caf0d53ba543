"""A do-not-call list goes from a file into the table, whole or not at all."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_bookings import table_spec
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.core.rules.person import Listing, Person, Registry
from shared.ports.ledger import Ledger
from tests.cli.conftest import Run

REGION = "eu-west-1"
ONE, TWO = "+13055550123", "+13055550124"


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A shell whose account has an empty table of campaigns."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_REGION", "CAMPAIGNS_TABLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name=REGION)
        client.create_table(**table_spec("campaigns"))
        yield DynamoDbLedger(client, "campaigns")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def _import(run: Run, file: Path, *more: str, name: str = "us-national", code: int = 0) -> str:
    arguments = ("--list", name, "--table", "campaigns", *(more or ("--date", "2026-11-01")))
    return run("rules", "import-dnc", str(file), *arguments, code=code)[-1]


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
def test_numbers_come_a_line_each_or_in_a_column(run: Run, ledger: Ledger, file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert _import(run, file) == "rules import-dnc: 2 numbers on the list us-national of 2026-11-01: ok"
    assert ledger.registry("us-national-305") == Registry("us-national-305", date(2026, 11, 1))
    for number in (ONE, TWO):
        assert ledger.person(number).listings == (Listing("us-national", date(2026, 11, 1)),)


def test_lines_that_are_no_numbers_are_named_and_nothing_is_imported(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text(f"{ONE}\nMaria\n{TWO}\n12\n")
    said = _import(run, file, code=1)
    assert said == (
        f"rules import-dnc: short: {file}: not a number in E.164, such as +13055550123: line 2: 'Maria'; line 4: '12';"
        " mend them, nothing was imported"
    )
    assert ledger.registry("us-national-305") is None
    assert ledger.person(ONE) == Person()


def test_many_wrong_lines_are_counted(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text("no\n" * 8)
    assert "line 5: 'no' and 3 more; mend them" in _import(run, file, code=1)


def test_the_company_s_own_list_takes_only_e_164(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text("3055550123\n")
    assert "line 1: '3055550123'" in _import(run, file, name="own", code=1)


def test_the_national_registry_has_only_numbers_of_its_country(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text("+442079460000\n")
    assert "line 1: '+442079460000'" in _import(run, file, code=1)


def test_an_empty_file_is_no_list(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text("phone\n")
    assert "there is no number in it" in _import(run, file, code=1)


@pytest.mark.parametrize(
    ("date", "line"),
    [
        ("yesterday", "--date: yesterday is no day; write it as 2026-11-20"),
        ("2999-01-01", "--date: 2999-01-01 has not come yet; give the day of the list's state"),
    ],
)
def test_a_day_that_is_none_is_refused(run: Run, ledger: Ledger, file: Path, date: str, line: str) -> None:
    file.write_text(f"{ONE}\n")
    assert _import(run, file, "--date", date, code=1) == f"rules import-dnc: short: {line}"


def test_a_file_that_is_not_there_is_refused(run: Run, ledger: Ledger, file: Path) -> None:
    assert "cannot be read (No such file or directory); check the name" in _import(run, file, code=1)


def test_without_a_table_nothing_is_imported(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text(f"{ONE}\n")
    said = run("rules", "import-dnc", str(file), "--list", "own", code=1)
    assert said == ["rules import-dnc: short: --table: say which table holds the campaigns, or set CAMPAIGNS_TABLE"]


def test_a_person_is_explained_by_what_is_on_file(run: Run, ledger: Ledger, file: Path) -> None:
    file.write_text(f"{ONE}\n")
    _import(run, file, name="own")
    at = ("--at", "2026-11-18T12:00-05:00", "--table", "campaigns")
    said = run("rules", "explain", ONE, "--purpose", "reminder", *at)
    assert said[1].startswith("NEVER, by us.tcpa.consent")
    assert any(line.startswith("house.own-list") and "never" in line for line in said)
