"""One Media Streams socket: Twilio's messages in, ours out, and what is refused counted.

Refused, counted and otherwise ignored: binary frames, malformed messages, unknown events, messages out of order (sound
before `start`, a second `start`), and messages of another stream. A peer that is refused `MAX_REFUSED` times, or that
sends sound faster than time passes, is cut off. Messages over 64 KiB never get here: the WebSocket layer closes with
1009.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, Protocol

from shared.wire import mulaw, twilio_media
from shared.wire.twilio_media import Connected, MalformedMessage, Media, Message, Start

type AsgiMessage = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[AsgiMessage]]
type Send = Callable[[AsgiMessage], Awaitable[None]]

MAX_REFUSED = 100
MAX_AHEAD_MS = 60_000
"""How much more sound than time may arrive: the catching up after a stalled network is seconds, not a minute."""
SEND_DEADLINE_S = 10
"""A peer that reads nothing for this long is gone."""

CLOSE_NORMAL = 1000
CLOSE_POLICY = 1008
CLOSE_FAILED = 1011
CLOSE_RESTART = 1012

log = logging.getLogger(__name__)


class AtOnce(Protocol):
    """A socket that can do without ASGI's queues (`streaming/media_socket.py`)."""

    def listen(self, tell: Callable[[AsgiMessage], None]) -> None:
        """Tell of each event as it comes."""
        ...

    def write(self, text: str) -> bool:
        """Send a text now; False if that cannot be."""
        ...


class StreamGone(Exception):
    """The peer closed its socket, or was cut off."""


class MediaStream:
    """Reads typed messages; writes text at once in order, never blocking the writer.

    What cannot be written at once waits for `run_writer`, which must be running in a task of the call.
    """

    def __init__(self, receive: Receive, send: Send, socket: AtOnce | None = None, *, tracks: int = 1) -> None:
        self._receive = receive
        self._send = send
        self._socket = socket
        self._tracks = tracks
        self._outbox: deque[str] = deque()
        self._waits = False  # whether something is in the outbox, or on its way from there
        self._wake = asyncio.Event()
        self._clock = asyncio.get_running_loop().time
        self.began = self._clock()
        """When `start` came, by the loop's clock in s."""
        self._allowed_bytes = 0
        self._closed = False
        self.refused: Counter[str] = Counter()
        self.stream_sid = ""
        self.heard_bytes = 0

    async def start(self, deadline_s: float) -> Start:
        """Wait for `start`. Raises TimeoutError when it does not come in time, StreamGone when the peer leaves."""
        async with asyncio.timeout(deadline_s):
            while True:
                message = self._message(await self._receive())
                if isinstance(message, Start):
                    self.stream_sid = message.stream_sid
                    self.began = self._clock()
                    return message
                if message is not None and not isinstance(message, Connected):
                    self._refuse("out-of-order")

    async def each(self, take: Callable[[Message], None]) -> None:
        """Hand on each message of this stream after `start`, as it comes. Raises StreamGone at the end.

        Where the socket can be listened to, it does so itself; what `take` raises is raised here.
        """
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        hear = partial(self._hear, take, end)
        try:
            if self._socket is not None:
                self._socket.listen(hear)
            while self._socket is None and not end.done():
                hear(await self._receive())
            await end
        finally:
            if self._socket is not None:
                self._socket.listen(_ignore)
            del end, hear  # they have what is raised here, which has this frame: nobody would let go of the call

    def _hear(self, take: Callable[[Message], None], end: asyncio.Future[None], event: AsgiMessage) -> None:
        """Hand on what an event says; what is raised is the `end`."""
        if end.done():
            return
        try:
            message = self._message(event)
            if isinstance(message, Connected | Start):
                self._refuse("out-of-order")
            elif message is not None and message.stream_sid != self.stream_sid:
                self._refuse("another-stream")
            elif message is not None:
                if isinstance(message, Media):
                    self._count_sound(len(message.media.payload))
                take(message)
        except StreamGone as gone:
            end.set_exception(gone.with_traceback(None))
        except Exception as error:
            end.set_exception(error)

    def write(self, text: str) -> None:
        """Send one message behind those that wait; once the socket is closed it goes nowhere."""
        if self._closed or (self._socket is not None and not self._waits and self._socket.write(text)):
            return
        self._waits = True
        self._outbox.append(text)
        self._wake.set()

    def clear(self) -> None:
        """Drop what is still queued and have the carrier drop what it has not played."""
        self._outbox.clear()
        self.write(twilio_media.clear(self.stream_sid))

    async def run_writer(self) -> None:
        """Send what is queued, until cancelled or the peer is gone. Raises TimeoutError when it does not read."""
        try:
            while await self._wake.wait():
                self._wake.clear()
                async with asyncio.timeout(SEND_DEADLINE_S):
                    while self._outbox and not self._closed:
                        await self._send({"type": "websocket.send", "text": self._outbox.popleft()})
                self._waits = False
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise

    async def close(self, code: int) -> None:
        """Close the socket; harmless when it is closed already."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(SEND_DEADLINE_S):
                await self._send({"type": "websocket.close", "code": code})
        except OSError:
            return

    def _message(self, event: AsgiMessage) -> Message | None:
        """What an event of the socket says; None when it was refused. Raises StreamGone when it is the last."""
        text = event.get("text")
        if text is None:
            if event["type"] == "websocket.disconnect":
                self._closed = True
                raise StreamGone
            self._refuse("binary")
            return None
        try:
            message = twilio_media.decode(text)
        except MalformedMessage:
            self._refuse("malformed")
            return None
        if message is None:
            self._refuse("unknown")
        return message

    def _refuse(self, why: str) -> None:
        """Count a message that is ignored; the first of its kind is logged, without its content."""
        self.refused[why] += 1
        if self.refused[why] == 1:
            log.warning("message_refused", extra={"stream_sid": self.stream_sid, "reason": why})
        if self.refused.total() >= MAX_REFUSED:
            raise StreamGone(f"{MAX_REFUSED} messages refused")

    def _count_sound(self, size: int) -> None:
        """Cut off a peer that is ahead of time. The clock is read only when it might be."""
        self.heard_bytes += size
        if self.heard_bytes > self._allowed_bytes:
            elapsed_ms = (self._clock() - self.began) * 1000
            self._allowed_bytes = int(elapsed_ms + MAX_AHEAD_MS) * mulaw.BYTES_PER_MS * self._tracks
            if self.heard_bytes > self._allowed_bytes:
                raise StreamGone("sound faster than time")


def _ignore(event: AsgiMessage) -> None:
    """What comes when nobody listens any more."""
