"""The web application Twilio talks to: four webhooks behind one door, and a health check."""

from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from functions import call_status, next_step, stream_status, voice
from functions.dependencies import Dependencies
from functions.webhook import Endpoint, Refusal, refuse, webhook

HEALTH = "/health"


def build_app(deps: Dependencies) -> Starlette:
    """The application. It has no state of its own, so any number of them may run."""
    endpoints: dict[str, Endpoint] = {
        voice.PATH: partial(voice.voice, deps),
        next_step.PATH: partial(next_step.next_step, deps),
        call_status.PATH: partial(call_status.call_status, deps),
        stream_status.PATH: partial(stream_status.stream_status, deps),
    }
    served = [Route(path, webhook(deps.door, path, endpoint), methods=["POST"]) for path, endpoint in endpoints.items()]
    app = Starlette(
        routes=[*served, Route(HEALTH, _health, methods=["GET"])],
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
