"""The caller's sound as it comes in."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import mulaw
from shared.wire.twilio_media import Sound
from streaming.audio_in import LONGEST_FILL_MS, TOLERANCE_MS, AudioIn

FRAME = b"\x30" * mulaw.FRAME_BYTES
LATER = 10**9


def frame(number: int, payload: bytes = FRAME) -> Sound:
    return Sound(payload, timestamp=100 + 20 * number, chunk=number + 1)


def after(*sounds: Sound, now_ms: int = LATER) -> tuple[AudioIn, bytes]:
    audio = AudioIn(lambda: now_ms)
    return audio, b"".join(audio.take(sound) for sound in sounds)


def test_sound_without_gaps_passes_as_it_is() -> None:
    audio, heard = after(*(frame(number) for number in range(50)))
    assert heard == FRAME * 50
    assert (audio.heard_ms, audio.gaps, audio.late) == (1_000, 0, 0)


def test_s7_a_gap_in_the_timestamps_becomes_silence_of_its_length_and_is_counted() -> None:
    audio, heard = after(frame(0), frame(1), frame(5))
    assert heard == FRAME * 2 + mulaw.SILENCE * 3 * mulaw.FRAME_BYTES + FRAME
    assert (audio.gaps, audio.gaps_ms, audio.heard_ms) == (1, 60, 120)


def test_s7_what_comes_twice_or_too_late_is_dropped_and_counted() -> None:
    audio, heard = after(frame(0), frame(3), frame(1), frame(3), frame(4))
    assert heard == FRAME + mulaw.SILENCE * 2 * mulaw.FRAME_BYTES + FRAME * 2
    assert audio.late == 2


def test_messages_without_numbers_and_times_are_taken_as_they_come() -> None:
    audio, heard = after(*[Sound(FRAME)] * 10)
    assert heard == FRAME * 10
    assert (audio.gaps, audio.late) == (0, 0)


def test_no_more_silence_is_made_up_than_time_has_passed() -> None:
    audio, heard = after(frame(0), frame(4_000), now_ms=520)
    assert len(heard) // mulaw.BYTES_PER_MS == 20 + 500 + 20
    assert audio.gaps_ms == 79_980


def test_a_gap_beyond_reason_is_filled_in_part_and_does_not_open_again_with_every_message() -> None:
    audio, heard = after(frame(0), frame(4_000), frame(4_001))
    assert len(heard) // mulaw.BYTES_PER_MS == 20 + LONGEST_FILL_MS + 40
    assert audio.gaps == 1


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 400)), max_size=60), st.integers(0, 60_000))
def test_whatever_comes_the_clock_is_no_further_ahead_than_sound_and_time_allow(
    messages: list[tuple[int, int]], now_ms: int
) -> None:
    audio = AudioIn(lambda: now_ms)
    heard = b"".join(audio.take(Sound(b"\x30" * size, 20 * number, number)) for number, size in messages)
    sent = sum(size for _, size in messages)
    assert len(heard) == audio.heard
    assert audio.heard <= sent + max(now_ms * mulaw.BYTES_PER_MS, 0)


def test_level_clipping_and_silence_are_those_of_the_call() -> None:
    loud = mulaw.encode(struct.pack("<1600h", *[16_384, -16_384] * 800))
    audio, _ = after(*(Sound(sound) for sound in (loud, mulaw.SILENCE * 1_600, mulaw.SILENCE * 1_600)))
    found = audio.summary(dropped_ms=40)
    assert found["level_dbfs"] == pytest.approx(-6.0, abs=0.3)
    assert (found["clipped_percent"], found["silent_percent"], found["dropped_ms"]) == (0.0, 66.7, 40)
    assert audio.fault() is None


@pytest.mark.parametrize(
    ("sound", "fault"),
    [
        pytest.param(mulaw.SILENCE * 1_600, "dead", id="silence"),
        pytest.param(b"\x80\x00" * 800, "clipped", id="at the top"),
        pytest.param(b"\x30" * 1_600, None, id="speech"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_s7_a_dead_and_a_clipped_line_are_told_from_a_good_one(sound: bytes, fault: str | None) -> None:
    assert after(Sound(sound))[0].fault() == fault


def test_timestamps_a_little_off_are_no_gap() -> None:
    late = [Sound(FRAME, 20 * number + (TOLERANCE_MS if number % 2 else 0), number + 1) for number in range(10)]
    assert after(*late)[0].gaps == 0
