"""WebSockets to vendors: how they are opened, written to at once, and found dead; what a refusal means."""

import logging
import os
import socket
import struct
from collections.abc import Mapping
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.protocol import State
from websockets.speedups import apply_mask

from shared.ports import ProviderError, Refused, Throttled, Unavailable

type Frame = bytes | str

_LARGEST_FRAME_BYTES: Final = 1024 * 1024
_CLOSE_S: Final = 1.0
_UNSENT_BYTES: Final = 64 * 1024
"""What may wait inside a socket, some four seconds of samples: more only when the network stands still."""
_UNACKNOWLEDGED_MS: Final = 5_000

_TEXT, _BINARY = 0x81, 0x82
_MASKED: Final = 0x80

# The handshake's debug lines hold keys and presigned URLs, which are credentials.
_logger = logging.getLogger(__name__)
_logger.setLevel(logging.INFO)


async def opened(name: str, url: str, headers: Mapping[str, str], *, within_s: float) -> ClientConnection:
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
        )
    except (OSError, InvalidHandshake) as failure:
        raise _handshake_error(name, failure) from None
    _notice_dead_peers(connection)
    return connection


def is_open(connection: ClientConnection) -> bool:
    return connection.state is State.OPEN and not connection.transport.is_closing()


def has_room(connection: ClientConnection) -> bool:
    """Whether the connection takes more."""
    return is_open(connection) and connection.transport.get_write_buffer_size() < _UNSENT_BYTES


def write(connection: ClientConnection, frame: Frame) -> None:
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


def _handshake_error(name: str, failure: Exception) -> ProviderError:
    """What it means that a connection was not opened; the answer's text is not read, for it may quote the key."""
    if not isinstance(failure, InvalidStatus):
        return Unavailable(f"{name} could not be reached ({type(failure).__name__})")
    status = failure.response.status_code
    if status == 429:
        return Throttled(f"{name}: HTTP 429")
    return (Refused if 400 <= status < 500 else Unavailable)(f"{name}: HTTP {status}")


def _notice_dead_peers(connection: ClientConnection) -> None:
    """What is sent and not acknowledged in time ends the connection: the peer is gone."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        raw = connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
