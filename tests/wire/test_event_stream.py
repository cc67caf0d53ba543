"""The event stream is AWS's own, whole or in crumbs, and damage is named."""

import struct
from collections.abc import Callable
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from shared.wire.event_stream import MAX_HEADERS_BYTES, BadEventStream, Decoder, Message, encode

AUDIO = {":message-type": "event", ":event-type": "AudioEvent", ":content-type": "application/octet-stream"}

_utf8 = st.text(st.characters(codec="utf-8"), max_size=60)
_headers = st.dictionaries(_utf8.filter(lambda name: 0 < len(name.encode()) <= 255), _utf8, max_size=6)
_payload = st.binary(max_size=400)


@given(_headers, _payload)
def test_botocore_reads_what_we_write(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode(headers, payload))

    (event,) = list(buffer)

    assert (event.headers, event.payload) == (headers, payload)


@given(st.lists(st.tuples(_headers, _payload), max_size=4), st.integers(1, 97))
def test_messages_survive_being_cut_anywhere(messages: list[tuple[dict[str, str], bytes]], size: int) -> None:
    stream = b"".join(encode(headers, payload) for headers, payload in messages)
    decoder = Decoder()

    decoded = [message for at in range(0, len(stream), size) for message in decoder.feed(stream[at : at + size])]

    assert decoded == [Message(headers, payload) for headers, payload in messages]


def _raw(headers: bytes, payload: bytes = b"") -> bytes:
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def test_every_header_type_is_read_as_botocore_reads_it() -> None:
    values = (
        b"\x01t\x00\x01f\x01\x01b\x02\xff\x01s\x03\xff\xfe\x01i\x04\xff\xff\xff\xfd\x01l\x05" + b"\xff" * 7 + b"\xfc"
        b"\x01y\x06\x00\x02ab\x01x\x07\x00\x02cd\x01w\x08\x00\x00\x01\x8f\x00\x00\x00\x00\x01u\x09" + bytes(range(16))
    )
    buffer = EventStreamBuffer()
    buffer.add_data(_raw(values, b"{}"))
    (theirs,) = list(buffer)

    (ours,) = Decoder().feed(_raw(values, b"{}"))

    assert ours == Message(theirs.headers, theirs.payload)


def test_every_flipped_bit_is_noticed() -> None:
    whole = encode(AUDIO, b"\x01\x02\x03")
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadEventStream):
            Decoder().feed(bytes(damaged))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: _raw(b"\x05ab"),
        lambda: _raw(b"\x01a"),
        lambda: _raw(b"\x01a\x07\x00\x09x"),
        lambda: _raw(b"\x01a\x07\x00"),
        lambda: _raw(b"\x01a\x04\x00"),
        lambda: _raw(b"\x01a\x0a"),
        lambda: _raw(b"\x02\xff\xfe\x00"),
        lambda: struct.pack(">III", 12, 0, crc32(struct.pack(">II", 12, 0))),
        lambda: struct.pack(">III", 20, 8, crc32(struct.pack(">II", 20, 8))),
        lambda: struct.pack(">III", 2**31, 0, crc32(struct.pack(">II", 2**31, 0))),
    ],
)
def test_impossible_messages_are_refused_by_name(bad: Callable[[], bytes]) -> None:
    with pytest.raises(BadEventStream):
        Decoder().feed(bad())


def test_a_message_larger_than_allowed_is_refused_before_it_is_buffered() -> None:
    message = encode({}, b"x" * 100)
    assert Decoder(max_message_bytes=116).feed(message)
    with pytest.raises(BadEventStream, match="too large"):
        Decoder(max_message_bytes=115).feed(message[:12])


def test_after_damage_nothing_more_is_read() -> None:
    decoder = Decoder()
    with pytest.raises(BadEventStream):
        decoder.feed(b"\0" * 12)
    with pytest.raises(BadEventStream):
        decoder.feed(encode(AUDIO, b""))


@given(st.lists(st.binary(max_size=60), max_size=8), st.booleans())
def test_arbitrary_bytes_raise_only_the_named_error(pieces: list[bytes], framed: bool) -> None:
    decoder = Decoder()
    try:
        for piece in pieces:
            decoder.feed(_raw(piece) if framed else piece)
    except BadEventStream:
        pass


@pytest.mark.parametrize("headers", [{"": "x"}, {"n" * 256: "x"}, {"n": "x" * 65536}])
def test_a_header_that_cannot_be_written_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        encode(headers, b"")


def test_a_message_that_cannot_be_read_back_is_not_written() -> None:
    with pytest.raises(ValueError, match="too large"):
        encode({}, b"x" * 1024 * 1024)
    with pytest.raises(ValueError, match="too large"):
        encode({str(n): "x" * 65535 for n in range(MAX_HEADERS_BYTES // 65535 + 1)}, b"")
