"""G.711 mu-law, the only sound on the telephone line: 8 kHz, mono, one byte a sample (ITU-T G.711).

`decode` and `encode` agree bit for bit with the `audioop` module that Python dropped in 3.13, including the way it
rounds negative samples (an arithmetic shift to 14 bits, so towards minus infinity).
"""

from operator import itemgetter

BYTES_PER_MS = 8
FRAME_BYTES = 160
"""What Twilio sends in one media message: 20 ms. It promises no size; accept any."""

SILENCE = b"\xff"
"""One sample of silence. Zero bytes are not silence: they are the loudest negative sample."""

_BIAS = 33
_CLIP = 8159


def _sample(code: int) -> int:
    """The signed 16-bit sample of one mu-law code."""
    code ^= 0xFF
    magnitude = ((((code & 0x0F) << 1) + _BIAS) << ((code >> 4) & 7)) - _BIAS
    return (-magnitude if code & 0x80 else magnitude) << 2


def _magnitude_code(magnitude: int) -> int:
    """Segment and step (7 bits, not inverted) of a 14-bit magnitude."""
    biased = min(magnitude, _CLIP) + _BIAS
    segment = biased.bit_length() - 6
    return 0x7F if segment > 7 else segment << 4 | (biased >> segment + 1) & 0x0F


def _encode_table() -> bytes:
    """Code of every signed 16-bit sample, indexed by the sample read as unsigned."""
    positive = bytes(_magnitude_code(magnitude) ^ 0xFF for magnitude in range(8192))
    negative = bytes(_magnitude_code(magnitude) ^ 0x7F for magnitude in range(8192, 0, -1))
    fourteen_bits = positive + negative
    table = bytearray(65536)
    for step in range(4):
        table[step::4] = fourteen_bits
    return bytes(table)


_LOW = bytes(_sample(code) & 0xFF for code in range(256))
_HIGH = bytes(_sample(code) >> 8 & 0xFF for code in range(256))
_CODES = _encode_table()


def decode(ulaw: bytes) -> bytes:
    """Mu-law to signed 16-bit little-endian samples: two bytes out for every byte in."""
    pcm = bytearray(2 * len(ulaw))
    pcm[::2] = ulaw.translate(_LOW)
    pcm[1::2] = ulaw.translate(_HIGH)
    return bytes(pcm)


def encode(pcm: bytes) -> bytes:
    """Signed 16-bit little-endian samples to mu-law: one byte out for every two in.

    Raises ValueError when a sample is cut in half.
    """
    if len(pcm) % 2:
        raise ValueError(f"{len(pcm)} bytes are not whole 16-bit samples")
    samples = memoryview(pcm).cast("H")
    if len(samples) < 2:
        return bytes(_CODES[sample] for sample in samples)
    return bytes(itemgetter(*samples)(_CODES))
