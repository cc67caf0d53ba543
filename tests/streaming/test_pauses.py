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


def test_three_quiet_frames_are_a_pause_and_two_loud_ones_end_it() -> None:
    assert told(VOICE, QUIET, QUIET, QUIET, QUIET, VOICE, VOICE) == [None, None, None, True, None, None, False]


def test_a_softer_syllable_is_no_pause() -> None:
    assert told(VOICE, *[MURMUR] * 10) == [None] * 11


def test_a_click_in_a_pause_is_not_the_voice_again_and_the_pause_goes_on() -> None:
    pauses = Pauses()
    for frame in (VOICE, QUIET, QUIET, QUIET, VOICE, QUIET, QUIET):
        pauses.feed(frame)
    assert pauses.quiet_ms == 6 * FRAME_MS


def test_a_new_voice_may_be_softer() -> None:
    pauses = Pauses()
    for frame in (VOICE, QUIET, QUIET, QUIET):
        pauses.feed(frame)
    pauses.begin()
    assert [pauses.feed(frame) for frame in (MURMUR, MURMUR, MURMUR)] == [None, None, None]


@given(st.lists(st.sampled_from([VOICE, MURMUR, QUIET, b"\x05"]), max_size=80))
def test_pauses_and_voices_take_turns(frames: list[bytes]) -> None:
    changes = [change for change in told(*frames) if change is not None]
    assert changes == [i % 2 == 0 for i in range(len(changes))]
    assert len(changes) <= 1 + len(frames) // PAUSE_FRAMES
