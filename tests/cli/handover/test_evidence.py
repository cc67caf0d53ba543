"""What a handed-over call was like, told from what it left behind."""

import io
import math
import wave
from array import array
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.handover.evidence import Timings, on_the_way, shortcomings, timings
from cli.recording import Speech, longest_silence_ms
from shared.ports import LogEntry

ANSWERED = datetime(2026, 11, 20, 14, 0, 0, tzinfo=UTC)
BEGAN_MS = round(ANSWERED.timestamp() * 1000)
GOOD = Timings(
    decision_to_ring_ms=200,
    said_to_ring_ms=-3_800,
    word_ms=4_000,
    desk_ms=90,
    whisper_ms=300,
    silence_ms=1_200,
    suggestion_ms=None,
)


def event(at_ms: int, kind: str, **detail: object) -> dict[str, Any]:
    return {"at_ms": at_ms, "kind": kind, **detail}


def sound(at_ms: int, who: str, *, speaking: bool) -> dict[str, Any]:
    return event(at_ms, "sound", who=who, speaking=speaking, line_ms=at_ms)


CALL: dict[str, Any] = {
    "created": ANSWERED.isoformat(),
    "duration_ms": 30_000,
    "timeline": [
        event(0, "status", status="in-progress"),
        event(10, "stream", state="started"),
        event(9_000, "stream", state="stopped"),
        event(15_900, "stream", state="started"),  # of those who listen while people talk
        sound(16_000, "other", speaking=True),
        sound(18_000, "other", speaking=False),
        sound(19_000, "caller", speaking=True),
        sound(20_000, "caller", speaking=False),
        sound(22_000, "other", speaking=False),
        event(24_000, "stream", state="started"),
    ],
}
LEG = {
    "created": datetime(2026, 11, 20, 14, 0, 5, 250_000, tzinfo=UTC).isoformat(),
    "timeline": [
        event(0, "status", status="ringing"),
        event(2_000, "status", status="in-progress"),
        sound(2_320, "agent", speaking=True),
    ],
}
DECIDED = LogEntry("1", "outcome", datetime(2026, 11, 20, 14, 0, 5, tzinfo=UTC), {"outcome": "route:service"})


def recording(*music: tuple[int, int]) -> bytes:
    """Thirty seconds in which the caller says nothing, and hears music from and to these, in ms."""
    heard = [
        int(8000 * math.sin(n * 0.3)) if any(start <= n // 8 < end for start, end in music) else 0
        for n in range(8 * 30_000)
    ]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array("h", [sample for one in heard for sample in (0, one)]).tobytes())
    return out.getvalue()


def test_each_time_is_taken_from_where_it_happened() -> None:
    found = timings([DECIDED], CALL, LEG, recording((0, 9_000), (9_400, 15_000)), BEGAN_MS + 5_340, BEGAN_MS + 21_500)
    assert found == Timings(
        decision_to_ring_ms=250,
        said_to_ring_ms=-3_750,
        word_ms=4_000,
        desk_ms=90,
        whisper_ms=320,
        silence_ms=2_000,
        suggestion_ms=1_500,
    )


def test_what_people_leave_unsaid_is_no_silence_of_ours() -> None:
    found = timings([DECIDED], CALL, LEG, recording((9_000, 16_000), (22_000, 24_000)), 0, 0)
    assert (found.silence_ms, found.desk_ms, found.suggestion_ms) == (0, None, None)


def test_a_caller_who_meets_nobody_is_on_the_way_until_the_agent_has_them_again() -> None:
    unheard = [event for event in CALL["timeline"] if event.get("who") != "other" and event["at_ms"] != 15_900]
    assert on_the_way({**CALL, "timeline": unheard}) == [(9_000, 24_000)]
    assert on_the_way(CALL) == [(9_000, 16_000), (22_000, 24_000)]


def test_a_call_that_reached_nobody_has_no_times_of_a_phone() -> None:
    found = timings([], CALL, None, recording((0, 30_000)), 0, 0)
    assert (found.decision_to_ring_ms, found.word_ms, found.whisper_ms) == (None, None, None)
    assert list(shortcomings(found)) == [
        "the first ring never came",
        "the whisper never came",
        "the call on the desk never came",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"decision_to_ring_ms": 1_001}, "the first ring came after 1001 ms"),
        ({"whisper_ms": 501}, "the whisper came after 501 ms"),
        ({"silence_ms": 3_001}, "the caller heard nothing for 3001 ms"),
        ({"desk_ms": 501}, "the call on the desk came after 501 ms"),
        ({"suggestion_ms": 2_001}, "the suggestion came after 2001 ms"),
    ],
)
def test_what_is_late_is_said(changed: dict[str, int], said: str) -> None:
    fields = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}
    assert list(shortcomings(GOOD)) == []
    assert list(shortcomings(Timings(**{**fields, **changed}))) == [said]


def test_a_silence_begins_and_ends_with_the_time_that_is_looked_at() -> None:
    talk = [Speech(1_000, 2_000), Speech(5_000, 6_000)]
    assert longest_silence_ms([(0, 7_000)], talk) == 3_000
    assert longest_silence_ms([(0, 7_000)], talk, [Speech(3_000, 4_500)]) == 1_000
    assert longest_silence_ms([(1_500, 5_500), (6_000, 10_000)], talk) == 4_000
