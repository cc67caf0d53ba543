"""Serves the softphone's page, and the record of a call as it is written.

The page itself opens the carrier's WebSocket for sound and keys; what it shows as transcript and timing comes from the
call's event log, read again and again from the table, so it is what the product has written down and nothing else.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.ports import CallStore, LogEntry, ProviderError

LOOK_EVERY_S = 0.15
SETTLED_S = 1.5
"""After a call has ended, its last lines may still be on their way."""
UNKNOWN_S = 30.0
"""A call that nobody has written down by then never will be."""

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'self'; connect-src 'self' ws://127.0.0.1:*; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)


@dataclass(frozen=True, slots=True)
class Softphone:
    """What the page needs to know. `carrier` is the WebSocket of the carrier's browser phone."""

    carrier: str
    business: str
    from_: str
    to: str
    voice: str
    """Speaks the lines that are typed."""


def build_app(pages: Path, store: CallStore, phone: Softphone) -> Starlette:
    """The page under `/`, its configuration, and `calls/{sid}/record` as server-sent events."""

    async def config(request: Request) -> Response:
        return JSONResponse({key.rstrip("_"): value for key, value in asdict(phone).items()})

    async def record(request: Request) -> Response:
        call_sid = request.path_params["sid"]
        if not _CALL_SID.fullmatch(call_sid):
            return Response(status_code=404)
        return StreamingResponse(_events(store, call_sid), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/config.json", config),
            Route("/calls/{sid}/record", record),
            Mount("/", StaticFiles(directory=pages, html=True)),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(_Headers),
        ],
    )


async def tail(store: CallStore, call_sid: str) -> AsyncIterator[LogEntry]:
    """Every line of the call's record once, as it comes; ends when the call has, and nothing more came."""
    loop = asyncio.get_running_loop()
    seen: set[str] = set()
    last = loop.time()
    while True:
        try:
            entries = await asyncio.to_thread(store.log, call_sid)
            call = await asyncio.to_thread(store.get, call_sid)
        except ProviderError:
            entries, call = (), None
        for entry in entries:
            if entry.key not in seen:
                seen.add(entry.key)
                last = loop.time()
                yield entry
        patience = UNKNOWN_S if call is None else SETTLED_S
        if (call is None or call.ended_at is not None) and loop.time() - last > patience:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _events(store: CallStore, call_sid: str) -> AsyncIterator[str]:
    async for entry in tail(store, call_sid):
        line = {"kind": entry.kind, "at": entry.at.isoformat(), "data": entry.data}
        yield f"id: {entry.key}\ndata: {json.dumps(line)}\n\n"
    yield "event: over\ndata: {}\n\n"


class _Headers:
    """Adds the page's own rules to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, partial(_send, send) if scope["type"] == "http" else send)


async def _send(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_HEADERS]
    await send(message)
