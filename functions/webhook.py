"""The door every webhook passes: a form, of reasonable size, signed by the carrier, answered in time.

Whatever is wrong with a request becomes a `Refusal`, and a refusal a status, here and nowhere else. A failure of ours
becomes a 5xx, never an apology: on a 5xx Twilio turns to the number's fallback URL, which does not depend on us and
can still reach people, while an apology of ours would end the call.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from shared.wire import signature, twiml

MAX_BODY_BYTES = 64 * 1024
"""A Twilio form is a few kB; what a caller says adds at most a few more."""
MAX_FIELDS = 200
MAX_VALUE_CHARS = 1_000
"""Of a field we read."""

CLOCKS_APART = timedelta(days=1)
"""Twilio's callbacks come within seconds, or its few retries; a time further off is not one to order a log by."""

DEADLINE_S = 8.0
"""Twilio waits 15 s and the caller waits in silence; past this the fallback URL serves better."""

FORM = "application/x-www-form-urlencoded"

_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")

log = logging.getLogger(__name__)


class Refusal(Exception):
    """The request will not be served. `reason` is a fixed word for the log; nothing of the request is repeated."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Form:
    """Decoded fields of the form and the query as they came: blank ones kept, repeated ones kept."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str, *, cut: bool = False) -> str:
        """The field's value, empty if absent. Refused if it is given with different values, or (unless it may be `cut`)
        too long."""
        values = {value for key, value in self.fields if key == name}
        if len(values) > 1:
            raise Refusal(400, "repeated-field")
        value = values.pop() if values else ""
        if len(value) > MAX_VALUE_CHARS and not cut:
            raise Refusal(400, "long-field")
        return value[:MAX_VALUE_CHARS]

    def count(self, name: str) -> int | None:
        """The field as a whole number; None if absent or anything else."""
        value = self.get(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None

    def time(self, name: str, read: Callable[[str], datetime], arrival: datetime) -> datetime:
        """When it happened, by the carrier's clock (UTC if it names no zone).

        It is `arrival` instead when `read` raises ValueError, or when the two are a day or more apart.
        """
        try:
            told = read(self.get(name))
            zoned = told if told.tzinfo else told.replace(tzinfo=UTC)
            return zoned.astimezone(UTC) if abs(zoned - arrival) < CLOCKS_APART else arrival
        except (ValueError, OverflowError):
            return arrival

    def call_sid(self) -> str:
        value = self.get("CallSid")
        if not _CALL_SID.fullmatch(value):
            raise Refusal(400, "call-sid")
        return value


type Verbs = tuple[twiml.Verb, ...] | None
"""None when the carrier expects no instructions."""

type Endpoint = Callable[[Form], Awaitable[Verbs]]
"""What one webhook does."""


def in_a_thread(work: Callable[[Form], Verbs]) -> Endpoint:
    """Of work that blocks."""

    async def endpoint(form: Form) -> Verbs:
        return await asyncio.to_thread(work, form)

    return endpoint


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in what the carrier signed for one public address. `public_base_url` has no path."""

    public_base_url: str
    auth_tokens: tuple[str, ...]

    async def form(self, request: Request, path: str) -> Form:
        """The request's form. Raises Refusal: 403 unsigned or forged, 415, 413, 400.

        The signed URL is built from configuration, because proxies and Lambda adapters change host, scheme and path.
        """
        signed = request.headers.getlist(signature.HEADER)
        if len(signed) != 1:
            raise Refusal(403, "unsigned")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise Refusal(415, "content-type")
        fields = _fields(await body_of(request))
        query = request.scope["query_string"].decode("latin-1")
        url = self.public_base_url + path + (f"?{query}" if query else "")
        if not signature.is_valid(self.auth_tokens, url, fields, signed[0]):
            raise Refusal(403, "forged")
        return Form(fields + _fields(query.encode("latin-1")))


def webhook(door: Door, path: str, endpoint: Endpoint, deadline_s: float) -> Callable[[Request], Awaitable[Response]]:
    """An ASGI route for `endpoint`: every request gets an answer, within the deadline."""

    async def serve(request: Request) -> Response:
        started = time.perf_counter()
        about = {"path": path}
        try:
            async with asyncio.timeout(deadline_s):
                form = await door.form(request, path)
                about["call_sid"] = form.get("CallSid")
                reply = _reply(await endpoint(form))
        except Refusal as refusal:
            return refuse(path, refusal)
        except TimeoutError:
            log.error("webhook_late", extra=about | {"status": 503})
            return PlainTextResponse("", 503)
        except Exception:
            log.exception("webhook_failed", extra=about | {"status": 500})
            return PlainTextResponse("", 500)
        log.info("webhook_answered", extra=about | {"duration_ms": round(1000 * (time.perf_counter() - started))})
        return reply

    return serve


def refuse(path: str, refusal: Refusal) -> Response:
    """The answer to a request that will not be served; the log keeps why, and nothing of what it held."""
    log.warning("webhook_refused", extra={"path": path, "status": refusal.status, "reason": refusal.reason})
    return PlainTextResponse("", refusal.status)


def _reply(verbs: Verbs) -> Response:
    if verbs is None:
        return Response(status_code=204)
    return Response(twiml.response(*verbs), media_type=twiml.CONTENT_TYPE)


async def body_of(request: Request) -> bytes:
    body = bytearray()
    try:
        async with aclosing(request.stream()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise Refusal(413, "oversized")
    except ClientDisconnect:
        raise Refusal(400, "disconnected") from None
    return bytes(body)


def _fields(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Refusal(400, "form") from None
    return tuple(pairs)
