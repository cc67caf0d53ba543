"""The carrier's way to the product without a network: requests and media sockets led straight into ASGI apps.

It looks to the carrier like the few things it uses of `aiohttp.ClientSession`. A host leads to an app, or to nothing:
then the connection is refused.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

type Message = Mapping[str, Any]
type App = Callable[..., Awaitable[None]]
type Route = Callable[[], App | None]
"""Where a connection to a host leads now; None is nowhere."""

_CLOSED = aiohttp.WSMsgType.CLOSED


class Network:
    """Hosts and what answers there. Apps run in the group it is given."""

    def __init__(self, tasks: asyncio.TaskGroup, routes: Mapping[str, Route]) -> None:
        self._tasks = tasks
        self._routes = routes
        self.sockets: list[Socket] = []
        """Media sockets that are open, oldest first."""

    @asynccontextmanager
    async def request(
        self, method: str, url: URL, *, data: bytes | None, headers: Mapping[str, str], **_: Any
    ) -> AsyncIterator["Response"]:
        """One request. Raises aiohttp.ClientConnectorError where nobody answers."""
        app = self._app(url)
        response = Response()
        body: Message = {"type": "http.request", "body": data or b"", "more_body": False}

        async def receive() -> Message:
            return body

        await app(_scope("http", url, headers) | {"method": method}, receive, response.take)
        yield response

    async def ws_connect(self, url: URL, *, headers: Mapping[str, str], **_: Any) -> "Socket":
        """Open a media socket. Raises aiohttp.WSServerHandshakeError when it is turned away."""
        app = self._app(url)
        socket = Socket()
        self.sockets.append(socket)
        task = self._tasks.create_task(self._serve(app, _scope("websocket", url, headers), socket))
        status = await socket.accepted
        if status == 101:
            return socket
        await asyncio.wait([task])
        raise aiohttp.WSServerHandshakeError(_request_info(url), (), status=status, message="turned away")

    def cut(self) -> None:
        """Every media socket breaks, without a word to either side."""
        for socket in self.sockets:
            socket.cut()

    async def _serve(self, app: App, scope: Message, socket: "Socket") -> None:
        try:
            await app(scope, socket.receive, socket.take)
        finally:
            self.sockets.remove(socket)
            socket.gone()

    def _app(self, url: URL) -> App:
        route = self._routes.get(url.host or "")
        app = None if route is None else route()
        if app is None:
            key: Any = None
            raise aiohttp.ClientConnectorError(key, OSError(f"nobody answers at {url.host}"))
        return app


class Response:
    """An answer, as far as the carrier looks at it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: CIMultiDict[str] = CIMultiDict()
        self._body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers.extend((name.decode(), value.decode()) for name, value in message.get("headers", ()))
        else:
            self._body += message.get("body", b"")

    @property
    def content(self) -> "Response":
        return self

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        yield self._body


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a WebSocket."""

    type: aiohttp.WSMsgType
    data: Any = None


class Socket:
    """Both ends of one WebSocket: the carrier's like aiohttp's, the app's as ASGI has it."""

    def __init__(self) -> None:
        self.accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._to_carrier: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._to_app.put_nowait({"type": "websocket.connect"})

    # --- the app's end

    async def receive(self) -> Message:
        return await self._to_app.get()

    async def take(self, message: Message) -> None:
        """What the app sends. Raises OSError when the socket is gone, as ASGI servers do."""
        match message["type"]:
            case "websocket.accept":
                self.accepted.set_result(101)
            case "websocket.http.response.start":
                self.accepted.set_result(message["status"])
            case "websocket.send":
                if self.closed:
                    raise OSError("the socket is closed")
                self._to_carrier.put_nowait(Frame(aiohttp.WSMsgType.TEXT, message["text"]))
            case "websocket.close":
                self._close(message.get("code", 1000))

    def gone(self) -> None:
        """The app has ended; without a close the carrier finds the socket broken."""
        if not self.accepted.done():
            self.accepted.set_result(500)
        self._close(1006)

    # --- the carrier's end

    @property
    def closed(self) -> bool:
        return self.close_code is not None

    async def send_str(self, text: str) -> None:
        if self.closed:
            raise aiohttp.ClientConnectionResetError("the socket is closed")
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    async def close(self) -> None:
        self._close(1000)

    def cut(self) -> None:
        self._close(1006)

    def __aiter__(self) -> "Socket":
        return self

    async def __anext__(self) -> Frame:
        frame = await self._to_carrier.get()
        if frame is None:
            raise StopAsyncIteration
        return frame

    def _close(self, code: int) -> None:
        if not self.closed:
            self.close_code = code
            self._to_app.put_nowait({"type": "websocket.disconnect", "code": code})
            self._to_carrier.put_nowait(None)


def _scope(kind: str, url: URL, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.encode(),
        "query_string": url.raw_query_string.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": (url.host, url.port),
    }


def _request_info(url: URL) -> aiohttp.RequestInfo:
    return aiohttp.RequestInfo(url, "GET", CIMultiDictProxy(CIMultiDict()), url)
