"""The benchmark of planning: every plan is lawful, no minute has more calls than the line may begin."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bench.planning.__main__ import BEGINS, lines, main, planned
from bench.planning.calendar import Calendar
from bench.planning.contacts import people
from shared.core.rules.decide import decide
from shared.core.rules.law import RULEBOOK
from shared.core.rules.question import Verdict


def test_each_is_planned_at_a_lawful_minute_or_never() -> None:
    calendar = Calendar(BEGINS, per_minute=2)
    asked = list(people(400, 1, BEGINS))
    times = [calendar.plan(question) for question in asked]
    for question, at in zip(asked, times, strict=True):
        if at is not None:
            assert at >= BEGINS
            assert decide(replace(question, now=at), RULEBOOK).verdict is Verdict.NOW
    taken = Counter(at for at in times if at is not None)
    assert max(taken.values()) == 2
    assert sum(calendar.calls.values()) + sum(calendar.never.values()) == len(asked)


def test_whoever_finds_the_minute_full_has_the_next() -> None:
    calendar = Calendar(BEGINS, per_minute=1)
    willing = next(each for each in people(100, 1, BEGINS) if decide(each, RULEBOOK).verdict is Verdict.NOW)
    minutes = [calendar.plan(willing) for _ in range(3)]
    assert minutes == [BEGINS + timedelta(minutes=each) for each in range(3)]


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(people(50, 3, BEGINS)) == list(people(50, 3, BEGINS)) != list(people(50, 4, BEGINS))


def test_a_day_is_shown_by_the_clock_of_new_york() -> None:
    assert lines({BEGINS: 8, BEGINS + timedelta(hours=2): 1}) == [
        "Mon 2026-11-23          9  |        █ ▁             |  most in an hour 8"
    ]


def test_the_command_ends_with_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["planning", "--people", "300", "--results", str(tmp_path / "planning.json")])
    assert main() == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("planning: 300 people, ")
    assert last.endswith(": ok")
    figures = json.loads((tmp_path / "planning.json").read_text())
    assert figures["calls"] + sum(figures["never"].values()) == 300


def test_none_of_a_sample_is_unlawful() -> None:
    _, wrong = planned(1_000, 2, per_second=1)
    assert wrong == 0
