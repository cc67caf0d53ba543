"""What callers hear while people are rung: a few quiet chords, made here: no licence, no other host is needed.

A WAV of 8 kHz mu-law, the line's own format: nothing is converted on the way.
"""

import struct
from functools import cache
from math import pi, sin
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

RATE: Final = 8_000
CHORDS: Final = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
"""C, A minor, F and G, in Hz."""
NOTE_S: Final = 0.25
NOTES: Final = 6
"""Of each chord, up and down."""
LOUDNESS: Final = 2_500
"""Of 32,767: softer than speech."""
KEEP: Final = "public, max-age=604800"


async def hold_music(request: Request) -> Response:
    """`GET`, by the carrier; it keeps the sound."""
    return Response(wav(), media_type="audio/wav", headers={"Cache-Control": KEEP})


@cache
def wav() -> bytes:
    """Six seconds that begin and end in silence, so that they may follow one another."""
    from shared.wire import mulaw  # its tables take a while to make, and few requests need them

    samples = _samples()
    sound = mulaw.encode(struct.pack(f"<{len(samples)}h", *samples))
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    parts = b"WAVE" + _chunk(b"fmt ", form) + _chunk(b"fact", struct.pack("<I", len(sound))) + _chunk(b"data", sound)
    return _chunk(b"RIFF", parts)


def _samples() -> list[int]:
    note = int(RATE * NOTE_S)
    return [
        round(LOUDNESS * sin(2 * pi * chord[(0, 1, 2, 2, 1, 0)[at]] * n / RATE) * sin(pi * n / note))
        for chord in CHORDS
        for at in range(NOTES)
        for n in range(note)
    ]


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
