"""A vendor's WebSocket endpoint as the test drives it: handshakes turned away, silence, resets and all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.fakes import Changes


class Socket:
    """One connection of a client; a vendor's own takes in its frames."""

    def __init__(self, socket: ServerConnection, server: "SocketServer[Any]") -> None:
        self.server = server
        self._socket = socket

    def take(self, frame: bytes | str) -> None:
        """A frame of the client's."""
        raise NotImplementedError

    async def serve(self) -> None:
        """Take in frames until the client goes."""
        try:
            async for frame in self._socket:
                self.take(frame)
                self.server.changes.tell()
        except ConnectionClosed:
            pass

    async def send(self, frame: bytes | str) -> None:
        await self._socket.send(frame)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._socket.close(code, reason)

    def stop_reading(self) -> None:
        """What the client sends from now on stays in the network."""
        self._socket.transport.pause_reading()

    def reset(self) -> None:
        """The connection breaks, without a word."""
        self._socket.transport.abort()


class SocketServer[Connection: Socket]:
    """Connections in the order they came; `admit` says the status of a handshake, 101 for yes."""

    def __init__(
        self,
        connection: "Callable[[ServerConnection, SocketServer[Any]], Connection]",
        admit: Callable[[Request], int],
    ) -> None:
        self.endpoint = ""
        self.changes = Changes()
        self.connections: list[Connection] = []
        self.turned_away = 0
        self._connection = connection
        self._admit = admit
        self._statuses: list[int] = []

    def turn_away(self, *statuses: int) -> None:
        """Answer the next handshakes with these HTTP statuses."""
        self._statuses.extend(statuses)

    async def connection(self, number: int = 0) -> Connection:
        """The connection accepted as the `number`-th, from 0; waits for it."""
        await self.changes.until(lambda: len(self.connections) > number)
        return self.connections[number]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SocketServer[Connection]"]:
        async with serve(self._accept, "127.0.0.1", 0, process_request=self._check, compression=None) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            self.endpoint = f"ws://{host}:{port}"
            yield self

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        status = self._statuses.pop(0) if self._statuses else self._admit(request)
        if status == 101:
            return None
        self.turned_away += 1
        self.changes.tell()
        return connection.respond(HTTPStatus(status), "no\n")

    async def _accept(self, socket: ServerConnection) -> None:
        connection = self._connection(socket, self)
        self.connections.append(connection)
        self.changes.tell()
        await connection.serve()
