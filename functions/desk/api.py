"""What the page asks, below `/api`. API Gateway lets nobody through without a token of the user pool's; who it is of,
it says in the event, and that is the only word on it."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from functions.desk import shown
from functions.desk.dependencies import Dependencies
from shared.core.presence import Presence
from shared.ports import Person, ProviderError

MOST_BYTES = 64 * 1024
"""Of a request's body."""
PHONE = "custom:sip"
"""The attribute of a person who is rung by SIP; it counts before `phone_number`."""

log = logging.getLogger(__name__)

type Answer = Mapping[str, Any]
type Ask = Callable[[Dependencies, Person, Request, bytes], Answer]


class Wrong(Exception):
    """The request cannot be met: a status, and one line for a person."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Be(msgspec.Struct, forbid_unknown_fields=True):
    presence: Presence


def build_app(deps: Dependencies, page: list[BaseRoute]) -> Starlette:
    """The page, what it asks, and a health check."""
    asked = [
        _route(deps, "GET", "/api/desk", desk),
        _route(deps, "POST", "/api/ticket", ticket),
        _route(deps, "PUT", "/api/presence", presence),
        _route(deps, "GET", "/api/calls/{sid}", call),
    ]
    health = Route("/health", _health, methods=["GET"])
    app = Starlette(routes=[*asked, health, *page], middleware=[Middleware(GZipMiddleware, minimum_size=1_000)])
    app.router.redirect_slashes = False
    return app


def desk(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """Everything a page begins with."""
    deps.people.sign_in(me)
    everyone = [shown.person(at_desk) for at_desk in deps.people.everyone()]
    return {
        "me": me.id,
        "people": everyone,
        "live": [shown.call(line) for line in deps.calls.live()],
        "follow_ups": [shown.follow_up(what) for what in deps.follow_ups.open()],
        "agents": {name: shown.form(agent) for name, agent in deps.agents.items()},
    }


def ticket(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """What opens one connection (`socket`)."""
    new = deps.new_ticket()
    deps.connections.issue(new, me.id)
    return {"ticket": new}


def presence(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    deps.people.be(me.id, read(body, _Be).presence)
    return {}


def call(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """A call, whole: its state, its log, and the task under way."""
    record = deps.store.get(request.path_params["sid"])
    if record is None:
        raise Wrong(404, "There is no such call.")
    task = (record.progress or {}).get("task")
    return {
        "call": {
            "sid": record.call_sid,
            "caller": record.caller,
            "called": record.called,
            "agent": record.agent,
            "status": record.status,
            "at": record.created_at.isoformat(),
            "language": record.language,
            "ended_at": record.ended_at and record.ended_at.isoformat(),
            "outcome": record.outcome,
            "summary": (record.report or {}).get("summary"),
        },
        "lines": [shown.line(entry) for entry in deps.store.log(record.call_sid) if entry.kind not in shown.HIDDEN],
        "task": task,
        "report": record.report,
    }


def read[T](body: bytes, kind: type[T]) -> T:
    """The request's body. Raises Wrong, naming the field."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Wrong(400, str(error)) from None


def _route(deps: Dependencies, method: str, path: str, ask: Ask) -> Route:
    return Route(path, _endpoint(deps, ask), methods=[method])


def _endpoint(deps: Dependencies, ask: Ask) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            me, body = person_of(request.scope), await _body(request)
            answer = await run_in_threadpool(ask, deps, me, request, body)
        except Wrong as wrong:
            return JSONResponse({"wrong": str(wrong)}, wrong.status)
        except ProviderError as error:
            log.exception("desk_failed", extra={"error": type(error).__name__})
            return JSONResponse({"wrong": "The tables do not answer. Try again."}, 503)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return endpoint


async def _body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise Wrong(413, "That is too long.")
    return body


def person_of(scope: Mapping[str, Any]) -> Person:
    """Who asks, by the claims of the token that API Gateway has checked. Teams are the pool's groups."""
    try:
        claims: Mapping[str, str] = scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    except KeyError:
        raise Wrong(401, "Sign in first.") from None
    name = claims.get("name") or claims.get("email") or claims["cognito:username"]
    return Person(claims["sub"], name, _groups(claims), claims.get(PHONE) or claims.get("phone_number", ""))


def _groups(claims: Mapping[str, str]) -> tuple[str, ...]:
    """API Gateway hands lists over as text: `[billing sales]`."""
    given = claims.get("cognito:groups", "")
    if given.startswith('["'):
        return tuple(json.loads(given))
    return tuple(given.strip("[]").split())


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok")
