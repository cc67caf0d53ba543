"""Bad lines, and what is counted on them."""

import math
from random import Random

import numpy as np
import pytest

from bench.noise.__main__ import chosen, errors
from bench.noise.lines import AFTER_S, BEFORE_S, RATE, conditions, on_the_line
from bench.noise.remedies import SPEECH_DBFS, _gain
from local.cloud.sound import Samples, floats
from shared.wire import mulaw

TONE: Samples = (0.2 * np.sin(2 * math.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


def dbfs(samples: Samples) -> float:
    return 20 * math.log10(float(np.sqrt(np.mean(samples**2))))


def spoken(ulaw: bytes) -> Samples:
    return floats(mulaw.decode(ulaw))[int(BEFORE_S * RATE) : -int(AFTER_S * RATE)]


@pytest.mark.parametrize(
    ("said", "heard", "wrong", "words"),
    [
        ("Press 1 now.", "press one now", 0, 3),
        ("Please hold the line", "please old line", 2, 4),
        ("Goodbye", "", 1, 1),
        ("no", "no no", 1, 1),
    ],
)
def test_word_errors_are_the_edit_distance(said: str, heard: str, wrong: int, words: int) -> None:
    assert errors(said, heard) == (wrong, words)


def test_a_quiet_line_is_quieter_a_clipped_one_flat_and_a_clean_one_as_it_was() -> None:
    table = conditions({})
    clean, quiet, clipped = (
        spoken(on_the_line(TONE, table[name], Random(1))) for name in ("clean", "30 dB too quiet", "clipped by 20 dB")
    )
    assert dbfs(clean) == pytest.approx(dbfs(TONE), abs=0.2)
    assert dbfs(quiet) == pytest.approx(dbfs(TONE) - 30, abs=0.5)
    assert np.mean(np.abs(clipped) > 0.95) > 0.5


def test_noise_is_as_far_below_the_speech_as_it_says() -> None:
    line = floats(mulaw.decode(on_the_line(TONE, conditions({})["hum and hiss 10 dB"], Random(1))))
    assert dbfs(line[: int(BEFORE_S * RATE)]) == pytest.approx(dbfs(TONE) - 10, abs=2)


def test_a_line_in_pieces_has_lost_some_of_it() -> None:
    broken = spoken(on_the_line(np.tile(TONE, 10), conditions({})["3 % lost, filled with silence"], Random(5)))
    frames = broken[: len(broken) // 160 * 160].reshape(-1, 160)
    lost = np.mean(np.all(np.abs(frames) < 0.001, axis=1))
    assert 0 < lost < 0.1


def test_plain_gain_settles_at_the_level_of_speech() -> None:
    louder = floats(_gain(on_the_line(TONE * np.float32(0.05), lambda line, rnd: line, Random(1))))
    assert dbfs(louder[int(BEFORE_S * RATE) : -int(AFTER_S * RATE)]) == pytest.approx(SPEECH_DBFS, abs=1)


def test_no_recordings_make_no_choice() -> None:
    assert chosen({}, 10) == []
