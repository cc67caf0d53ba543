"""Sound for a microphone: a tone, 48 kHz, 16 bits, as browsers want it."""

import math
import wave
from array import array
from pathlib import Path

RATE = 48_000
HZ = 440


def write_tone(path: Path, seconds: float = 2.0) -> None:
    samples = array("h", (int(12_000 * math.sin(2 * math.pi * HZ * n / RATE)) for n in range(int(RATE * seconds))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
