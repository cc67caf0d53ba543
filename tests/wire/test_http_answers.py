"""Answers are read however their bytes come, and nothing else is taken for one."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire.http_answers import Answer, AnswerReader, Malformed

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Amz-CRC32:  12 \r\n\r\nhello"
CHUNKED = b"HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


def _read(*pieces: bytes) -> Answer | None:
    reader, answer = AnswerReader(), None
    for number, piece in enumerate(pieces, 1):
        answer = reader.feed(piece)
        assert answer is None or number == len(pieces)
    return answer


def test_an_answer_of_known_length_is_read() -> None:
    assert _read(WHOLE) == Answer(200, {"content-length": "5", "x-amz-crc32": "12"}, b"hello", keep=True)


def test_one_in_chunks_is_read() -> None:
    assert _read(CHUNKED) == Answer(400, {"transfer-encoding": "chunked"}, b"hello", keep=True)


@given(body=st.binary(max_size=300), cuts=st.lists(st.integers(0, 500)), sizes=st.lists(st.integers(1, 50)))
def test_however_it_is_cut_it_is_the_same(body: bytes, cuts: list[int], sizes: list[int]) -> None:
    rest, chunks = body, b""
    for size in sizes:
        chunk, rest = rest[:size], rest[size:]
        chunks += b"%X\r\n%b\r\n" % (len(chunk), chunk) if chunk else b""
    chunks += (b"%x\r\n%b\r\n" % (len(rest), rest) if rest else b"") + b"0\r\n\r\n"
    for data in (
        b"HTTP/1.1 200 \r\nContent-Length: %d\r\n\r\n%b" % (len(body), body),
        b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n%b" % chunks,
    ):
        edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        answer = _read(*(data[begin:end] for begin, end in pairwise(edges)))
        assert answer is not None
        assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize(
    ("head", "keep"),
    [
        (b"HTTP/1.1 200 OK", True),
        (b"HTTP/1.0 200 OK", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close", False),
        (b"HTTP/1.1 200 OK\r\nConnection: Close", False),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive", True),
    ],
)
def test_a_connection_is_kept_unless_the_answer_says_otherwise(head: bytes, keep: bool) -> None:
    answer = _read(head + b"\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.keep is keep


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 20_000,
        b"x" * 20_000,
        WHOLE + b"!",
        CHUNKED + WHOLE,
    ],
)
def test_anything_else_is_no_answer(data: bytes) -> None:
    with pytest.raises(Malformed):
        AnswerReader().feed(data)


@given(data=st.binary(max_size=100))
def test_no_bytes_surprise_it(data: bytes) -> None:
    for begin in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        with suppress(Malformed):
            AnswerReader().feed(begin + data)
