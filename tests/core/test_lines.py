"""Lines from the agent file."""

from shared.core.lines import Line, filled, fixed_segments
from tests.agents import SMALL
from tests.core.callees import REMINDER


def test_placeholders_are_filled() -> None:
    assert filled("On {day} at {time}.", {"day": "Monday", "time": "noon"}) == Line("On Monday at noon.")


def test_a_line_without_placeholders_is_the_same_in_every_call() -> None:
    assert filled("Hello.", {}) == Line("Hello.", fixed=True)


def test_a_missing_value_leaves_a_gap_and_no_brace() -> None:
    assert filled("On {day} at noon.", {}).text == "On at noon."


def test_s11_everything_fixed_is_known_ahead_segment_by_segment() -> None:
    segments = fixed_segments(SMALL)
    assert segments[:3] == ["Hello.", "I am a machine.", "How can I help?"]
    assert "Your number?" in segments
    assert not any("{" in segment for segment in segments)
    assert len(segments) == len(set(segments))


def test_s11_what_is_said_in_every_call_of_ours_is_ready_and_what_is_somebodys_own_is_not() -> None:
    ready = fixed_segments(REMINDER)
    assert ready[:2] == ["Ava of Maple Clinic, a machine.", "Say stop calling, or press 9."]
    assert not any("{" in text or "Grace" in text for text in ready)
