"""A vendor's HTTP endpoint, byte by byte, as the test scripts it: stalls, dribbles, resets and all."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fakes import Changes


class Gone(Exception):
    """The client has hung up."""


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def begin(self, content_type: str, status: int = 200, **headers: str) -> None:
        """Start an answer whose body follows in chunks."""
        fields = {"content-type": content_type, "transfer-encoding": "chunked", **headers}
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        await self.write(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode())

    async def chunk(self, data: bytes) -> None:
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.write(b"0\r\n\r\n")

    async def answer(self, content_type: str, body: bytes, status: int = 200, **headers: str) -> None:
        """A whole answer."""
        await self.begin(content_type, status, **headers)
        if body:
            await self.chunk(body)
        await self.end()

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def client_hangs_up(self) -> None:
        """Say nothing more until the client has had enough."""
        await self.reader.read()
        raise Gone

    def reset(self) -> None:
        self.writer.transport.abort()
        raise Gone


type Handler = Callable[[Exchange], Awaitable[None]]


class HttpServer:
    """Answers each request by the next scripted handler; `exchanges` keeps them all."""

    def __init__(self) -> None:
        self.url = ""
        self.changes = Changes()
        self.exchanges: list[Exchange] = []
        self.hung_up = 0
        """How many clients left before their answer was complete."""
        self._script: deque[Handler] = deque()

    def script(self, *handlers: Handler) -> None:
        self._script.extend(handlers)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["HttpServer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        async with server:
            yield self
            server.close()
            server.abort_clients()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while exchange := await _request(reader, writer):
                self.exchanges.append(exchange)
                self.changes.tell()
                await self._script.popleft()(exchange)
        except (Gone, ConnectionError):
            self.hung_up += 1
            self.changes.tell()
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Exchange(method, path, headers, body, reader, writer)
