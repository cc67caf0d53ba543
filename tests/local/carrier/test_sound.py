"""WAV files, loudness, tones."""

import struct
import wave
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.sound import (
    MAX_SECONDS,
    SILENT_FRAME,
    UnreadableSound,
    interleave,
    loudness,
    read_wav,
    tone,
    wav_header,
)
from shared.wire import mulaw


def wav(samples: bytes, *, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setframerate(rate)
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.writeframes(samples)
    return file.getvalue()


def test_loudness_tells_silence_from_a_voice() -> None:
    assert loudness(SILENT_FRAME) == 0
    assert loudness(b"\x7f" * 160) == 0
    assert 40 < loudness(tone(440, 20)) < 120
    assert loudness(b"") == 0


def test_telephone_sound_is_read_as_it_is() -> None:
    sound = tone(440, 100)
    assert read_wav(wav(mulaw.decode(sound))) == sound


@pytest.mark.parametrize(("rate", "channels", "width"), [(16_000, 1, 2), (44_100, 2, 2), (8000, 2, 2), (8000, 1, 1)])
def test_other_rates_widths_and_channels_become_telephone_sound(rate: int, channels: int, width: int) -> None:
    one = struct.pack("<h", 8000) if width == 2 else bytes([0x9F])
    sound = read_wav(wav(one * channels * (rate // 5), rate=rate, channels=channels, width=width))
    assert abs(len(sound) - 1600) <= 2
    level = struct.unpack_from("<h", mulaw.decode(sound), 1600)[0]
    assert 7500 < level < 8500


def test_mu_law_files_are_read_without_a_copy_of_quality() -> None:
    sound = tone(440, 40)
    header = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", 16) + header + b"data" + struct.pack("<I", len(sound)) + sound
    assert read_wav(b"RIFF" + struct.pack("<I", len(body)) + body) == sound


def test_what_is_written_is_an_ordinary_wav_file() -> None:
    left, right = tone(300, 40), tone(600, 40)
    with wave.open(BytesIO(wav_header(2, 320) + interleave(left, right))) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 8000, 320)
        frames = sound.readframes(320)
    assert b"".join(frames[at : at + 2] for at in range(0, len(frames), 4)) == mulaw.decode(left)
    assert b"".join(frames[at + 2 : at + 4] for at in range(0, len(frames), 4)) == mulaw.decode(right)


def test_a_file_longer_than_ten_minutes_is_refused() -> None:
    with pytest.raises(UnreadableSound):
        read_wav(wav(bytes(2 * 8000 * (MAX_SECONDS + 1))))


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: wav(bytes(40))[:20] + tail))
def test_any_bytes_are_sound_or_unreadable(data: bytes) -> None:
    try:
        read_wav(data)
    except UnreadableSound:
        return
