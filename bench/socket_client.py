"""A WebSocket client for load: text frames out as cheaply as possible, text frames in, nothing else.

The load must not be what is measured, so this is a bare asyncio protocol: frames go out whole, under a mask of zeros
(any mask is allowed, RFC 6455, 5.3, and this one leaves the text as it is), and incoming frames are not copied twice.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import cast

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_NO_MASK = b"\0\0\0\0"


class HandshakeRefused(Exception):
    """The server did not switch protocols. The message is its status line."""


def frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """One whole frame as a client sends it."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + _NO_MASK + payload


class ClientSocket(asyncio.Protocol):
    """Calls `received` with the text of each message and `lost` once at the end."""

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._received = received
        self._lost = lost
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._upgraded = False

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        path: str,
        headers: dict[str, str],
        received: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> "ClientSocket":
        """Raises HandshakeRefused, OSError or TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(15):
            _, client = await loop.create_connection(lambda: cls(received, lost), host, port)
            key = base64.b64encode(os.urandom(16)).decode()
            lines = [
                f"GET {path} HTTP/1.1",
                f"Host: {host}:{port}",
                "Upgrade: websocket",
                "Connection: Upgrade",
                f"Sec-WebSocket-Key: {key}",
                "Sec-WebSocket-Version: 13",
                *(f"{name}: {value}" for name, value in headers.items()),
            ]
            client.write("\r\n".join([*lines, "", ""]).encode())
            await client._open
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self._open.done():
            self._open.set_exception(HandshakeRefused("connection lost"))
        self._lost()

    def write(self, data: bytes) -> None:
        """Send what `frame` made. Nothing happens when the socket is gone."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        self.write(frame(struct.pack("!H", 1000), _CLOSE))
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, end, _ = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            del self._buffer[: len(head) + 4]
            if not head.startswith(b"HTTP/1.1 101"):
                self._open.set_exception(HandshakeRefused(head.split(b"\r\n")[0].decode("latin-1")))
                self.close()
                return
            self._upgraded = True
            self._open.set_result(None)
        while (message := self._take()) is not None:
            opcode, payload = message
            if opcode == _TEXT:
                self._received(payload)
            elif opcode == _PING:
                self.write(frame(payload, _PONG))
            elif opcode == _CLOSE:
                self.close()

    def _take(self) -> tuple[int, bytes] | None:
        """The next whole frame; servers send neither masks nor, here, fragments."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            start = 2 + width
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start])
        if len(buffer) < start + size:
            return None
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        return opcode, payload
