"""Telephone sound outside the line: WAV files in and out, loudness, the beep."""

import math
import struct
from collections.abc import Iterator, Sequence

import numpy as np
import soxr

from shared.wire import mulaw

RATE = 8000
FRAME_MS = 20
SILENT_FRAME = mulaw.SILENCE * mulaw.FRAME_BYTES
MAX_SECONDS = 600
"""Longest sound accepted from outside."""

_PCM, _MULAW, _EXTENSIBLE = 1, 7, 0xFFFE
# A mu-law code without its sign is the logarithm of the loudness: 0 is silence, 127 the loudest.
_LOUDNESS = bytes(0x7F - (code & 0x7F) for code in range(256))


class UnreadableSound(ValueError):
    """Not a WAV file of 8- or 16-bit PCM or mu-law, or longer than MAX_SECONDS."""


def loudness(frame: bytes) -> float:
    """Mean mu-law magnitude, 0-127. A quiet room is under 5, speech on a telephone 20-60."""
    return sum(frame.translate(_LOUDNESS)) / len(frame) if frame else 0.0


def mix(frames: Sequence[bytes]) -> bytes:
    """Frames of 20 ms heard at once; what would be too loud is clipped."""
    voices = [frame for frame in frames if frame != SILENT_FRAME]
    if len(voices) < 2:
        return voices[0] if voices else SILENT_FRAME
    samples = np.frombuffer(mulaw.decode(b"".join(voices)), "<i2").reshape(len(voices), -1)
    loudest = np.clip(samples.sum(axis=0, dtype=np.int32), -32768, 32767)
    return mulaw.encode(loudest.astype("<i2").tobytes())


def tone(frequency_hz: int, duration_ms: int) -> bytes:
    """A sine at -12 dBFS as mu-law."""
    step = 2 * math.pi * frequency_hz / RATE
    samples = (int(8192 * math.sin(step * n)) for n in range(RATE * duration_ms // 1000))
    return mulaw.encode(b"".join(struct.pack("<h", sample) for sample in samples))


def read_wav(data: bytes) -> bytes:
    """Any ordinary WAV file as mu-law at 8 kHz; several channels are mixed. Raises UnreadableSound."""
    try:
        encoding, channels, rate, bits, body = _chunks(data)
    except (struct.error, ValueError) as error:
        raise UnreadableSound(str(error)) from None
    if not (1 <= channels <= 8 and 1000 <= rate <= 192_000):
        raise UnreadableSound(f"{channels} channels at {rate} Hz")
    if len(body) * 8 > bits * channels * rate * MAX_SECONDS:
        raise UnreadableSound(f"longer than {MAX_SECONDS} s")
    if encoding == _MULAW and bits == 8:
        if channels == 1 and rate == RATE:
            return body
        samples = np.frombuffer(mulaw.decode(body), "<i2")
    elif encoding == _PCM and bits == 16:
        samples = np.frombuffer(body[: len(body) // 2 * 2], "<i2")
    elif encoding == _PCM and bits == 8:
        samples = (np.frombuffer(body, np.uint8).astype("<i2") - 128) * 256
    else:
        raise UnreadableSound(f"format {encoding} with {bits} bits")
    frames = samples[: len(samples) // channels * channels].reshape(-1, channels)
    mono = frames.mean(axis=1) if channels > 1 else frames[:, 0].astype(np.float64)
    if rate != RATE:
        mono = soxr.resample(mono, rate, RATE)
    return mulaw.encode(np.clip(np.rint(mono), -32768, 32767).astype("<i2").tobytes())


def wav_header(channels: int, frames: int) -> bytes:
    """Header of a 16-bit PCM WAV file at 8 kHz; `frames` are samples per channel."""
    size = frames * channels * 2
    form = struct.pack("<HHIIHH", _PCM, channels, RATE, RATE * channels * 2, channels * 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
    )


def interleave(*voices: bytes) -> bytes:
    """Mu-law channels of equal length as interleaved 16-bit samples."""
    width = 2 * len(voices)
    out = bytearray(width * len(voices[0]))
    for channel, voice in enumerate(voices):
        pcm = mulaw.decode(voice)
        out[2 * channel :: width] = pcm[::2]
        out[2 * channel + 1 :: width] = pcm[1::2]
    return bytes(out)


def _chunks(data: bytes) -> tuple[int, int, int, int, bytes]:
    """Encoding, channels, rate, bits a sample and samples of a RIFF file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    form: tuple[int, int, int, int] | None = None
    for name, body in _riff(data):
        if name == b"fmt ":
            encoding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if encoding == _EXTENSIBLE:
                (encoding,) = struct.unpack_from("<H", body, 24)
            form = encoding, channels, rate, bits
        elif name == b"data" and form:
            return *form, body
    raise ValueError("no sound in the WAV file")


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
