"""WebSockets to vendors: how they are opened, written to and heard at once, and found dead; what a refusal means.

Frames that carry whole messages are made and taken apart here. All else is left to `websockets`, which takes twice the
CPU for them, and a task that wakes up: the handshake, pings, closing, messages in pieces.
"""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.frames import DATA_OPCODES, Opcode
from websockets.frames import Frame as Cut
from websockets.protocol import Event, State
from websockets.speedups import apply_mask

from shared.ports import ProviderError, Refused, Throttled, Unavailable

type Frame = bytes | str

_LARGEST_FRAME_BYTES: Final = 1024 * 1024
_CLOSE_S: Final = 1.0
_UNSENT_BYTES: Final = 64 * 1024
"""What may wait inside a socket, some four seconds of samples: more only when the network stands still."""
_UNACKNOWLEDGED_MS: Final = 5_000

_TEXT, _BINARY, _PING, _PONG = 0x81, 0x82, 0x89, 0x8A
"""First byte of a frame: final, no extension, and what it is (RFC 6455, 5.2)."""
_MASKED: Final = 0x80
"""Of the second byte, whose other bits are the length; or 126 or 127, when it follows in two bytes or in eight."""
_IN_TWO: Final = 126

# The handshake's debug lines hold keys and presigned URLs, which are credentials.
_logger = logging.getLogger(__name__)
_logger.setLevel(logging.INFO)


class Connection(ClientConnection):
    """One to a vendor, which tells of each message by a call."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._take: Callable[[Frame], None] | None = None
        self._over: asyncio.Future[None] | None = None  # while it is heard
        self._waiting: list[tuple[bytes, bool]] = []  # what one read brought before
        self._rest = b""  # a frame whose end has not come
        self._plain = True  # whether it is cut into frames here
        self._whole = bytearray()  # what has come of a message in pieces
        self._whole_is_text = False

    async def hear(self, take: Callable[[Frame], None]) -> None:
        """Give `take` each message, from within the call that reads it, until the connection ends; once only.

        Raises UnicodeDecodeError, or what `take` raises, and tells no more.
        """
        self._over, self._take = self.loop.create_future(), take
        for payload, is_text in self._waiting:
            self._tell(payload, is_text)
        self._waiting.clear()
        if self.protocol.state is State.CLOSED:
            self._end()
        elif not self.transport.is_closing():
            self.transport.resume_reading()
        try:
            await self._over
        finally:
            self._take, self._over = _unheard, None

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        at = 0
        while self.response is None and at < len(data):  # by lines: the answer's last ends where frames begin
            end = data.find(b"\n", at) + 1 or len(data)
            super().data_received(data[at:end])
            at = end
        if at < len(data):
            self._cut(self._rest + data[at:])

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        super().connection_lost(exc)
        self._end()

    def process_event(self, event: Event) -> None:
        """Called by the library with what it has cut."""
        if not isinstance(event, Cut) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        if event.opcode is not Opcode.CONT:
            self._whole_is_text = event.opcode is Opcode.TEXT
        self._whole += event.data
        if event.fin:
            whole, self._whole = bytes(self._whole), bytearray()
            self._tell(whole, self._whole_is_text)

    def _cut(self, data: bytes) -> None:
        at, size = 0, len(data)
        while self._plain and self.protocol.state is State.OPEN and size - at >= 2:
            kind, length, begin = data[at], data[at + 1], at + 2
            if length == _IN_TWO and kind in (_TEXT, _BINARY):
                begin = at + 4
                length = int.from_bytes(data[at + 2 : begin])
            elif length >= _IN_TWO or kind not in (_TEXT, _BINARY, _PING, _PONG):
                self._plain = False
                break
            end = begin + length
            if end > size:
                break
            if kind in (_PING, _PONG):
                super().data_received(data[at:end])
            else:
                self._tell(data[begin:end], kind == _TEXT)
            at = end
        self._plain = self._plain and self.protocol.state is State.OPEN
        self._rest = data[at:] if self._plain else b""
        if not self._plain:
            super().data_received(data[at:])

    def _tell(self, payload: bytes, is_text: bool) -> None:
        if self._take is None:
            self._waiting.append((payload, is_text))
            self.transport.pause_reading()
            return
        try:
            self._take(payload.decode() if is_text else payload)
        except Exception as error:  # raised again where the connection is heard
            self._end(error)

    def _end(self, error: Exception | None = None) -> None:
        self._take = _unheard
        if self._over is not None and not self._over.done():
            self._over.set_result(None) if error is None else self._over.set_exception(error)


async def opened(name: str, url: str, headers: Mapping[str, str], *, within_s: float) -> Connection:
    """A connection to the vendor of that name. Raises ProviderError."""
    try:
        connection = await connect(
            url,
            additional_headers=headers,
            compression=None,
            open_timeout=within_s,
            close_timeout=_CLOSE_S,
            ping_interval=None,
            max_size=_LARGEST_FRAME_BYTES,
            logger=_logger,
            proxy=None,
            user_agent_header=None,
            create_connection=Connection,
        )
    except (OSError, InvalidHandshake) as failure:
        raise _handshake_error(name, failure) from None
    assert isinstance(connection, Connection)
    _notice_dead_peers(connection)
    return connection


def is_open(connection: Connection) -> bool:
    return connection.state is State.OPEN and not connection.transport.is_closing()


def has_room(connection: Connection) -> bool:
    """Whether the connection takes more."""
    return is_open(connection) and connection.transport.get_write_buffer_size() < _UNSENT_BYTES


def write(connection: Connection, frame: Frame) -> None:
    """Straight to the socket of an open connection, from within the call that has something to send.

    No task has to wake up for it; and the frame is made here, since sound is most of what is sent (RFC 6455, 5.2).
    """
    kind, payload = (_TEXT, frame.encode()) if isinstance(frame, str) else (_BINARY, frame)
    size, mask = len(payload), os.urandom(4)
    if size < 126:
        head = bytes((kind, _MASKED | size))
    elif size < 65_536:
        head = struct.pack("!BBH", kind, _MASKED | 126, size)
    else:
        head = struct.pack("!BBQ", kind, _MASKED | 127, size)
    connection.transport.write(head + mask + apply_mask(payload, mask))


def _unheard(frame: Frame) -> None:
    """Comes too late."""


def _handshake_error(name: str, failure: Exception) -> ProviderError:
    """What it means that a connection was not opened; the answer's text is not read, for it may quote the key."""
    if not isinstance(failure, InvalidStatus):
        return Unavailable(f"{name} could not be reached ({type(failure).__name__})")
    status = failure.response.status_code
    if status == 429:
        return Throttled(f"{name}: HTTP 429")
    return (Refused if 400 <= status < 500 else Unavailable)(f"{name}: HTTP {status}")


def _notice_dead_peers(connection: Connection) -> None:
    """What is sent and not acknowledged in time ends the connection: the peer is gone."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        raw = connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
