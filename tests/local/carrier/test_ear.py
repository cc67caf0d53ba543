"""Deciding by loudness when somebody speaks."""

from hypothesis import given
from hypothesis import strategies as st

from local.carrier.ear import Ear
from local.carrier.sound import SILENT_FRAME, tone

LOUD = tone(440, 20)


def hear(ear: Ear, *parts: tuple[bytes, int]) -> None:
    for frame, count in parts:
        for _ in range(count):
            ear.hear(frame)


def test_speech_begins_with_its_first_loud_frame_and_ends_after_its_last() -> None:
    ear = Ear()
    hear(ear, (SILENT_FRAME, 10), (LOUD, 20))
    assert ear.speaking
    assert ear.started_ms == 200
    hear(ear, (SILENT_FRAME, 10))
    assert not ear.speaking
    assert ear.stopped_ms == 600
    assert ear.quiet_ms == 200


def test_a_click_is_not_speech_and_a_breath_is_not_its_end() -> None:
    ear = Ear()
    hear(ear, (LOUD, 2), (SILENT_FRAME, 5))
    assert not ear.speaking
    hear(ear, (LOUD, 5), (SILENT_FRAME, 9), (LOUD, 1))
    assert ear.speaking


@given(st.lists(st.booleans(), max_size=300))
def test_what_is_heard_never_exceeds_the_time_and_ends_follow_beginnings(pattern: list[bool]) -> None:
    ear = Ear()
    for at, loud in enumerate(pattern, 1):
        changed = ear.hear(LOUD if loud else SILENT_FRAME)
        assert ear.heard_ms <= at * 20
        if changed and not ear.speaking:
            assert ear.started_ms < ear.stopped_ms <= at * 20
