"""The carrier's own sounds, as mu-law at 8 kHz: ringing, the beep, and the tune of those who wait."""

from functools import cache

import numpy as np

from local.carrier.sound import RATE, SILENT_FRAME, tone
from shared.wire import mulaw

_NOTES_HZ = (262, 330, 392, 523, 440, 349, 392, 330)
_NOTE_MS = 750
_LOUDEST = 6000


@cache
def ringback() -> bytes:
    """What a caller hears while a telephone rings in North America: 440 and 480 Hz, 2 s in every 6 s."""
    return _sines(2000, 440, 480) + SILENT_FRAME * 200


@cache
def beep() -> bytes:
    """Before a message is recorded, and when somebody enters or leaves a conference."""
    return tone(1000, 300)


@cache
def tune() -> bytes:
    """What waits in the place of Twilio's own hold music: 6 s, to be repeated."""
    return b"".join(_sines(_NOTE_MS, note, note * 1.5) for note in _NOTES_HZ)


def _sines(duration_ms: int, *frequencies_hz: float) -> bytes:
    seconds = np.arange(RATE * duration_ms // 1000) / RATE
    waves = np.sum([np.sin(2 * np.pi * frequency * seconds) for frequency in frequencies_hz], axis=0)
    return mulaw.encode((waves * _LOUDEST / len(frequencies_hz)).astype("<i2").tobytes())
