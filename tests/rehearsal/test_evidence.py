from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from rehearsal.evidence import Evidence, Stretch, shortcomings
from rehearsal.scenario import Day, Expect
from shared.ports import LogEntry

DAY = Day(date(2026, 11, 23))
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def sound(who: str, *edges_ms: int) -> list[Mapping[str, Any]]:
    return [
        {"kind": "sound", "who": who, "speaking": not number % 2, "line_ms": at_ms}
        for number, at_ms in enumerate(edges_ms)
    ]


def evidence(*lines: tuple[str, Mapping[str, Any]], timeline: list[Mapping[str, Any]] | None = None) -> Evidence:
    log = [LogEntry(f"01-{number:05d}", kind, NOW, data) for number, (kind, data) in enumerate(lines)]
    return Evidence(None, log, timeline or [], 10_000)


def said(*texts: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [("agent", {"text": text}) for text in texts]


def test_a_voice_still_heard_at_the_end_lasts_to_the_end() -> None:
    seen = evidence(timeline=[*sound("agent", 0, 900), *sound("caller", 9_000)])
    assert seen.stretches() == [Stretch("agent", 0, 900), Stretch("caller", 9_000, 10_000)]


def test_an_answer_is_waited_for_from_the_callers_last_sound() -> None:
    timeline = [*sound("agent", 0, 900, 4_700, 6_000, 6_300, 7_000), *sound("caller", 2_000, 3_000, 3_300, 4_000)]
    assert evidence(timeline=timeline).heard_gaps_ms() == [700]


def test_speech_over_the_agent_is_no_wait_but_an_interruption() -> None:
    timeline = [*sound("agent", 0, 2_400, 5_000, 6_000), *sound("caller", 2_000, 4_000)]
    seen = evidence(timeline=timeline)
    assert (seen.talked_over_ms(), seen.heard_gaps_ms()) == ([400], [1_000])


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        ({"agent_says": ["How are you", "hello"]}, "the agent has not said 'hello' at that point"),
        ({"agent_says": ["monday"]}, "the agent has not said 'monday'"),
        ({"agent_never_says": ["HELLO there"]}, "the agent has said 'HELLO there'"),
        ({"caller_heard_as": ["a cleaning"]}, "the caller was heard as ['a check up'], not ['a cleaning']"),
        ({"tools": []}, "tools that ran: ['book']"),
        ({"tools": [{"name": "book", "with": {"day": "{date}"}}]}, "book: day is '2026-11-24', not '2026-11-23'"),
        ({"outcome": "goodbye"}, "the outcome is ['silent'], not goodbye"),
        ({"message": True}, "no message was left"),
        ({"record": {"fault": 1}}, "the record has 0 x fault, not 1"),
        ({"streams": 1}, "0 streams, not 1"),
        ({"heard_gap_ms": 500}, "the caller waited 600 ms for an answer, more than 500"),
        ({"stops_within_ms": 100}, "the agent spoke on for 200 ms over the caller, more than 100"),
    ],
)
def test_each_expectation_that_is_not_met_is_told(expect: Mapping[str, Any], complaint: str) -> None:
    seen = evidence(
        *said("Hello there.", "How are you?"),
        ("caller", {"text": "a check-up"}),
        ("tool", {"name": "book", "arguments": {"day": "2026-11-24"}}),
        ("outcome", {"outcome": "silent"}),
        timeline=[*sound("agent", 0, 1_200, 2_600, 3_000), *sound("caller", 1_000, 2_000)],
    )
    assert shortcomings(Expect.model_validate(expect), seen, DAY) == [complaint]


def test_a_call_that_went_as_expected_falls_short_of_nothing() -> None:
    seen = evidence(*said("Hello there.", "How are you?"), ("caller", {"text": "On Monday."}))
    expect = Expect(agent_says=("hello", "how are YOU"), caller_heard_as=("on {weekday}",), record={"caller": 1})
    assert shortcomings(expect, seen, DAY) == []


def test_a_phone_that_waited_in_vain_is_told() -> None:
    seen = evidence(timeline=[{"kind": "phone", "failed": "step 2 (listen) waited too long for the agent"}])
    assert shortcomings(Expect(), seen, DAY) == ["the caller's phone: step 2 (listen) waited too long for the agent"]
