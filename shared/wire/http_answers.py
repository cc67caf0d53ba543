"""An HTTP/1.1 answer from its bytes (RFC 9112), as far as AWS's JSON services answer: with a length, or in chunks.

The standard library's reader takes apart the head as it would an e-mail's: a third of what a request costs otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_HEAD_BYTES: Final = 16 * 1024
_BODY_BYTES: Final = 16 * 1024 * 1024
"""The most that DynamoDB answers (BatchGetItem); a page of a query has 1 MB."""


class Malformed(Exception):
    """These bytes are no answer to one request."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes
    keep: bool
    """Whether the connection may be used again."""


class AnswerReader:
    """Reads one answer."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._body = bytearray()
        self._head: tuple[int, Mapping[str, str], bool] | None = None

    def feed(self, data: bytes) -> Answer | None:
        """The answer once it is complete. Raises Malformed, also for anything behind it."""
        self._held += data
        if self._head is None:
            head, end, rest = self._held.partition(b"\r\n\r\n")
            if len(head) > _HEAD_BYTES:
                raise Malformed("the head has no end")
            if not end:
                return None
            self._head, self._held = _head(head.decode("latin-1")), rest
        status, headers, keep = self._head
        if headers.get("transfer-encoding", "").lower() == "chunked":
            complete = self._take_chunks()
        else:
            complete = self._take_all(_number(headers.get("content-length", ""), 10))
        if not complete:
            return None
        if self._held:
            raise Malformed("more than an answer")
        return Answer(status, headers, bytes(self._body), keep)

    def _take_all(self, length: int) -> bool:
        if len(self._held) < length:
            return False
        self._body, self._held = self._held[:length], self._held[length:]
        return True

    def _take_chunks(self) -> bool:
        while True:
            line, end, _ = self._held[:_HEAD_BYTES].partition(b"\r\n")
            if not end:
                if len(line) == _HEAD_BYTES:
                    raise Malformed("a chunk has no size")
                return False
            size = _number(line.partition(b";")[0].decode("latin-1").strip(), 16)
            begin = len(line) + 2
            if len(self._held) < begin + size + 2:
                return False
            self._body += self._held[begin : begin + size]
            if len(self._body) > _BODY_BYTES or self._held[begin + size : begin + size + 2] != b"\r\n":
                raise Malformed("a chunk has no end")
            del self._held[: begin + size + 2]
            if not size:
                return True


def _head(text: str) -> tuple[int, Mapping[str, str], bool]:
    first, *lines = text.split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (status.isdecimal() and status >= "200"):
        raise Malformed("not an answer of HTTP")
    fields = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in fields}
    return int(status), headers, version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"


def _number(text: str, base: int) -> int:
    if not (text.isascii() and text.isalnum()):
        raise Malformed("not a length")
    try:
        number = int(text, base)
    except ValueError:
        raise Malformed("not a length") from None
    if number > _BODY_BYTES:
        raise Malformed("too long")
    return number
