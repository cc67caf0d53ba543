import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.sound import Samples, floats, pcm16, upsampler


def tone(rate: int, hertz: float, seconds: float = 0.5) -> Samples:
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate), dtype=np.float32)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_how_a_stream_is_cut_into_chunks_changes_nothing(cuts: list[int]) -> None:
    pcm = pcm16(tone(8000, 440, sum(cuts) / 8000))[: 2 * sum(cuts)]
    whole = upsampler(8000).feed(pcm)
    stream, at, pieces = upsampler(8000), 0, []
    for samples in cuts:
        pieces.append(stream.feed(pcm[at : at + 2 * samples]))
        at += 2 * samples
    np.testing.assert_allclose(np.concatenate(pieces), whole[: sum(map(len, pieces))], atol=1e-6)


@pytest.mark.parametrize("rate", [8000, 16_000, 24_000, 48_000])
def test_a_tone_keeps_its_pitch_and_its_loudness(rate: int) -> None:
    heard = upsampler(rate).feed(pcm16(tone(rate, 1000)))[2000:6000]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert abs(float(np.argmax(spectrum)) * 16_000 / len(heard) - 1000) < 10
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@given(st.binary(max_size=400).filter(lambda pcm: len(pcm) % 2 == 0))
def test_samples_survive_the_way_to_floats_and_back(pcm: bytes) -> None:
    there = np.frombuffer(pcm, "<i2").astype(int)
    back = np.frombuffer(pcm16(floats(pcm)), "<i2").astype(int)
    assert len(there) == 0 or int(np.abs(there - back).max()) <= 1
