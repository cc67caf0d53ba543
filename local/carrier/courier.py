"""Requests to the account's webhooks as Twilio makes them: signed, with deadlines, retries and connection overrides.

Overrides ride in the URL's fragment, `#rc=2&rp=ct,rt&ct=2000` (Twilio, "Connection Overrides"); the fragment is never
sent and never signed.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urljoin

import aiohttp

from local.carrier.routes import Destination, MalformedUrl, NoRoute, Routes
from shared.wire import signature

MAX_BODY_BYTES = 64 * 1024
MAX_MEDIA_BYTES = 16 * 1024 * 1024
MAX_HTTP_REDIRECTS = 10

type Fields = list[tuple[str, str]]
type Method = Literal["GET", "POST"]
type Fault = Literal["ct", "rt", "4xx", "5xx", "other"]


class Undelivered(Exception):
    """A request failed after its retries; `code` is Twilio's error code."""

    def __init__(self, code: int, fault: Fault = "other", status: int | None = None) -> None:
        super().__init__(f"{code} ({status or fault})")
        self.code = code
        self.fault = fault
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer. `body` holds at most one byte more than was allowed."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one request, for the timeline. `fault` is None when it was answered with 2xx."""

    url: str
    number: int
    took_ms: int
    status: int | None
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Overrides:
    """Deadlines in ms, and which faults are tried again how often. The defaults are Twilio's."""

    connect_ms: int = 5000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    def retry(self, fault: Fault) -> bool:
        return fault in self.policy or "all" in self.policy


def overrides(url: str) -> Overrides:
    """The overrides in a URL's fragment; a value out of range counts as its default."""
    given = dict(parse_qsl(url.partition("#")[2]))
    policy = frozenset(given.get("rp", "").split(",")) & {"4xx", "5xx", "ct", "rt", "all"}
    return Overrides(
        connect_ms=_ranged(given.get("ct"), 100, 10_000, 5000),
        read_ms=_ranged(given.get("rt"), 100, 15_000, 15_000),
        total_ms=_ranged(given.get("tt"), 100, 15_000, 15_000),
        retries=_ranged(given.get("rc"), 0, 5, 1),
        policy=policy or frozenset({"ct"}),
    )


class Courier:
    """Sends requests to the public URLs of the account, over the route table."""

    def __init__(self, session: aiohttp.ClientSession, routes: Routes, auth_token: str) -> None:
        self._session = session
        self._routes = routes
        self._auth_token = auth_token

    async def send(
        self,
        url: str,
        method: Method,
        fields: Fields,
        watch: Callable[[Attempt], None],
        most_bytes: int = MAX_BODY_BYTES,
    ) -> Reply:
        """Deliver the fields, signed; returns the 2xx answer. Raises Undelivered."""
        rules = overrides(url)
        token = secrets.token_hex(18)
        failure = Undelivered(11200, "rt")
        number, begun = 0, monotonic()
        try:
            async with asyncio.timeout(rules.total_ms / 1000):
                while number <= rules.retries:
                    number, begun = number + 1, monotonic()
                    try:
                        reply = await self._follow(url, method, fields, rules, token, most_bytes)
                    except Undelivered as failed:
                        failure = failed
                        watch(_attempt(url, number, begun, failed.status, failed.fault))
                        if not rules.retry(failed.fault):
                            break
                    else:
                        watch(_attempt(url, number, begun, reply.status, None))
                        return reply
        except TimeoutError:
            watch(_attempt(url, number, begun, None, "rt"))
        raise failure

    async def media(self, url: str) -> Reply:
        """Fetch a sound file for <Play>. Raises Undelivered."""
        try:
            async with asyncio.timeout(15):
                return await self._once(url, "GET", [], Overrides(), None, MAX_MEDIA_BYTES)
        except TimeoutError:
            raise Undelivered(11200, "rt") from None

    async def _follow(
        self, url: str, method: Method, fields: Fields, rules: Overrides, token: str, most_bytes: int
    ) -> Reply:
        """One attempt. Redirects are followed with GET; the fields are lost, as with Twilio."""
        for _ in range(MAX_HTTP_REDIRECTS):
            try:
                return await self._once(url, method, fields, rules, token, most_bytes)
            except _Moved as moved:
                url, method, fields = urljoin(url, moved.location), "GET", []
        raise Undelivered(11215)

    async def _once(
        self, url: str, method: Method, fields: Fields, rules: Overrides, token: str | None, limit: int
    ) -> Reply:
        address = url.partition("#")[0]
        if method == "GET" and fields:
            address += ("&" if "?" in address else "?") + urlencode(fields)
        signed = fields if method == "POST" else []
        destination = self._destination(address)
        headers = {
            "Host": destination.host,
            "User-Agent": "TwilioProxy/1.1",
            signature.HEADER: signature.sign(self._auth_token, address, signed),
        }
        if token:
            headers["I-Twilio-Idempotency-Token"] = token
        body = urlencode(fields).encode() if method == "POST" else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=rules.connect_ms / 1000, sock_read=rules.read_ms / 1000
        )
        try:
            async with self._session.request(
                method, destination.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return await _reply(response, limit)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            raise Undelivered(11205, "ct") from None
        except aiohttp.SocketTimeoutError:
            raise Undelivered(11200, "rt") from None
        except (aiohttp.ClientError, ValueError):
            raise Undelivered(11200) from None

    def _destination(self, url: str) -> Destination:
        try:
            destination = self._routes.destination(url)
        except NoRoute:
            raise Undelivered(11210) from None
        except MalformedUrl:
            raise Undelivered(11100) from None
        if destination.url.scheme not in ("http", "https"):
            raise Undelivered(11100)
        return destination


class _Moved(Exception):
    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


async def _reply(response: aiohttp.ClientResponse, limit: int) -> Reply:
    status = response.status
    if 300 <= status < 400 and (location := response.headers.get("Location")):
        raise _Moved(location)
    if not 200 <= status < 300:
        fault: Fault = "4xx" if 400 <= status < 500 else "5xx" if status >= 500 else "other"
        raise Undelivered(11200, fault, status)
    body = bytearray()
    async for piece in response.content.iter_chunked(16_384):
        body += piece[: limit + 1 - len(body)]
        if len(body) > limit:
            break
    return Reply(status, response.headers.get("Content-Type", ""), bytes(body))


def _attempt(url: str, number: int, begun: float, status: int | None, fault: Fault | None) -> Attempt:
    shown = url.partition("#")[0].partition("?")[0]
    return Attempt(shown, number, round((monotonic() - begun) * 1000), status, fault)


def _ranged(text: str | None, low: int, high: int, default: int) -> int:
    if text is None or not text.isascii() or not text.isdigit():
        return default
    return int(text) if len(text) < 9 and low <= int(text) <= high else default
