"""What a call came to."""

import json

from hypothesis import given
from hypothesis import strategies as st

from shared.core.report import Line, report

BOOKED = {"name": "reserve", "arguments": {"service": "cleaning", "day": "2026-11-24"}, "result": {"reference": "B7"}}
CALL: list[Line] = [
    ("agent", {"turn": 0, "text": "Hello."}),
    ("caller", {"turn": 1, "text": "I'd like to book, thanks", "confidence": 0.9}),
    ("intent", {"intent": "book_visit"}),
    ("turn_timing", {"gap_ms": 700}),
    ("agent", {"turn": 1, "text": "Which", "interrupted": True}),
    ("caller", {"turn": 2, "text": "tuesday please, great", "confidence": 0.9}),
    ("turn_timing", {"gap_ms": 900}),
    ("tool", BOOKED),
    ("outcome", {"outcome": "goodbye"}),
]


def test_a1_the_report_says_what_was_wanted_collected_done_and_how_it_ended() -> None:
    made = report(CALL)
    assert made["intents"] == ["book_visit"]
    assert made["collected"] == {"service": "cleaning", "day": "2026-11-24"}
    assert made["actions"] == [BOOKED]
    assert made["outcome"] == "goodbye"
    assert (made["turns"], made["interruptions"], made["not_understood"], made["faults"]) == (2, 1, 0, 0)
    assert made["heard_gap_ms"] == {"median": 800, "longest": 900}
    assert made["summary"] == (
        "The caller wanted: book visit. reserve: done, service cleaning, day 2026-11-24. It ended: goodbye."
    )


def test_an_answer_to_keys_is_no_answer_to_speech() -> None:
    typed: Line = ("turn_timing", {"gap_ms": 100, "by_keypad": True})
    assert report([*CALL, typed])["heard_gap_ms"] == {"median": 800, "longest": 900}


def test_what_was_heard_anew_counts_once() -> None:
    made = report(
        [*CALL, ("cut_off", {"turn": 2, "after_ms": 500}), ("caller", {"turn": 3, "text": "tuesday at nine"})]
    )
    assert made["turns"] == 2


def test_c1_the_callers_words_show_how_they_feel() -> None:
    assert report(CALL)["sentiment"] == "positive"
    assert report([("caller", {"text": "this is ridiculous, I'm really angry"})])["sentiment"] == "negative"
    assert report([("caller", {"text": "what are your hours"})])["sentiment"] == "neutral"
    assert "upset" in str(report([("caller", {"text": "this is terrible"})])["summary"])


def test_a_job_that_was_refused_is_not_reported_as_done() -> None:
    made = report([("tool", {"name": "reserve", "arguments": {}, "result": {"problem": "taken"}})])
    assert "not done (taken)" in str(made["summary"])


def test_a_call_without_a_word_has_a_report_too() -> None:
    made = report([])
    assert made["summary"] == "The caller wanted: nothing in particular. The caller left."
    assert made["heard_gap_ms"] is None


JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda i: st.lists(i) | st.dictionaries(st.text(), i), max_leaves=5
)
KINDS = st.sampled_from(["agent", "caller", "intent", "turn_timing", "tool", "outcome", "fault", "other"])
KEYS = st.sampled_from(["text", "intent", "gap_ms", "arguments", "result", "name", "outcome", "interrupted"])


@given(st.lists(st.tuples(KINDS, st.dictionaries(KEYS, JSON))))
def test_no_log_is_too_odd_for_a_report(lines: list[tuple[str, dict[str, object]]]) -> None:
    json.dumps(report(lines))
