"""The page, and what it asks below `/api`.

API Gateway lets nobody through there without a token of the user pool's. Who it is of, it says in the event: nothing
else is believed.
"""

import logging
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from functions.desk import answers, handling
from functions.desk.dependencies import Dependencies
from functions.desk.request import Wrong, body_of, person_of
from shared.adapters.twilio_recordings import Piece
from shared.ports import Person, ProviderError

log = logging.getLogger(__name__)

type Ask = Callable[[Dependencies, Person, Request, bytes], answers.Answer | Piece]

ASKED: tuple[tuple[str, str, Ask], ...] = (
    ("GET", "/api/desk", answers.desk),
    ("POST", "/api/ticket", answers.ticket),
    ("PUT", "/api/presence", answers.presence),
    ("GET", "/api/history", answers.history),
    ("GET", "/api/calls/{sid}", answers.call),
    ("PUT", "/api/calls/{sid}/review", answers.correct),
    ("PUT", "/api/calls/{sid}/holder", handling.hold),
    ("GET", "/api/calls/{sid}/recordings", handling.recordings),
    ("GET", "/api/calls/{sid}/recordings/{recording}", handling.sound),
    ("POST", "/api/follow-ups", answers.add),
    ("PUT", "/api/follow-ups/{id}", answers.do),
)


def build_app(deps: Dependencies, page: list[BaseRoute]) -> Starlette:
    """The page, what it asks, and a health check."""
    asked = [Route(path, _endpoint(deps, ask), methods=[method]) for method, path, ask in ASKED]
    health = Route("/health", _health, methods=["GET"])
    app = Starlette(routes=[*asked, health, *page], middleware=[Middleware(GZipMiddleware, minimum_size=1_000)])
    app.router.redirect_slashes = False
    return app


def _endpoint(deps: Dependencies, ask: Ask) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            me, body = person_of(request.scope), await body_of(request)
            answer = await run_in_threadpool(ask, deps, me, request, body)
        except Wrong as wrong:
            return JSONResponse({"wrong": str(wrong)}, wrong.status)
        except ProviderError as error:
            log.exception("desk_failed", extra={"error": type(error).__name__})
            return JSONResponse({"wrong": "What this needs does not answer. Try again."}, 503)
        if isinstance(answer, Piece):
            return Response(answer.content, headers=_AS_IT_IS | {"x-last": "yes" if answer.last else "no"})
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return endpoint


_AS_IT_IS = {"content-type": "audio/wav", "content-encoding": "identity", "cache-control": "no-store"}
"""Sound is not packed again on its way."""


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok")
