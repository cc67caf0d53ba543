"""A caller's voice that carries its words: what is said is written, inaudibly, into the frames ahead of the sound.

So a recogniser that costs nothing hears every word right, and what a test shows does not hang on how well the stand-in
understands many callers at once. The words are bits, a sample each: +8 or -8 of 32768, which mu-law keeps as they are.
"""

import struct
import wave
from base64 import b64encode
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.wire import mulaw

SPEECH = Path(__file__).parents[2] / "bench" / "speech" / "tt-weasels.wav"
SPEECH_MS = 1_200
LETTERS = mulaw.FRAME_BYTES // 8
"""In one frame."""

_MULAW, _BIT = 7, 8
_CODES = bytes.maketrans(b"\x00\x01", mulaw.encode(struct.pack("<hh", _BIT, -_BIT)))

type Samples = NDArray[np.int16]


def spoken(text: str) -> str:
    """A WAV file, in base64, of somebody who says something; its caption says `text`."""
    letters = text.encode("ascii")
    padded = letters + b" " * (-len(letters) % LETTERS)
    bits = np.unpackbits(np.frombuffer(padded, np.uint8), bitorder="little").tobytes()
    return b64encode(_wav(bits.translate(_CODES) + _voice())).decode()


def read(frame: Samples) -> str:
    """What 20 ms of sound say of themselves; empty when they are only sound."""
    if len(frame) != mulaw.FRAME_BYTES or not (np.abs(frame) == _BIT).all():
        return ""
    return np.packbits(frame < 0, bitorder="little").tobytes().decode("ascii", "replace")


@cache
def _voice() -> bytes:
    with wave.open(str(SPEECH)) as recording:
        return mulaw.encode(recording.readframes(SPEECH_MS * recording.getframerate() // 1000))


def _wav(ulaw: bytes) -> bytes:
    form = struct.pack("<HHIIHH", _MULAW, 1, 8_000, 8_000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(ulaw)) + ulaw
    return b"RIFF" + struct.pack("<I", len(body)) + body
