"""A business person asks why somebody may not be called, and reads by which law."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

MIAMI = "+13055550123"
SUNDAY = "2026-11-22T20:30-05:00"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")


def test_a_call_in_the_evening_is_explained_by_the_state_that_forbids_it(run: Run) -> None:
    said = run("rules", "explain", MIAMI, "--purpose", "sales", "--at", SUNDAY)
    assert said[0] == "+13055550123: sales call at Sunday 2026-11-22 20:30 -0500"
    assert said[2].startswith(
        "LATER Monday 2026-11-23 09:00 -0500 (09:00 America/New_York = 08:00 America/Chicago), by us-fl.hours: Comm"
    )
    (row,) = [line for line in said if line.startswith("us-fl.hours")]
    assert "later 11-23 14:00Z" in row
    assert "Sunday 19:30 in America/Chicago; next open Monday 08:00" in row
    assert "Fla. Stat. 501.616(6)(a) (2021-07-01)" in row
    assert said[-1] == "rules explain: later, 18 rules: ok"


def test_what_was_assumed_is_said(run: Run) -> None:
    said = run("rules", "explain", MIAMI, "--purpose", "sales", "--at", SUNDAY, "--consent", "express")
    assert said[1].startswith("assumed: express consent, no calls so far, lists imported that day")
    assert said[2].startswith("NEVER, by us.tcpa.written-consent:")


def test_a_campaign_tells_the_purpose_and_an_address_is_one_more_place(run: Run) -> None:
    here = Path(__file__).parents[3] / "campaigns" / "lead_qualification.yaml"
    said = run("rules", "explain", MIAMI, "--campaign", str(here), "--state", "US-TX", "--at", "2026-11-22T09:30-05:00")
    assert "sales call of lead_qualification" in said[0]
    assert "by us-tx.hours" in said[2]


def test_a_reminder_at_noon_may_be_made_now(run: Run) -> None:
    said = run("rules", "explain", MIAMI, "--purpose", "reminder", "--at", "2026-11-23T12:00-05:00")
    assert said[2] == "NOW"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("555",), "NUMBER: 555 is not in E.164; write it as +13055550123"),
        ((MIAMI, "--at", "tomorrow"), "--at: tomorrow is no time; write it as 2026-11-21T09:00-05:00"),
        (
            (MIAMI, "--at", "2026-11-21T09:00"),
            "--at: 2026-11-21T09:00 is in no zone; add it, as in 2026-11-21T09:00-05:00 or 2026-11-21T09:00Z",
        ),
        ((MIAMI, "--state", "FL"), "--state: there is no FL; write it as US-FL"),
        ((MIAMI, "--zone", "America/Chicago"), "--zone: a zone alone is no address; say --state or --country too"),
        (
            (MIAMI, "--country", "US", "--zone", "Chicago"),
            "--zone: there is no time zone Chicago; write it as America/Chicago",
        ),
    ],
)
def test_what_is_typed_wrongly_is_one_line_with_the_fix(run: Run, arguments: tuple[str, ...], line: str) -> None:
    assert run("rules", "explain", *arguments, "--purpose", "sales", code=1) == [f"rules explain: short: {line}"]


def test_a_campaign_that_is_not_there_is_one_line(run: Run) -> None:
    (said,) = run("rules", "explain", MIAMI, "--campaign", "nowhere", code=1)
    assert said.startswith("rules explain: short: --campaign: campaigns/nowhere.yaml: cannot be read")
