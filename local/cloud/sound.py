"""Samples in, samples out: 16-bit PCM of any telephone rate to the 16 kHz the recognisers take, chunk by chunk."""

from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

type Samples = NDArray[np.float32]
"""Mono, -1..1."""


class Upsampler(Protocol):
    """Turns a stream of 16-bit little-endian PCM into 16 kHz samples. Holds what it needs between chunks."""

    def feed(self, pcm: bytes) -> Samples: ...


def upsampler(rate: int) -> Upsampler:
    """The one for `rate` Hz."""
    return _Doubler() if rate == 8_000 else _Resampler(rate)


def floats(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def pcm16(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


class _Doubler:
    """8 kHz to 16 kHz by a short filter: soxr's stream holds live audio back for 25 to 118 ms (measured)."""

    _TAPS = 31

    def __init__(self) -> None:
        at = np.arange(self._TAPS) - self._TAPS // 2
        self._filter = (np.sinc(at / 2) * np.hamming(self._TAPS)).astype(np.float32)
        self._before: Samples = np.zeros(self._TAPS - 1, np.float32)

    def feed(self, pcm: bytes) -> Samples:
        stuffed = np.zeros(len(pcm), np.float32)
        stuffed[::2] = floats(pcm)
        joined = np.concatenate([self._before, stuffed])
        self._before = joined[-(self._TAPS - 1) :]
        return np.convolve(joined, self._filter, mode="valid").astype(np.float32)


class _Resampler:
    def __init__(self, rate: int) -> None:
        self._stream = None if rate == 16_000 else soxr.ResampleStream(rate, 16_000, 1, quality="LQ")

    def feed(self, pcm: bytes) -> Samples:
        samples = floats(pcm)
        return samples if self._stream is None else self._stream.resample_chunk(samples)
