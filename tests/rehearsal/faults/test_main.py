from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.faults.__main__ import details, main, table
from rehearsal.faults.cell import MOST_SILENCE_MS, Cell, Outcome
from rehearsal.faults.trouble import Kind, Party, Phase


def cell(outcome: Outcome = Outcome.GOAL, *, silence_ms: int = 900, bookings: int = 1, begun: bool = True) -> Cell:
    return Cell(
        Party.MODEL, Kind.SLOW, Phase.TOOL, outcome, silence_ms, 5_000, bookings, "Goodbye!", 60_000, begun=begun
    )


@pytest.mark.parametrize(
    ("short", "is_short"),
    [
        (cell(), False),
        (cell(Outcome.MESSAGE, bookings=0), False),
        (cell(Outcome.LOST), True),
        (cell(silence_ms=MOST_SILENCE_MS + 20), True),
        (cell(bookings=2), True),
        (cell(begun=False), True),
        (replace(cell(), stood_in_for=True), False),
        (replace(cell(Outcome.MESSAGE, bookings=0), stood_in_for=True), True),
    ],
)
def test_a_cell_is_short_when_the_caller_is_lost_left_in_silence_or_booked_twice(
    short: Cell, *, is_short: bool
) -> None:
    assert short.short is is_short


def test_the_table_has_a_row_for_each_fault_and_marks_what_is_short() -> None:
    rows = table([cell(), cell(Outcome.LOST, silence_ms=9_040)])
    assert rows[2:] == ["| model | slow | 0.9 s goal | 9.0 s lost ! |"]
    assert details([cell()])[2] == "| model | slow | tool | 0.9 s goal | 900 ms | 5.0 s | 1 | 60 s | Goodbye! |"


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_c3_no_fault_of_any_vendor_or_store_in_any_phase_loses_a_caller_or_leaves_them_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0, capsys.readouterr().out
    assert (tmp_path / "out" / "faults" / "faults.md").exists()


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_c3_with_a_second_vendor_each_no_fault_of_the_first_costs_the_caller_what_they_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--pairs", "recognition", "voice", "model"]) == 0, capsys.readouterr().out
