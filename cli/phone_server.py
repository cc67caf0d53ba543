"""Serves the softphone's page, and the record of a call as it is written.

The page itself opens the carrier's WebSocket for sound and keys; what it shows as transcript and timing comes from the
call's event log, read again and again from the table, so it is what the product has written down and nothing else.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from cli.pages import pages
from shared.ports import CallStore, LogEntry, ProviderError

LOOK_EVERY_S = 0.15
SETTLED_S = 1.5
"""After a call has ended, its last lines may still be on their way."""
UNKNOWN_S = 30.0
"""A call that nobody has written down by then never will be."""

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Softphone:
    """What the page needs to know. `carrier` is the WebSocket of the carrier's browser phone."""

    carrier: str
    business: str
    from_: str
    to: str
    voice: str
    """Speaks the lines that are typed."""


def build_app(folder: Path, store: CallStore, phone: Softphone, beside: Sequence[BaseRoute] = ()) -> Starlette:
    """The page under `/`, its configuration, `calls/{sid}/record` as server-sent events, and what is beside it."""

    async def config(request: Request) -> Response:
        return JSONResponse({key.rstrip("_"): value for key, value in asdict(phone).items()})

    async def record(request: Request) -> Response:
        call_sid = request.path_params["sid"]
        if not _CALL_SID.fullmatch(call_sid):
            return Response(status_code=404)
        return StreamingResponse(_events(store, call_sid), media_type="text/event-stream")

    return pages(
        [
            Route("/config.json", config),
            Route("/calls/{sid}/record", record),
            *beside,
            Mount("/", StaticFiles(directory=folder, html=True)),
        ]
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
