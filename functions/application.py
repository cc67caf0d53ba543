"""A web application of Twilio's webhooks behind one door, and a health check."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from functions.webhook import DEADLINE_S, Door, Endpoint, Refusal, refuse, webhook

HEALTH = "/health"


def application(
    door: Door,
    endpoints: Mapping[str, Endpoint],
    *,
    public: Mapping[str, Callable[[Request], Awaitable[Response]]] | None = None,
    posts: Mapping[str, Callable[[Request], Awaitable[Response]]] | None = None,
    deadline_s: float = DEADLINE_S,
) -> Starlette:
    """The application, by path; `public` is what anybody may get, and `posts` what others than the carrier
    sign by a rule of their own. It has no state, so any number of them may run."""
    served = [
        Route(path, webhook(door, path, endpoint, deadline_s), methods=["POST"]) for path, endpoint in endpoints.items()
    ]
    shown = [Route(path, endpoint, methods=["GET"]) for path, endpoint in (public or {}).items()]
    others = [Route(path, endpoint, methods=["POST"]) for path, endpoint in (posts or {}).items()]
    app = Starlette(
        routes=[*served, *shown, *others, Route(HEALTH, _health, methods=["GET"])],
        exception_handlers={HTTPException: partial(_not_served, frozenset(endpoints))},
    )
    app.router.redirect_slashes = False
    return app


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok")


async def _not_served(paths: frozenset[str], request: Request, error: Exception) -> Response:
    """No such path (404), or not by this method (405). A stranger's path is not repeated in the log."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.url.path if request.url.path in paths else "/"
    return refuse(path, Refusal(status, "method" if status == 405 else "path"))
