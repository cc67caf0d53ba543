from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cli.recording import Interruption
from cli.verdict import Appointment, Evidence, cut_short_ms, gaps_ms, median_gap_s, shortcomings
from shared.ports import LogEntry

WANTED = Appointment("cleaning", date(2026, 11, 23), "08:00", "Grace Miller", "4155550142")
BOOKING = {
    "service": "cleaning",
    "day": "2026-11-23",
    "time": "08:00",
    "name": "Grace Miller",
    "phone": "4155550142",
}
TIMELINE = [
    {"kind": "status", "at_ms": 0},
    {"kind": "sound", "at_ms": 100, "line_ms": 60},
    {"kind": "clear", "at_ms": 10_640, "dropped_ms": 3_000},
]
INTERRUPTION = Interruption(at_ms=10_200, agent_went_on_ms=450)


def line(kind: str, **data: object) -> LogEntry:
    return LogEntry(f"01-{kind}", kind, datetime(2026, 11, 20, tzinfo=UTC), data)


GOOD = Evidence(
    log=[line("caller", text="hello"), line("turn_timing", gap_ms=900), line("turn_timing", gap_ms=1_300)],
    bookings=[BOOKING],
    timeline=TIMELINE,
    interruptions=[INTERRUPTION],
)


def test_a_good_call_has_no_shortcomings() -> None:
    assert shortcomings(WANTED, GOOD) == []


def test_a_missing_a_second_or_a_wrong_booking_falls_short() -> None:
    assert shortcomings(WANTED, replace(GOOD, bookings=[])) == ["no booking is in the table"]
    assert shortcomings(WANTED, replace(GOOD, bookings=[BOOKING, BOOKING])) == ["2 bookings are in the table"]
    late = replace(GOOD, bookings=[{**BOOKING, "time": "16:30"}])
    assert shortcomings(WANTED, late) == ["the time booked is 16:30, not 08:00"]


@pytest.mark.parametrize("kind", ["not_understood", "asked_again", "fault", "false_interruption"])
def test_a_turn_that_went_wrong_falls_short(kind: str) -> None:
    troubled = replace(GOOD, log=[*GOOD.log, line(kind), line(kind)])
    assert shortcomings(WANTED, troubled) == [f"{kind.replace('_', ' ')}: 2"]


def test_an_agent_nobody_silenced_falls_short() -> None:
    uncleared = replace(GOOD, timeline=TIMELINE[:2])
    unspoken = replace(GOOD, interruptions=[])
    nothing_dropped = replace(GOOD, timeline=[*TIMELINE[:2], {**TIMELINE[2], "dropped_ms": 0}])
    for seen in (uncleared, unspoken, nothing_dropped):
        assert shortcomings(WANTED, seen) == ["the agent was not interrupted"]


def test_an_agent_that_talks_on_falls_short() -> None:
    deaf = replace(GOOD, interruptions=[INTERRUPTION, Interruption(30_000, 4_000)])
    assert shortcomings(WANTED, deaf) == ["the agent went on for 4000 ms while the caller spoke"]


def test_the_figures_are_those_of_the_record_and_the_recording() -> None:
    assert gaps_ms(GOOD.log) == [900, 1_300]
    assert median_gap_s(GOOD.log) == 1.1
    assert median_gap_s([]) == 0
    assert cut_short_ms(GOOD) == 450
