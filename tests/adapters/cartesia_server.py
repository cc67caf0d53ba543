"""Cartesia's synthesis over WebSocket, scripted by the test: several utterances at once, each answered as told."""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from tests.adapters.socket_server import Socket, SocketServer

KEY = "a-secret"
VOICE_ID = "a-voice"

type Answer = Callable[["Utterance"], Awaitable[None]]


class Utterance:
    """One request, and the means to answer it."""

    def __init__(self, request: dict[str, Any], connection: "Connection") -> None:
        self.request = request
        self.cancelled = asyncio.Event()
        self._connection = connection

    async def chunk(self, sound: bytes) -> None:
        data = base64.b64encode(sound).decode()
        await self.message("chunk", data=data, status_code=206, step_time=10.0, done=False)

    async def done(self) -> None:
        await self.message("done", done=True, status_code=200)

    async def error(self, status: int, code: str) -> None:
        about = {"title": "Sorry", "message": "tell-no-one", "doc_url": "", "request_id": "r"}
        await self.message("error", status_code=status, error_code=code, done=True, **about)

    async def message(self, kind: str, **fields: object) -> None:
        await self.raw(json.dumps({"type": kind, "context_id": self.request["context_id"], **fields}))

    async def raw(self, frame: str) -> None:
        await self._connection.send(frame)

    async def stall(self) -> None:
        """Say nothing more until the client has had enough."""
        await self.cancelled.wait()

    def reset(self) -> None:
        self._connection.reset()


class Connection(Socket):
    def __init__(self, socket: ServerConnection, server: "CartesiaServer") -> None:
        super().__init__(socket, server)
        assert socket.request is not None
        self.headers = socket.request.headers
        self._cartesia = server
        self._tasks: set[asyncio.Task[None]] = set()
        self._utterances: dict[str, Utterance] = {}

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._group = tasks
            await super().serve()
            for utterance in self._utterances.values():
                utterance.cancelled.set()

    def take(self, frame: bytes | str) -> None:
        request = json.loads(frame)
        if request.get("cancel"):
            self._cartesia.cancelled.append(request["context_id"])
            self._utterances[request["context_id"]].cancelled.set()
            return
        assert request["context_id"] not in self._utterances, "a context is not used twice"
        utterance = self._utterances[request["context_id"]] = Utterance(request, self)
        self._cartesia.utterances.append(utterance)
        self._group.create_task(self._answer(utterance))

    async def _answer(self, utterance: Utterance) -> None:
        await self._cartesia.answers.popleft()(utterance)


class CartesiaServer(SocketServer[Connection]):
    """Answers each utterance by the next scripted answer; `utterances` keeps them all."""

    def __init__(self) -> None:
        super().__init__(lambda socket, _: Connection(socket, self), admit)
        self.utterances: list[Utterance] = []
        self.cancelled: list[str] = []
        self.answers: deque[Answer] = deque()

    def script(self, *answers: Answer) -> None:
        self.answers.extend(answers)


def admit(request: Request) -> int:
    if urlsplit(request.path).path != "/tts/websocket":
        return 404
    return 101 if request.headers.get("X-API-Key") == KEY and request.headers.get("Cartesia-Version") else 401
