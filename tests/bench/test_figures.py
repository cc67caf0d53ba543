"""What the benchmark's figures are made of."""

from typing import Any

import pytest

from bench.__main__ import shortcomings, summary
from bench.figures import figures, spread

COST = {"cpu_ms_per_call_s": 3.0, "cores": 0.1, "mb_per_call": 0.2}


def turn(**changed: Any) -> dict[str, Any]:
    row = {
        "call": 1,
        "number": 1,
        "interrupts": False,
        "first_speech": 8.0,
        "last_speech": 10.0,
        "first_sound": 11.5,
        "cleared": None,
        "early": False,
        "unanswered": False,
    }
    return row | changed


def load(*turns: dict[str, Any], **changed: Any) -> dict[str, Any]:
    result = {
        "calls": 1,
        "refused": [],
        "closed_early": 0,
        "answer_s": [],
        "late_s": [0.0005],
        "underruns_s": [],
        "sound_bytes": 80_000,
        "turns": list(turns),
        "cost": COST,
    }
    return result | changed


LATE = [
    ("late_words", 10.800),
    ("model_asked", 10.802),
    ("model_began", 11.102),
    ("sentence", 11.202),
    ("speech_asked", 11.203),
    ("speech_began", 11.303),
    ("speech_asked", 11.400),
    ("speech_began", 11.500),
]


def test_percentiles_are_by_nearest_rank_and_in_ms() -> None:
    assert spread(number / 1000 for number in range(1, 102)) == {"n": 101, "p50": 51.0, "p95": 96.0, "p99": 100.0}
    assert spread([]) == {"n": 0}


def test_a_turn_is_split_by_the_providers_clock() -> None:
    result = figures(load(turn(first_sound=11.3045)), {"1": LATE})

    assert result["words_to_model"]["p50"] == pytest.approx(2.0)
    assert result["text_to_synthesis"]["p50"] == pytest.approx(1.0)
    assert result["sound_to_wire"]["p50"] == pytest.approx(1.5)
    assert result["plumbing"] == {"n": 1, "p50": 4.5, "p95": 4.5, "p99": 4.5}
    assert result["gap"]["p50"] == pytest.approx(1304.5)
    assert (result["end_of_turn"], result["gap_early_words"]) == ({"n": 0}, {"n": 0})


def test_where_the_words_were_there_before_the_end_of_turn_is_the_services_own() -> None:
    early = [("early_words", 10.4), ("model_asked", 10.6), *LATE[2:]]

    result = figures(load(turn(first_sound=11.3045)), {"1": early})

    assert result["end_of_turn"]["p50"] == pytest.approx(600.0)
    assert result["gap_early_words"]["n"] == 1
    assert result["plumbing"] == {"n": 0}


def test_events_of_another_turn_or_call_are_left_out() -> None:
    earlier = [(kind, at - 8) for kind, at in LATE]

    assert figures(load(turn(first_sound=11.3045)), {"1": earlier + LATE})["plumbing"]["n"] == 1
    assert figures(load(turn(first_sound=11.3045)), {"2": LATE})["plumbing"]["n"] == 0


def test_an_interruption_is_timed_from_the_first_speech_to_the_clear() -> None:
    interruption = turn(interrupts=True, first_speech=20.0, cleared=20.3, last_speech=22.0, first_sound=None)

    result = figures(load(turn(), interruption), {})

    assert (result["interruptions"], result["barge_in"]["p50"]) == (1, 300.0)
    assert result["gap"]["n"] == 1


def run(**changed: Any) -> dict[str, Any]:
    good = figures(load(turn(first_sound=11.3045)), {"1": LATE}) | {"server": "switchboard", "calls": 50}
    return good | changed


def test_a_run_within_the_targets_is_ok() -> None:
    assert shortcomings([run()]) == []
    assert summary([run()]).endswith(": ok")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"plumbing": {"n": 9, "p50": 1, "p95": 2, "p99": 5.1}}, "plumbing p99"),
        ({"plumbing": {"n": 0}}, "plumbing p99"),
        ({"cpu_ms_per_call_s": 5.1}, "CPU ms"),
        ({"mb_per_call": 1.1}, "MB per call"),
        ({"refused": 1}, "1 calls refused"),
        ({"closed_early": 2}, "2 lost"),
        ({"unanswered": 3}, "3 turns unanswered"),
        ({"late": {"n": 9, "p50": 1, "p95": 2, "p99": 6.0}}, "client itself was late"),
    ],
)
def test_what_falls_short_is_named(changed: dict[str, Any], named: str) -> None:
    assert named in summary([run(**changed)]).partition("short: ")[2]


def test_targets_are_for_fifty_calls_and_nothing_more() -> None:
    slow = {"plumbing": {"n": 9, "p50": 1, "p95": 2, "p99": 50.0}}

    assert shortcomings([run(), run(calls=200, **slow)]) == []
    assert shortcomings([run(server="floor", **slow)]) == []
