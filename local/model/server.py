"""The endpoint: OpenAI's paths over HTTP on loopback, at a pace a real model has, with faults on request."""

import asyncio
import hashlib
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.listener import listener
from local.model.engine import Engine
from local.model.faults import Cut, Delay, Fault, Faults, Malformed, Stall, Status
from local.model.protocol import ApiError, ChatRequest, Completion, pieces_of, read_request

MODEL = "embedded-minilm"
_LARGEST_BODY = 2_000_000
_START_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast answers come, in milliseconds: until the first token, then between tokens."""

    first_token_ms: float = 300.0
    token_ms: float = 15.0


DEFAULT_PACE = Pace()


class ModelApp:
    """The ASGI application. `clock` gives Unix seconds for `created`."""

    def __init__(self, engine: Engine, pace: Pace, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._pace = pace
        self._clock = clock
        self._faults = Faults()
        self.asgi = Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/models", self._models, methods=["GET"]),
                Route("/v1/models/{model}", self._model, methods=["GET"]),
                Route("/lab/faults", self._lab, methods=["GET", "POST", "DELETE"]),
            ],
            exception_handlers={ApiError: _refuse, HTTPException: _no_such_url},
        )

    async def _models(self, request: Request) -> Response:
        _authorise(request)
        return JSONResponse({"object": "list", "data": [_card(MODEL)]})

    async def _model(self, request: Request) -> Response:
        _authorise(request)
        if (name := request.path_params["model"]) != MODEL:
            raise ApiError(404, f"The model '{name}' does not exist", "model", "model_not_found")
        return JSONResponse(_card(MODEL))

    async def _lab(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self._faults.order(await _body(request))
            except ValueError as error:
                raise ApiError(400, str(error)) from error
        elif request.method == "DELETE":
            self._faults.clear()
        return JSONResponse({"faults": self._faults.waiting()})

    async def _complete(self, request: Request) -> Response:
        _authorise(request)
        began = asyncio.get_running_loop().time()
        chat = read_request(await _body(request))
        fault = self._faults.take()
        if isinstance(fault, Status):
            raise _ordered_refusal(fault)
        completion = await asyncio.to_thread(self._answer, chat)
        late = fault.ms if isinstance(fault, Delay) else 0
        ready = began + (self._pace.first_token_ms + late) / 1000
        if chat.stream:
            return StreamingResponse(self._events(chat, completion, fault, ready), media_type="text/event-stream")
        tokens = completion.usage()["completion_tokens"]
        if await _gone_before(request, ready + tokens * self._pace.token_ms / 1000):
            return Response(status_code=499)
        if isinstance(fault, Malformed | Cut):
            return Response(json.dumps(completion.whole())[:60], media_type="application/json")
        return JSONResponse(completion.whole())

    def _answer(self, chat: ChatRequest) -> Completion:
        decision = self._engine.reply(chat.conversation(), chat.offered(), chat.choice())
        calls = decision.calls[:1] if chat.parallel_tool_calls is False else decision.calls
        pieces, limit = pieces_of(decision.text), chat.limit()
        heard = chat.model_dump_json(include={"messages", "tools"})
        digest = hashlib.sha256(heard.encode()).hexdigest()
        return Completion(
            id=f"chatcmpl-{digest[:29]}",
            created=int(self._clock()),
            model=chat.model,
            pieces=tuple(pieces[:limit]),
            calls=tuple((f"call_{digest[index : index + 24]}", call) for index, call in enumerate(calls)),
            prompt_tokens=len(pieces_of(re.sub(r'[{}":,\[\]]+', " ", heard))),
            cut=limit is not None and len(pieces) > limit,
        )

    async def _events(
        self, chat: ChatRequest, completion: Completion, fault: Fault | None, ready: float
    ) -> AsyncIterator[str]:
        """Server-sent events, the first at `ready` (loop time), the rest a token apart."""
        include_usage = bool(chat.stream_options and chat.stream_options.include_usage)
        due = ready
        for index, chunk in enumerate(completion.chunks(include_usage)):
            if isinstance(fault, Stall | Malformed | Cut) and index == fault.after:
                if isinstance(fault, Cut):
                    return
                if isinstance(fault, Malformed):
                    yield 'data: {"id": "chatcmpl-\n\n'
                    return
                due += fault.ms / 1000
            await _until(due)
            yield f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
            due += self._pace.token_ms / 1000
        yield "data: [DONE]\n\n"


def _ordered_refusal(fault: Status) -> ApiError:
    if fault.status == 429:
        error = ApiError(429, "Rate limit reached for requests.", None, "rate_limit_exceeded", "requests")
    elif fault.status >= 500:
        error = ApiError(
            fault.status,
            "The server had an error while processing your request. Sorry about that!",
            type_="server_error",
        )
    else:
        error = ApiError(fault.status, "The request was refused.")
    if fault.retry_after_s is not None:
        error.headers["retry-after"] = str(fault.retry_after_s)
    return error


async def _until(due: float) -> None:
    """Sleep until the loop's clock reads `due` seconds."""
    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


async def _gone_before(request: Request, due: float) -> bool:
    """Wait until the loop's clock reads `due`; True at once when the client hangs up first."""
    try:
        async with asyncio.timeout_at(due):
            while (await request.receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return False
    return True


async def _body(request: Request) -> bytes:
    """The body, at most 2 MB; raises ApiError (413) beyond."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > _LARGEST_BODY:
            raise ApiError(413, "The request body is too large.")
    return bytes(received)


def _authorise(request: Request) -> None:
    """Any bearer key will do, as long as one is sent."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        text = (
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
            "auth (i.e. Authorization: Bearer YOUR_KEY)."
        )
        raise ApiError(401, text, code="invalid_api_key")


def _card(model: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": 1_760_000_000, "owned_by": "switchboard"}


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body, error.status, headers=error.headers)


async def _no_such_url(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = (
        f"Invalid URL ({request.method} {request.url.path})"
        if error.status_code == 404
        else f"Not allowed: {request.method} {request.url.path}"
    )
    return JSONResponse(ApiError(error.status_code, text).body, error.status_code, headers=error.headers)


class _Server(uvicorn.Server):
    """uvicorn that says when it listens and leaves signals to its owner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serving(pace: Pace = DEFAULT_PACE, port: int = 0, engine: Engine | None = None) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 and yield the base URL ("http://127.0.0.1:PORT/v1"); port 0 takes a free one."""
    app = ModelApp(engine or Engine(), pace, lambda: datetime.now(UTC).timestamp())
    with listener("127.0.0.1", port) as sock:
        config = uvicorn.Config(
            app.asgi, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1
        )
        server = _Server(config)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[sock]))
            async with asyncio.timeout(_START_WITHIN_S):
                await server.listening.wait()
            try:
                yield f"http://127.0.0.1:{sock.getsockname()[1]}/v1"
            finally:
                server.should_exit = True
