"""An ASGI server on loopback that starts and stops inside a running program, and can break a connection."""

import asyncio
import contextlib
import functools
import socket
import struct
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.listener import listener

_STOP_S = 2
_LARGEST_MESSAGE = 1024 * 1024


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[int]:
    """Serve `app` on 127.0.0.1 and give the port. On leaving it stops, and cuts what is still open after two seconds.

    The app finds a function in `scope["state"]["reset"]` that breaks the connection: no goodbye, a TCP reset.
    """
    with listener("127.0.0.1", port) as sock:
        config = uvicorn.Config(
            app,
            http=_Http,
            ws="websockets-sansio",
            ws_max_size=_LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STOP_S,
        )
        server = _Server(config)
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(server.serve([sock]))
            try:
                yield sock.getsockname()[1]
            except Exception as error:  # raised again below, outside the group, which would wrap it
                failure = error
            finally:
                server.should_exit = True
                await running
        if failure is not None:
            raise failure


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program, not to a server inside it."""
        yield


class _Http(H11Protocol):
    """HTTP, and by its hand-over WebSocket too, with the way to break the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "reset": functools.partial(_reset, transport)}


def _reset(transport: asyncio.Transport) -> None:
    line: socket.socket = transport.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing sends RST
    transport.abort()
