"""Twilio's paged lists."""

from collections.abc import Sequence
from urllib.parse import urlencode

from aiohttp import web

from local.carrier.rest.form import Refused

_MAX_PAGE = 1000


def page(request: web.Request, name: str, items: Sequence[dict[str, object]]) -> web.Response:
    """One page of a list, by the query's `Page` and `PageSize`."""
    size = min(_whole(request, "PageSize", 50), _MAX_PAGE) or 50
    number = _whole(request, "Page", 0)
    first = number * size
    shown = items[first : first + size]
    following = _uri(request, number + 1, size) if first + size < len(items) else None
    return web.json_response(
        {
            name: shown,
            "page": number,
            "page_size": size,
            "start": first,
            "end": first + len(shown) - 1 if shown else first,
            "uri": _uri(request, number, size),
            "first_page_uri": _uri(request, 0, size),
            "previous_page_uri": _uri(request, number - 1, size) if number else None,
            "next_page_uri": following,
        }
    )


def meta_page(request: web.Request, name: str, items: Sequence[dict[str, object]]) -> web.Response:
    """A whole list in the shape of Twilio's newer APIs, which put what is said of the page under `meta`."""
    url = str(request.url)
    meta = {"key": name, "page": 0, "page_size": _MAX_PAGE, "url": url, "first_page_url": url}
    return web.json_response({name: list(items), "meta": {**meta, "next_page_url": None, "previous_page_url": None}})


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Refused(20001, why=f"'{name}' must be a whole number")
    return int(text)


def _uri(request: web.Request, number: int, size: int) -> str:
    query = {**request.query, "Page": str(number), "PageSize": str(size)}
    return f"{request.path}?{urlencode(query)}"
