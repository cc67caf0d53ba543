"""The speech services on one port: Transcribe streaming, Transcribe's control plane, Polly, and the laboratory."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.cloud import sigv4
from local.cloud.hearing import Ears
from local.cloud.lab import Fault, Faults, Stats
from local.cloud.polly import Polly, PollyError
from local.cloud.transcribe import Stream, StreamError, exception_event, read_query
from local.cloud.vocabulary import Rejected, Vocabularies

_LARGEST_BODY = 1024 * 1024
_AT_THE_DOOR = frozenset({"MissingAuthenticationTokenException", "UnrecognizedClientException"})

type Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the doors share."""

    secrets: Mapping[str, str]
    vocabularies: Vocabularies
    faults: Faults
    stats: Stats
    polly: Polly
    ears: Ears
    pool: Executor
    silence_ms: int
    most_streams: int


def speech_app(desk: Desk) -> Starlette:
    """The ASGI application."""
    doors = _Doors(desk)
    return Starlette(
        routes=[
            WebSocketRoute("/stream-transcription-websocket", doors.transcribe),
            Route("/", doors.control, methods=["POST"]),
            Route("/v1/speech", doors.speech, methods=["POST"]),
            Route("/v1/voices", doors.voices, methods=["GET"]),
            Route("/lab/faults", doors.faults, methods=["GET", "POST", "DELETE"]),
            Route("/lab/stats", doors.stats, methods=["GET"]),
        ]
    )


class _Doors:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._streams = 0

    async def transcribe(self, socket: WebSocket) -> None:
        try:
            sigv4.check(_request("GET", socket), "transcribe", self._desk.secrets, datetime.now(UTC))
        except sigv4.Refused as refused:
            if refused.code in _AT_THE_DOOR:
                await socket.send_denial_response(_error(403, refused.code, str(refused)))
                return
            await socket.accept()
            await self._end(socket, StreamError("BadRequestException", str(refused)))
            return
        await socket.accept(headers=[(b"x-amzn-requestid", str(uuid.uuid4()).encode())])
        try:
            await self._stream(socket)
        except StreamError as error:
            await self._end(socket, error)
        except WebSocketDisconnect:
            self._desk.stats.count("transcribe.lost")
        else:
            await socket.close()

    async def _stream(self, socket: WebSocket) -> None:
        desk = self._desk
        asked = read_query(socket.query_params, desk.silence_ms, desk.vocabularies)
        if self._streams >= desk.most_streams or desk.faults.take("transcribe", "throttle"):
            raise StreamError("LimitExceededException", "You have reached your limit of concurrent streams.")
        self._streams += 1
        desk.stats.count("transcribe.streams")
        try:
            await Stream(socket, asked, desk.ears, desk.pool, desk.faults, desk.stats).run()
        finally:
            self._streams -= 1

    async def _end(self, socket: WebSocket, error: StreamError) -> None:
        self._desk.stats.count(f"transcribe.{error.name}")
        try:
            await socket.send_bytes(exception_event(error))
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):  # the client did not wait to be told
            self._desk.stats.count("transcribe.lost")

    async def control(self, request: Request) -> Response:
        body = await _body(request)
        try:
            sigv4.check(_request("POST", request, body), "transcribe", self._desk.secrets, datetime.now(UTC))
            answer = self._desk.vocabularies.call(request.headers.get("x-amz-target", ""), body)
        except sigv4.Refused as refused:
            return _error(403, refused.code, str(refused))
        except Rejected as rejected:
            return _error(400, rejected.code, str(rejected))
        return JSONResponse(answer, media_type="application/x-amz-json-1.1")

    async def speech(self, request: Request) -> Response:
        body = await _body(request)
        try:
            sigv4.check(_request("POST", request, body), "polly", self._desk.secrets, datetime.now(UTC))
            return await self._desk.polly.speech(body, request.state.reset)
        except sigv4.Refused as refused:
            return _error(403, refused.code, str(refused))
        except PollyError as error:
            return _error(error.status, error.code, str(error))

    async def voices(self, request: Request) -> Response:
        try:
            sigv4.check(_request("GET", request), "polly", self._desk.secrets, datetime.now(UTC))
        except sigv4.Refused as refused:
            return _error(403, refused.code, str(refused))
        return self._desk.polly.voices(request)

    async def faults(self, request: Request) -> Response:
        faults = self._desk.faults
        if request.method == "DELETE":
            faults.clear()
        if request.method == "POST":
            try:
                faults.add(Fault.model_validate_json(await _body(request)))
            except (ValidationError, ValueError) as error:
                return _error(400, "ValidationException", str(error))
        return JSONResponse({"faults": [fault.model_dump() for fault in faults.coming()]})

    async def stats(self, _: Request) -> Response:
        return JSONResponse({"open_streams": self._streams, **self._desk.stats.summary()})


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_BODY:
            return b""  # no call is this large; an empty body fails every check
    return bytes(body)


def _request(method: str, connection: HTTPConnection, body: bytes = b"") -> sigv4.Request:
    return sigv4.Request(
        method=method,
        path=connection.url.path,
        query=connection.url.query,
        headers=dict(connection.headers.items()),
        body=body,
    )


def _error(status: int, code: str, message: str) -> JSONResponse:
    """An error as the JSON protocols of AWS carry it: the name in a header and the body."""
    content: dict[str, Any] = {"__type": code, "message": message}
    return JSONResponse(content, status, headers={"x-amzn-ErrorType": code})
