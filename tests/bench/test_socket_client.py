"""The load's own WebSocket client, against a real server."""

import asyncio

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from bench.socket_client import ClientSocket, HandshakeRefused, frame
from tests.fakes import Changes


class Seen:
    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.lost = 0
        self.changes = Changes()

    def received(self, text: bytes) -> None:
        self.messages.append(text)
        self.changes.tell()

    def gone(self) -> None:
        self.lost += 1
        self.changes.tell()


def port_of(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
async def test_texts_of_every_size_go_there_and_back(size: int) -> None:
    seen = Seen()
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        client = await ClientSocket.connect("127.0.0.1", port_of(server), "/", {}, seen.received, seen.gone)
        client.write(frame(b"x" * size))
        client.write(frame(b"last"))
        await seen.changes.until(lambda: len(seen.messages) == 2)
        client.close()
        await seen.changes.until(lambda: seen.lost == 1)

    assert seen.messages == [b"x" * size, b"last"]


async def test_it_answers_pings_and_notices_a_close() -> None:
    async def handler(connection: ServerConnection) -> None:
        await (await connection.ping())
        await connection.send("after the pong")

    seen = Seen()
    async with serve(handler, "127.0.0.1", 0, compression=None) as server:
        await ClientSocket.connect("127.0.0.1", port_of(server), "/", {}, seen.received, seen.gone)
        await seen.changes.until(lambda: seen.lost == 1)

    assert seen.messages == [b"after the pong"]


async def test_a_refused_handshake_says_with_what() -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(403, "no")

    seen = Seen()
    async with serve(echo, "127.0.0.1", 0, process_request=refuse) as server:
        with pytest.raises(HandshakeRefused, match="403"):
            await ClientSocket.connect("127.0.0.1", port_of(server), "/", {}, seen.received, seen.gone)


async def test_writing_to_a_closed_socket_is_harmless() -> None:
    seen = Seen()
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        client = await ClientSocket.connect("127.0.0.1", port_of(server), "/", {}, seen.received, seen.gone)
        client.close()
        await seen.changes.until(lambda: seen.lost == 1)
        client.write(frame(b"late"))
        await asyncio.sleep(0)
