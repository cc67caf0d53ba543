"""One socket's messages: what is read, what is refused, and what is sent."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import twilio_media, twilio_media_carrier
from shared.wire.twilio_media import Dtmf, Mark, Media, Stop
from streaming.media_stream import MAX_REFUSED, AsgiMessage, MediaStream, StreamGone
from tests.fakes import Changes

SID = "MZ" + "1" * 32
CALL_SID = "CA" + "1" * 32
FRAME = b"\x2a" * 160


class Peer:
    """The ASGI server's side: what it hands over, and what it was given."""

    def __init__(self, *texts: str) -> None:
        self.events: deque[AsgiMessage] = deque({"type": "websocket.receive", "text": text} for text in texts)
        self.sent: list[AsgiMessage] = []
        self.changes = Changes()
        self.reads = asyncio.Event()
        self.reads.set()

    async def receive(self) -> AsgiMessage:
        return self.events.popleft() if self.events else {"type": "websocket.disconnect", "code": 1006}

    async def send(self, message: AsgiMessage) -> None:
        await self.reads.wait()
        self.sent.append(message)
        self.changes.tell()


def start(stream_sid: str = SID) -> str:
    return twilio_media_carrier.start(stream_sid, 1, account_sid="AC1", call_sid=CALL_SID, parameters={"token": "t"})


def media(size: int = 160, stream_sid: str = SID) -> str:
    return twilio_media_carrier.media(stream_sid, 2, chunk=1, timestamp_ms=20, ulaw=FRAME[:1] * size)


async def started(*texts: str, tracks: int = 1) -> tuple[MediaStream, Peer]:
    peer = Peer(twilio_media_carrier.connected(), start(), *texts)
    stream = MediaStream(peer.receive, peer.send, tracks=tracks)
    await stream.start(1)
    return stream, peer


async def read_all(stream: MediaStream) -> list[object]:
    messages: list[object] = []
    with pytest.raises(StreamGone):
        await stream.each(messages.append)
    return messages


async def test_messages_are_read_in_order_until_the_socket_closes() -> None:
    digit, mark = twilio_media_carrier.dtmf(SID, 3, "5"), twilio_media_carrier.mark(SID, 4, "1:1")
    stop = twilio_media_carrier.stop(SID, 5, account_sid="AC1", call_sid=CALL_SID)
    stream, _ = await started(media(), digit, mark, stop)

    assert [type(message) for message in await read_all(stream)] == [Media, Dtmf, Mark, Stop]
    assert stream.refused.total() == 0


async def test_sound_before_start_is_out_of_order() -> None:
    peer = Peer(media(), start())
    stream = MediaStream(peer.receive, peer.send)
    await stream.start(1)

    assert stream.refused == {"out-of-order": 1}


async def test_what_is_not_of_this_protocol_is_counted_and_passed_over() -> None:
    stream, peer = await started(
        "{", '{"event":"jingle"}', twilio_media_carrier.connected(), start(), media(stream_sid="MZ2"), media()
    )
    peer.events.appendleft({"type": "websocket.receive", "bytes": b"\x00" * 50})

    assert [type(message) for message in await read_all(stream)] == [Media]
    assert stream.refused == {"binary": 1, "malformed": 1, "unknown": 1, "out-of-order": 2, "another-stream": 1}


async def test_a_peer_that_is_refused_too_often_is_cut_off() -> None:
    stream, peer = await started(*["{"] * (MAX_REFUSED + 50))

    assert await read_all(stream) == []
    assert len(peer.events) == 50


async def test_refusals_are_logged_once_a_kind_and_without_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        stream, _ = await started(*['{"secret":"4111111111111111"'] * 10)
        await read_all(stream)

    assert [record.message for record in caplog.records] == ["message_refused"]
    assert "4111" not in repr([record.__dict__ for record in caplog.records])


async def test_sound_that_comes_faster_than_time_is_cut_off() -> None:
    stream, peer = await started(*[media(40_000)] * 30)

    read = await read_all(stream)
    assert 11 <= len(read) <= 13
    assert peer.events


async def test_two_tracks_have_twice_the_sound_of_one_in_the_same_time() -> None:
    stream, peer = await started(*[media(40_000)] * 30, tracks=2)

    assert 23 <= len(await read_all(stream)) <= 25
    assert peer.events


async def test_no_start_in_time_is_a_timeout() -> None:
    async def never() -> AsgiMessage:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(TimeoutError):
        await MediaStream(never, Peer().send).start(0.01)


async def test_what_is_written_is_sent_in_order() -> None:
    stream, peer = await started()
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(stream.run_writer())
        stream.write("one")
        stream.write("two")
        await peer.changes.until(lambda: len(peer.sent) == 2)
        writing.cancel()

    assert [message["text"] for message in peer.sent] == ["one", "two"]


async def test_clear_overtakes_what_is_still_queued() -> None:
    stream, peer = await started()
    stream.write("one")
    stream.write("two")
    stream.clear()
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(stream.run_writer())
        await peer.changes.until(lambda: bool(peer.sent))
        writing.cancel()

    assert [message["text"] for message in peer.sent] == [twilio_media.clear(SID)]


class Socket:
    """One that can be written to at once, until its peer does not read."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def listen(self, tell: Callable[[AsgiMessage], None]) -> None:
        raise NotImplementedError

    def write(self, text: str) -> bool:
        if self._peer.reads.is_set():
            self._peer.sent.append({"type": "websocket.send", "text": text})
        return self._peer.reads.is_set()


async def test_what_can_be_written_at_once_waits_for_nobody() -> None:
    peer = Peer()
    stream = MediaStream(peer.receive, peer.send, Socket(peer))
    stream.write("one")

    assert [message["text"] for message in peer.sent] == ["one"]


async def test_nothing_overtakes_what_has_to_wait() -> None:
    peer = Peer()
    stream = MediaStream(peer.receive, peer.send, Socket(peer))
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(stream.run_writer())
        peer.reads.clear()
        stream.write("one")
        await asyncio.sleep(0)  # the writer has taken it, and waits for the peer
        peer.reads.set()
        stream.write("two")
        await peer.changes.until(lambda: len(peer.sent) == 2)
        stream.write("three")
        writing.cancel()

    assert [message["text"] for message in peer.sent] == ["one", "two", "three"]


async def test_a_peer_that_reads_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.media_stream.SEND_DEADLINE_S", 0.02)
    stream, peer = await started()
    peer.reads.clear()
    stream.write("one")

    with pytest.raises(TimeoutError):
        await stream.run_writer()
    await stream.close(1000)


async def test_closing_twice_or_after_the_peer_has_gone_is_harmless() -> None:
    stream, peer = await started()
    await stream.close(1000)
    await stream.close(1011)
    assert peer.sent == [{"type": "websocket.close", "code": 1000}]

    gone, silent = await started()
    await read_all(gone)
    await gone.close(1000)
    assert silent.sent == []


async def test_nothing_is_sent_on_a_closed_socket() -> None:
    stream, peer = await started()
    stream.write("queued")
    await stream.close(1012)
    stream.write("late")
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(stream.run_writer())
        await asyncio.sleep(0)
        writing.cancel()

    assert peer.sent == [{"type": "websocket.close", "code": 1012}]


@given(st.lists(st.one_of(st.text(), st.just(media()), st.just(start())), max_size=30))
def test_no_sequence_of_texts_raises(texts: list[str]) -> None:
    async def run() -> None:
        stream, _ = await started(*texts)
        assert len(await read_all(stream)) == texts.count(media())

    asyncio.run(run())
