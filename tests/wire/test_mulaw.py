"""Mu-law agrees with the standard, byte for byte."""

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import mulaw

ALL_CODES = bytes(range(256))
ALL_SAMPLES = struct.pack("<65536h", *range(-32768, 32768))


def test_every_code_decodes_as_audioop_did() -> None:
    # sha256 of audioop.ulaw2lin(bytes(range(256)), 2), CPython 3.12.1
    expected = "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"
    assert hashlib.sha256(mulaw.decode(ALL_CODES)).hexdigest() == expected


def test_every_sample_encodes_as_audioop_did() -> None:
    # sha256 of audioop.lin2ulaw over all 65,536 samples in rising order, CPython 3.12.1
    expected = "81d633c9e6972a18c74a58720b96cb8ca0bdd096d4060b646dd708c3b846019a"
    assert hashlib.sha256(mulaw.encode(ALL_SAMPLES)).hexdigest() == expected


def test_known_points_of_the_standard() -> None:
    samples = struct.unpack("<5h", mulaw.decode(b"\x00\x80\xff\x7f\xfe"))
    assert samples == (-32124, 32124, 0, 0, 8)


def test_silence_is_zero_and_a_frame_is_twenty_milliseconds() -> None:
    assert mulaw.decode(mulaw.SILENCE) == b"\0\0"
    assert mulaw.encode(b"\0\0") == mulaw.SILENCE
    assert mulaw.FRAME_BYTES == 20 * mulaw.BYTES_PER_MS


def test_both_zeros_decode_to_silence_and_every_other_code_survives_a_round_trip() -> None:
    assert mulaw.encode(mulaw.decode(ALL_CODES)) == ALL_CODES.replace(b"\x7f", b"\xff")


@given(st.binary(max_size=400))
def test_decoding_doubles_the_length_and_treats_each_byte_alone(ulaw: bytes) -> None:
    assert mulaw.decode(ulaw) == b"".join(mulaw.decode(bytes([code])) for code in ulaw)


@given(st.lists(st.integers(-32768, 32767), max_size=200))
def test_encoding_treats_each_sample_alone(samples: list[int]) -> None:
    pcm = [struct.pack("<h", sample) for sample in samples]
    assert mulaw.encode(b"".join(pcm)) == b"".join(mulaw.encode(one) for one in pcm)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        mulaw.encode(b"\0\0\0")
