"""AWS event-stream framing (`application/vnd.amazon.eventstream`): typed headers and a payload, each CRC-checked.

One message is: total length, headers length, CRC-32 of those eight bytes, headers, payload, CRC-32 of all before it;
numbers are big-endian. (Amazon Transcribe Developer Guide, "Event stream encoding".)
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

MAX_HEADERS_BYTES = 128 * 1024
MAX_MESSAGE_BYTES = 1024 * 1024
"""More than any message of the speech services, less than would hurt."""

type HeaderValue = bool | int | bytes | str

_PRELUDE = struct.Struct(">III")
_LENGTHS = struct.Struct(">II")
_SHORT = struct.Struct(">H")
_CRC = struct.Struct(">I")
_OVERHEAD = 16
_TRUE, _FALSE, _BLOB, _STRING = 0, 1, 6, 7
_INTEGERS = {
    2: struct.Struct(">b"),
    3: struct.Struct(">h"),
    4: struct.Struct(">i"),
    5: struct.Struct(">q"),
    8: struct.Struct(">q"),
}
_UUID, _UUID_BYTES = 9, 16


class BadEventStream(ValueError):
    """The bytes are not an event stream, or a message is larger than allowed. Nothing after it can be trusted."""


@dataclass(frozen=True, slots=True)
class Message:
    """One decoded message. Timestamps are integers (ms since 1970), UUIDs are 16 bytes."""

    headers: Mapping[str, HeaderValue]
    payload: bytes


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message with string headers. Raises ValueError when a name or value is too long to be written."""
    return frame(header_bytes(headers), payload)


def header_bytes(headers: Mapping[str, str]) -> bytes:
    """String headers as they are written, for messages that always have the same."""
    return b"".join(_string_header(name, value) for name, value in headers.items())


def frame(head: bytes, payload: bytes) -> bytes:
    """One message whose headers `header_bytes` has written. Raises ValueError when it is too large."""
    total = _OVERHEAD + len(head) + len(payload)
    if len(head) > MAX_HEADERS_BYTES or total > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {total} bytes is too large")
    lengths = _LENGTHS.pack(total, len(head))
    message = b"".join((lengths, _CRC.pack(crc32(lengths)), head, payload))
    return message + _CRC.pack(crc32(message))


class Decoder:
    """Takes bytes as they arrive, gives messages as they become whole. Buffers at most one message."""

    def __init__(self, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max_message_bytes = max_message_bytes
        self._buffer = bytearray()
        self._broken: str | None = None

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes.

        Raises BadEventStream, and nothing else; from then on every call raises it again.
        """
        if self._broken is not None:
            raise BadEventStream(self._broken)
        self._buffer += data
        messages = []
        try:
            while (length := self._next_length()) is not None:
                messages.append(_decode(bytes(self._buffer[:length])))
                del self._buffer[:length]
        except BadEventStream as error:
            self._broken = str(error)
            self._buffer.clear()
            raise
        return messages

    def _next_length(self) -> int | None:
        """Bytes of the message at the front of the buffer; None until all of it is here."""
        if len(self._buffer) < _PRELUDE.size:
            return None
        total, head, checksum = _PRELUDE.unpack_from(self._buffer)
        if crc32(self._buffer[:8]) != checksum:
            raise BadEventStream("the prelude's checksum is wrong")
        if total > self._max_message_bytes or head > MAX_HEADERS_BYTES:
            raise BadEventStream(f"a message of {total} bytes is too large")
        if total < _OVERHEAD + head:
            raise BadEventStream("the lengths contradict each other")
        return total if len(self._buffer) >= total else None


def _decode(message: bytes) -> Message:
    (checksum,) = _CRC.unpack_from(message, len(message) - 4)
    if crc32(message[:-4]) != checksum:
        raise BadEventStream("the message's checksum is wrong")
    head_end = _PRELUDE.size + _PRELUDE.unpack_from(message)[1]
    try:
        headers = _headers(message[_PRELUDE.size : head_end])
    except (struct.error, IndexError, UnicodeDecodeError):
        raise BadEventStream("a header is cut short or not text") from None
    return Message(headers, message[head_end:-4])


def _headers(data: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    at = 0
    while at < len(data):
        name, at = _take(data, at + 1, data[at])
        kind = data[at]
        headers[name.decode()], at = _value(kind, data, at + 1)
    return headers


def _value(kind: int, data: bytes, at: int) -> tuple[HeaderValue, int]:
    """A header's value and where the next header starts."""
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in _INTEGERS:
        number = _INTEGERS[kind]
        return number.unpack_from(data, at)[0], at + number.size
    if kind == _UUID:
        return _take(data, at, _UUID_BYTES)
    if kind in (_BLOB, _STRING):
        value, at = _take(data, at + 2, _SHORT.unpack_from(data, at)[0])
        return (value.decode() if kind == _STRING else value), at
    raise BadEventStream(f"unknown header type {kind}")


def _take(data: bytes, at: int, length: int) -> tuple[bytes, int]:
    if at + length > len(data):
        raise BadEventStream("a header is cut short")
    return data[at : at + length], at + length


def _string_header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    if not 0 < len(key) <= 255 or len(text) > 0xFFFF:
        raise ValueError("a header's name takes 1 to 255 bytes, its value up to 65535")
    return bytes([len(key)]) + key + bytes([_STRING]) + _SHORT.pack(len(text)) + text
