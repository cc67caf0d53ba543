"""Pages of this machine, for this machine: how they are served."""

from collections.abc import Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'self'; connect-src 'self' ws://127.0.0.1:*; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)


def pages(routes: Sequence[BaseRoute]) -> Starlette:
    """An application that answers to loopback's names only, with a policy that lets nothing else in."""
    return Starlette(
        routes=list(routes),
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(_Headers),
        ],
    )


class _Headers:
    """Adds the rules to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, partial(_send, send) if scope["type"] == "http" else send)


async def _send(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_HEADERS]
    await send(message)
