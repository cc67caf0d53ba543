"""What might be done to a bad line before it is listened to: plain gain, and WebRTC's audio processing."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from local.cloud.sound import floats, pcm16
from shared.wire import mulaw

LIBRARY: Final = Path(__file__).parents[2] / ".tools" / "livekit"
"""Where `livekit` is, which the product does not need: see bench/README.md."""
CHUNK: Final = 160
"""Bytes of the 10 ms that WebRTC's processing takes."""
SPEECH_DBFS: Final = -20.0
LOUDEST_GAIN: Final = 32.0

type Remedy = Callable[[bytes], bytes]
"""Mu-law in, 16-bit PCM at 8 kHz out."""


def remedies() -> dict[str, Remedy]:
    """By name. Raises ImportError without the library."""
    sys.path.append(str(LIBRARY))
    from livekit import rtc

    def processed(**wanted: bool) -> Remedy:
        return lambda ulaw: _process(rtc, mulaw.decode(ulaw), wanted)

    return {
        "none": mulaw.decode,
        "gain": _gain,
        "NS": processed(noise_suppression=True, high_pass_filter=True),
        "AGC": processed(auto_gain_control=True),
        "NS+AGC": processed(noise_suppression=True, high_pass_filter=True, auto_gain_control=True),
    }


def _gain(ulaw: bytes) -> bytes:
    """As loud as speech should be, by the loudest tenth of the line: what an ideal gain control would settle at."""
    samples = floats(mulaw.decode(ulaw))
    frames = samples[: len(samples) // mulaw.FRAME_BYTES * mulaw.FRAME_BYTES].reshape(-1, mulaw.FRAME_BYTES)
    loud = float(np.quantile(np.sqrt(np.mean(frames**2, axis=1)), 0.9))
    return pcm16(samples * np.float32(min(LOUDEST_GAIN, 10 ** (SPEECH_DBFS / 20) / max(loud, 1e-4))))


def _process(rtc: Any, pcm: bytes, wanted: dict[str, bool]) -> bytes:
    apm = rtc.AudioProcessingModule(**wanted)
    out = bytearray()
    for at in range(0, len(pcm) - CHUNK + 1, CHUNK):
        frame = rtc.AudioFrame(pcm[at : at + CHUNK], 8_000, 1, CHUNK // 2)
        apm.process_stream(frame)
        out += bytes(frame.data)
    return bytes(out)
