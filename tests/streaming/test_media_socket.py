"""The media socket's frames, beside the library that would cut them otherwise."""

import asyncio
from typing import Any, cast

import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from streaming.media_socket import AT_ONCE, MOST_WAITING, MediaSocket
from streaming.media_stream import AtOnce

UPGRADE = (
    b"GET /media HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MOST_BYTES = 1_000


class Transport(asyncio.Transport):
    """What the server writes, and whether it goes on reading."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self.reading = True
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Line:
    """A connection that was let in, and what it came to."""

    def __init__(self, protocol: type[WebSocketsSansIOProtocol], *, early: bytes = b"") -> None:
        self.scope: Any = None
        self.events: list[Any] = []
        self.transport = Transport()
        self.accepted, self.over = asyncio.Event(), asyncio.Event()
        config = uvicorn.Config(
            self._app, interface="asgi3", ws_max_size=MOST_BYTES, ws_per_message_deflate=False, log_config=None
        )
        self.socket = protocol(config, ServerState(), {}, asyncio.get_running_loop())
        self.socket.connection_made(self.transport)
        self.socket.data_received(UPGRADE)
        if early:
            self.socket.data_received(early)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await send({"type": "websocket.accept"})
        self.transport.written = b""
        self.accepted.set()
        await self.over.wait()

    async def let_in(self) -> None:
        async with asyncio.timeout(5):
            await self.accepted.wait()

    def receive(self, data: bytes) -> None:
        if not self.transport.closed:
            self.socket.data_received(data)
        while not self.socket.queue.empty():
            self.events.append(self.socket.queue.get_nowait())

    @property
    def at_once(self) -> AtOnce:
        """As the application finds it."""
        return cast(AtOnce, self.scope["extensions"][AT_ONCE]["socket"])

    async def end(self) -> tuple[list[Any], bytes, bool]:
        result = self.events, self.transport.written, self.transport.closed
        self.over.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*self.socket.tasks)
        return result


async def both(pieces: list[bytes], *, early: bytes = b"") -> tuple[Any, Any]:
    """What came of the same bytes by way of our socket, and by the library alone, which has them one by one.

    For uvicorn forgets what came in one piece with a frame that it refuses.
    """
    results = []
    single = [bytes([byte]) for piece in pieces for byte in piece]
    for protocol, parts in ((MediaSocket, pieces), (WebSocketsSansIOProtocol, single)):
        line = Line(protocol, early=early)
        await line.let_in()
        for part in parts:
            line.receive(part)
        results.append(await line.end())
    return results[0], results[1]


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, final).serialize(mask=masked)


frames = st.one_of(
    st.builds(lambda text: frame(1, text.encode()), st.text(max_size=300)),
    st.builds(frame, st.sampled_from([0, 1, 2]), st.binary(max_size=125), final=st.booleans()),
    st.builds(frame, st.sampled_from([9, 10]), st.binary(max_size=125)),
    st.sampled_from([125, 126, MOST_BYTES, MOST_BYTES + 1]).map(lambda size: frame(1, b"x" * size)),
    st.builds(frame, st.just(8), st.sampled_from([b"", b"\x03\xe8", b"\x03"])),
    st.builds(frame, st.just(1), st.binary(max_size=40), masked=st.booleans()),
    st.binary(min_size=1, max_size=20),
)


REFUSED_WITH_GOODBYE = frame(9, b"") + frame(1, b"\x80") + frame(8, b"")
REFUSED_TWICE = frame(9, b"") + frame(1, b"\x80") + b"\x18\x0f"


@example(REFUSED_WITH_GOODBYE, [], True)
@example(REFUSED_TWICE, [], True)
@given(st.lists(frames, max_size=8).map(b"".join), st.lists(st.integers(1, 400), max_size=30), st.booleans())
def test_whatever_comes_in_whatever_pieces_is_understood_as_the_library_understands_it(
    data: bytes, sizes: list[int], at_once: bool
) -> None:
    pieces = [] if at_once else [data[sum(sizes[:at]) :][:size] for at, size in enumerate(sizes)]
    pieces.append(data[sum(map(len, pieces)) :])
    (events, *ours), (expected, *theirs) = asyncio.run(both([piece for piece in pieces if piece]))
    if not theirs[-1]:
        assert (events, ours) == (expected, theirs)
        return
    # Of two faults in one piece, or a fault and a goodbye, the library may tell of either.
    assert ours[-1]
    assert [event["type"] for event in events[-1:]] == ["websocket.disconnect"]
    assert all(event in expected for event in events[:-1])


async def test_a_frame_longer_than_two_bytes_can_tell_is_refused_by_the_library() -> None:
    ours, theirs = await both([frame(1, b"x"), frame(1, b"x" * 65_536)])
    assert ours == theirs
    assert [event["type"] for event in ours[0]][-1] == "websocket.disconnect"


async def test_frames_sent_before_being_let_in_are_the_librarys() -> None:
    text = frame(1, b"hello")
    ours, theirs = await both([text[3:], text], early=text[:3])
    assert ours == theirs
    assert len(ours[0]) == 3  # `connect`, and both texts


async def test_a_peer_has_to_wait_when_the_application_does() -> None:
    line = Line(MediaSocket)
    await line.let_in()
    line.receive(b"")
    for _ in range(MOST_WAITING):
        line.socket.data_received(frame(1, b"x"))
    assert not line.transport.reading
    for _ in range(MOST_WAITING):
        await line.socket.receive()
    assert line.transport.reading
    await line.end()


async def test_who_listens_is_told_of_what_waits_and_of_all_that_comes() -> None:
    line = Line(MediaSocket)
    await line.let_in()
    line.receive(b"")
    heard: list[Any] = []
    line.socket.data_received(frame(1, b"before"))
    line.at_once.listen(heard.append)
    line.socket.data_received(frame(1, b"after"))
    line.socket.connection_lost(None)

    assert [event.get("text", event["type"]) for event in heard] == ["before", "after", "websocket.disconnect"]
    await line.end()


async def test_what_is_written_at_once_is_what_the_library_would_send() -> None:
    line = Line(MediaSocket)
    await line.let_in()
    assert line.at_once.write("grüezi")

    assert line.transport.written == frame(1, "grüezi".encode(), masked=False)
    await line.end()


@pytest.mark.parametrize("why", ["the peer does not read", "the peer has said goodbye", "the connection is gone"])
async def test_nothing_is_written_at_once_when(why: str) -> None:
    line = Line(MediaSocket)
    await line.let_in()
    if why == "the peer does not read":
        line.socket.pause_writing()
    elif why == "the peer has said goodbye":
        line.socket.data_received(frame(8, b"\x03\xe8"))
    else:
        line.transport.close()
    line.transport.written = b""

    assert not line.at_once.write("hello")
    assert line.transport.written == b""
    await line.end()


async def test_a_refused_request_is_answered_by_the_library() -> None:
    socket = MediaSocket(uvicorn.Config(Line, log_config=None), ServerState(), {}, asyncio.get_running_loop())
    transport = Transport()
    socket.connection_made(transport)
    socket.data_received(UPGRADE.replace(b"Version: 13", b"Version: 7"))
    assert transport.written.startswith(b"HTTP/1.1 4")
    assert transport.closed
