from pathlib import Path

import pytest

from rehearsal.__main__ import main
from rehearsal.evidence import shortcomings
from rehearsal.scenario import read
from rehearsal.virtual_call import day_of, play

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))


OF_THE_CARRIER = ("stream-status", "call-status")
"""Lines with names and a clock of the carrier's own."""


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.e2e] if path.stem == "two_hours" else []) for path in SCENARIOS],
    ids=lambda path: path.stem,
)
def test_s11_every_call_in_the_folder_goes_as_its_scenario_expects(path: Path) -> None:
    scenario = read(path)
    assert shortcomings(scenario.expect, play(scenario), day_of(scenario)) == []


def test_the_same_file_is_the_same_call_to_the_millisecond() -> None:
    scenario = read(SCENARIOS[0].with_name("books_an_appointment.yaml"))
    first, second = (play(scenario) for _ in range(2))
    assert first.stretches() == second.stretches()
    of_ours = [[entry for entry in seen.log if entry.kind not in OF_THE_CARRIER] for seen in (first, second)]
    assert [entry.data for entry in of_ours[0]] == [entry.data for entry in of_ours[1]]


def test_a_call_that_goes_otherwise_is_told_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "call.yaml"
    path.write_text("title: t\ncaller: [listen, hang up]\nexpect:\n  agent_says: [Guten Tag]\n  streams: 2\n")
    assert main([str(path)]) == 1
    said = capsys.readouterr().out
    assert "the agent has not said 'Guten Tag'; 1 streams, not 2" in said
    assert said.splitlines()[-1].endswith("short: 1 calls")


def test_a_bad_file_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "call.yaml"
    path.write_text("caller: []\n")
    assert main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}:1: title: is missing; add `title:` here\n"
