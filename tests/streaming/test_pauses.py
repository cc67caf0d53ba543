"""Gaps in a voice, found by loudness."""

from hypothesis import given
from hypothesis import strategies as st

from shared.wire import mulaw
from streaming.pauses import FRAME_MS, PAUSE_FRAMES, Pauses

VOICE = b"\x10" * mulaw.FRAME_BYTES
MURMUR = b"\x30" * mulaw.FRAME_BYTES
QUIET = mulaw.SILENCE * mulaw.FRAME_BYTES


def told(*frames: bytes) -> list[bool | None]:
    pauses = Pauses()
    return [pauses.feed(frame) for frame in frames]


PAUSE = [QUIET] * PAUSE_FRAMES


def test_enough_quiet_frames_are_a_pause_and_two_loud_ones_end_it() -> None:
    changes = told(VOICE, *PAUSE, QUIET, VOICE, VOICE)
    assert changes == [*[None] * PAUSE_FRAMES, True, None, None, False]


def test_a_plosives_closure_is_no_pause() -> None:
    assert told(VOICE, *PAUSE[1:], VOICE, VOICE, *PAUSE[1:], VOICE).count(True) == 0


def test_a_softer_syllable_is_no_pause() -> None:
    assert told(VOICE, *[MURMUR] * 10) == [None] * 11


def test_a_click_in_a_pause_is_not_the_voice_again_and_the_pause_goes_on() -> None:
    pauses = Pauses()
    for frame in (VOICE, *PAUSE, VOICE, QUIET, QUIET):
        pauses.feed(frame)
    assert pauses.quiet_ms == (PAUSE_FRAMES + 3) * FRAME_MS


def test_a_new_voice_may_be_softer() -> None:
    pauses = Pauses()
    for frame in (VOICE, *PAUSE):
        pauses.feed(frame)
    pauses.begin()
    assert [pauses.feed(frame) for frame in [MURMUR] * PAUSE_FRAMES] == [None] * PAUSE_FRAMES


@given(st.lists(st.sampled_from([VOICE, MURMUR, QUIET, b"\x05"]), max_size=80))
def test_pauses_and_voices_take_turns(frames: list[bytes]) -> None:
    changes = [change for change in told(*frames) if change is not None]
    assert changes == [i % 2 == 0 for i in range(len(changes))]
    assert len(changes) <= 1 + len(frames) // PAUSE_FRAMES
