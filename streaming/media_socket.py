"""The frames of the media socket: those that Twilio sends fifty times a second are taken apart here.

A whole, final, masked text frame goes straight to the application. All else is left to uvicorn and `websockets`, which
take three times the CPU: the handshake, pings, closing, whoever does what Twilio does not. They are given answers to
pings one by one, and from any other frame on the rest of the connection.

Besides ASGI's `receive` and `send` there are `listen` and `write`, found in the scope: what is heard comes as a call,
and what is said goes out by one, not by way of a queue and a task that has to wake up.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request
from websockets.protocol import State
from websockets.speedups import apply_mask

AT_ONCE: Final = "switchboard.at-once"
"""The scope's extension; its `socket` is the MediaSocket.

It holds the connection: who has found it takes it out.
"""
MOST_WAITING: Final = 64
"""Messages that wait for the application, before the peer has to: more than a second of sound."""

type Tell = Callable[[Any], None]

_TEXT, _PONG = 0x81, 0x8A
"""First byte of a frame: final, no extension, and what it is (RFC 6455, 5.2)."""
_MASKED: Final = 0x80
"""Of the second byte, whose other bits are the length; or 126 or 127, when it follows in two bytes or in eight."""
_IN_TWO: Final = 126
_MASK_BYTES: Final = 4


class MediaSocket(WebSocketsSansIOProtocol):
    """One connection; uvicorn makes it when a request asks for a WebSocket."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._rest = b""
        """A frame whose end has not come."""
        self._plain = True
        """Whether it is cut into frames here."""

    def handle_connect(self, event: Request) -> None:
        """The request has come."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"] or {}
            extensions[AT_ONCE] = {"socket": self}

    def listen(self, tell: Tell) -> None:
        """Tell of what waits and, instead of keeping it for `receive`, of all that comes."""
        waiting, self.queue = self.queue, _Listener(tell)
        while not waiting.empty():
            tell(waiting.get_nowait())
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def write(self, text: str) -> bool:
        """Send a text at once. False if it has to wait or the connection is over: `send` knows what to do then."""
        if not self.writable.is_set() or self.conn.state is not State.OPEN or self.transport.is_closing():
            return False
        self.conn.send_text(text.encode())
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        if self._plain and self.handshake_complete:
            self._cut(self._rest + data)
        else:
            # Who sends frames before being let in (RFC 6455 forbids it) may be in the middle of one by then.
            self._plain = self._plain and not self.handshake_initiated
            self._pass_on(data)

    def _cut(self, data: bytes) -> None:
        at, size = 0, len(data)
        while size - at >= 2 and not self.transport.is_closing():
            kind, length, mask = data[at], data[at + 1] - _MASKED, at + 2
            ours = kind in (_TEXT, _PONG) and 0 <= length < _IN_TWO
            if kind == _TEXT and length == _IN_TWO:
                mask = at + 4
                if mask > size:
                    break
                length = int.from_bytes(data[at + 2 : mask])
                ours = length <= self.config.ws_max_size
            if not ours:
                self._plain = False
                self._pass_on(data[at:])
                return
            end = mask + _MASK_BYTES + length
            if end > size:
                break
            if kind == _PONG or not self._hear(data[mask:end]):
                self._pass_on(data[at:end])
            at = end
        self._rest = data[at:]

    def _pass_on(self, data: bytes) -> None:
        """To the library."""
        try:
            super().data_received(data)
        except InvalidState:
            # It refuses a text that came in one piece with the peer's own goodbye, which it has answered already.
            self.handle_parser_exception()

    def _hear(self, masked: bytes) -> bool:
        """Hand on a text; False if it is none."""
        try:
            text = apply_mask(masked[_MASK_BYTES:], masked[:_MASK_BYTES]).decode()
        except UnicodeDecodeError:
            return False
        if not self.close_sent:
            self.queue.put_nowait({"type": "websocket.receive", "text": text})
            if self.queue.qsize() >= MOST_WAITING and not self.read_paused:
                self.read_paused = True
                self.transport.pause_reading()
        return True


class _Listener(asyncio.Queue[Any]):
    """Where uvicorn and this file put what has come: it is told, and never waits here."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def put_nowait(self, item: Any) -> None:
        self._tell(item)
