"""The page: its files, where it finds the rest, and the rules by which a browser holds it to that."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

INDEX: Final = "index.html"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the page signs in and listens. None of it is secret."""

    issuer: str
    sign_in: str
    client: str
    socket: str


def routes(folder: Path, places: Places) -> list[BaseRoute]:
    """Every file of the folder under its own name, `index.html` at the root, and `config.json`."""
    headers = _headers(places)

    async def config(request: Request) -> Response:
        told = {"issuer": places.issuer, "sign_in": places.sign_in, "client": places.client, "socket": places.socket}
        return JSONResponse(told, headers=headers)

    served = [_file(path, headers) for path in sorted(folder.iterdir()) if path.is_file()]
    return [*served, Route("/config.json", config)]


def _file(path: Path, headers: Mapping[str, str]) -> Route:
    content, kind = path.read_bytes(), mimetypes.guess_type(path.name)[0]

    async def file(request: Request) -> Response:
        return Response(content, media_type=kind, headers=dict(headers))

    return Route("/" if path.name == INDEX else f"/{path.name}", file)


def _headers(places: Places) -> Mapping[str, str]:
    """Nothing runs, and nothing is asked, that is not ours or named here (Content Security Policy, level 3)."""
    beyond = " ".join(_origin(url) for url in (places.sign_in, places.socket))
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "media-src": "'self' blob:",
        "connect-src": f"'self' {beyond}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
