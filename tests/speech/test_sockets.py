"""Vendors' sockets: their frames beside the library that would cut them otherwise, and with it as the peer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.client import ClientProtocol
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import Event
from websockets.uri import parse_uri
from websockets.utils import accept_key

from shared.speech.sockets import Connection, opened, write
from shared.speech.sockets import Frame as Message

LARGEST = 1024 * 1024
URI = parse_uri("ws://vendor/")


class Transport(asyncio.Transport):
    """What the client writes."""

    def __init__(self) -> None:
        super().__init__({})
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def write_eof(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return False


def asked(protocol: ClientProtocol) -> bytes:
    """The answer to its handshake."""
    request = protocol.connect()
    protocol.send_request(request)
    key = accept_key(request.headers["Sec-WebSocket-Key"])
    lines = "HTTP/1.1 101 Yes", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {key}", "", ""
    return "\r\n".join(lines).encode()


def control_frames(written: bytes) -> list[tuple[int, bytes]]:
    """What the client sent, without its masks."""
    frames = []
    while written:
        end = 6 + (written[1] & 0x7F)
        mask = written[2:6]
        frames.append((written[0], bytes(byte ^ mask[at % 4] for at, byte in enumerate(written[6:end]))))
        written = written[end:]
    return frames


def messages(events: Iterable[Event]) -> list[Message]:
    """What the library's frames say, up to a text that is none."""
    said: list[Message] = []
    whole, kind = b"", Opcode.TEXT
    for event in events:
        if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            continue
        kind = kind if event.opcode is Opcode.CONT else event.opcode
        whole += event.data
        if event.fin:
            try:
                said.append(whole.decode() if kind is Opcode.TEXT else whole)
            except UnicodeDecodeError:
                return said
            whole = b""
    return said


def by_the_library(data: bytes) -> tuple[Any, ...]:
    protocol = ClientProtocol(URI, max_size=LARGEST)
    answer = asked(protocol)
    protocol.data_to_send()
    for byte in answer + data:
        protocol.receive_data(bytes([byte]))
    said = messages(protocol.events_received())
    written = b"".join(protocol.data_to_send())
    protocol.receive_eof()
    return said, control_frames(written), protocol.close_code


async def by_us(cut: Callable[[bytes], Sequence[bytes]], data: bytes, early: int) -> tuple[Any, ...]:
    """The first `early` pieces come before anybody listens."""
    protocol = ClientProtocol(URI, max_size=LARGEST)
    answer = asked(protocol)
    protocol.data_to_send()
    transport, said = Transport(), list[Message]()
    connection = Connection(protocol, ping_interval=None)
    connection.connection_made(transport)
    pieces = cut(answer + data)
    for piece in pieces[:early]:
        connection.data_received(piece)

    async def hears() -> None:
        with suppress(UnicodeDecodeError):
            await connection.hear(said.append)

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(hears())
        await asyncio.sleep(0)
        for piece in pieces[early:]:
            connection.data_received(piece)
        written = transport.written
        connection.connection_lost(None)
    return said, control_frames(written), protocol.close_code


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = False) -> bytes:
    return Frame(Opcode(opcode), payload, final).serialize(mask=masked)


frames = st.one_of(
    st.builds(lambda text: frame(1, text.encode()), st.text(max_size=300)),
    st.builds(frame, st.sampled_from([0, 1, 2]), st.binary(max_size=125), final=st.booleans()),
    st.builds(frame, st.sampled_from([9, 10]), st.binary(max_size=125)),
    st.builds(frame, st.just(8), st.sampled_from([b"", b"\x03\xe8", b"\x03"])),
    st.builds(frame, st.just(1), st.binary(max_size=40), masked=st.booleans()),
    st.binary(min_size=1, max_size=20),
)


@given(st.lists(frames, max_size=8), st.lists(st.integers(1, 400), max_size=8), st.integers(0, 8))
@example([frame(2, b"x" * 65_535), frame(2, b"y" * 70_000), frame(1, b"z")], [10], 0)
@example([frame(1, b"a", final=False), frame(9, b"p"), frame(0, b"b"), frame(1, b"c")], [1] * 160, 0)
@example([b"\x82\x7f" + (LARGEST + 1).to_bytes(8), frame(1, b"late")], [], 0)
@example([frame(1, b"\xff"), frame(9, b"p"), frame(1, b"late")], [], 1)
def test_whatever_comes_in_whatever_pieces_is_what_the_library_makes_of_it(
    sent: list[bytes], sizes: list[int], early: int
) -> None:
    def cut(data: bytes) -> list[bytes]:
        ends = [sum(sizes[:at]) for at in range(len(sizes) + 1)]
        pieces = [data[begin:end] for begin, end in zip(ends, [*ends[1:], len(data)], strict=True)]
        return [piece for piece in pieces if piece]

    data = b"".join(sent)
    assert asyncio.run(by_us(cut, data, early)) == by_the_library(data)


@asynccontextmanager
async def connected(peer: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[Connection]:
    async with asyncio.timeout(10), serve(peer, "127.0.0.1", 0, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with await opened("A vendor", f"ws://127.0.0.1:{port}", {}, within_s=5) as connection:
            yield connection


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
async def test_frames_of_every_length_arrive_as_they_were(size: int) -> None:
    async def echoes(peer: ServerConnection) -> None:
        async for message in peer:
            await peer.send(message)
            if message == "bye":
                break

    async with connected(echoes) as connection:
        sent: list[Message] = [b"\xff" * size, "é" * (size // 2), "bye"]
        for message in sent:
            write(connection, message)
        heard: list[Message] = []
        await connection.hear(heard.append)
        assert heard == sent
        assert connection.close_code == 1000


async def test_a_message_in_pieces_is_whole_and_what_comes_between_is_answered() -> None:
    async def dribbles(peer: ServerConnection) -> None:
        async def pieces() -> AsyncIterator[str]:
            yield "one "
            await (await peer.ping())
            yield "message"

        await peer.send("before")
        await (await peer.ping())
        await peer.send(pieces())
        await peer.send("after")

    heard: list[Message] = []
    async with connected(dribbles) as connection:
        await connection.hear(heard.append)
    assert heard == ["before", "one message", "after"]


async def test_a_peer_that_goes_in_the_middle_of_a_frame_is_gone() -> None:
    async def goes(peer: ServerConnection) -> None:
        await peer.send("whole")
        peer.transport.write(b"\x81\x05hal")
        peer.transport.close()
        await peer.wait_closed()

    heard: list[Message] = []
    async with connected(goes) as connection:
        await connection.hear(heard.append)
        assert (heard, connection.close_code) == (["whole"], 1006)


async def test_a_message_that_is_too_large_ends_the_connection() -> None:
    async def floods(peer: ServerConnection) -> None:
        await peer.send(b"x" * (LARGEST + 1))
        await peer.wait_closed()
        codes.append(peer.close_code)

    heard: list[Message] = []
    codes: list[int | None] = []
    async with connected(floods) as connection:
        await connection.hear(heard.append)
    assert (heard, codes) == ([], [1009])


async def test_what_the_listener_raises_comes_out_and_no_more_is_told() -> None:
    async def talks(peer: ServerConnection) -> None:
        for number in range(10):
            await peer.send(str(number))
        await peer.wait_closed()

    heard: list[Message] = []

    def third(message: Message) -> None:
        heard.append(message)
        if message == "2":
            raise LookupError

    async with connected(talks) as connection:
        with pytest.raises(LookupError):
            await connection.hear(third)
    assert heard == ["0", "1", "2"]


async def test_a_peer_that_never_answers_a_goodbye_is_left() -> None:
    left = asyncio.Event()

    async def deaf(peer: ServerConnection) -> None:
        peer.transport.pause_reading()
        await left.wait()
        peer.transport.abort()

    async with connected(deaf) as connection:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(connection.hear(lambda message: None))
            await connection.close()
        assert connection.close_code == 1006
        left.set()
