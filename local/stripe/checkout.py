"""Checkout sessions: made by `POST /v1/checkout/sessions`, paid or let expire by whoever has their page.

GET  /                         every link, newest first
GET  /pay/{id}                 the page: the sum, what for, and a button for each of its fates
POST /lab/sessions/{id}/{fate} `paid`, `expired`, `failed`: the account's webhook is told, as often as this is asked
GET  /lab/sessions             every session, newest last
"""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape

import aiohttp
from aiohttp import web

from local.listener import listener
from shared.wire import stripe_signature

API_KEY, WEBHOOK_SECRET = "sk_test_local", "whsec_local"
_EVENTS = {
    "paid": ("checkout.session.completed", "paid"),
    "waits": ("checkout.session.completed", "unpaid"),
    "expired": ("checkout.session.expired", "unpaid"),
    "failed": ("checkout.session.async_payment_failed", "unpaid"),
}


@dataclass(slots=True)
class Session:
    id: str
    amount: int
    currency: str
    name: str
    payment: str
    status: str = "open"


class Stripe:
    """Handlers. `webhook` is where the account is told, `url` where this stand-in is."""

    def __init__(self, webhook: str) -> None:
        self.webhook = webhook
        self.sessions: dict[str, Session] = {}
        self.orders = 0
        self._by_key: dict[str, Session] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/checkout/sessions", self.create),
            web.get("/", self.links),
            web.get("/pay/{id}", self.page),
            web.get("/lab/sessions", self.list),
            web.post("/lab/sessions/{id}/{fate}", self.happens),
        ]

    async def create(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {API_KEY}":
            return web.json_response({"error": {"type": "invalid_request_error"}}, status=401)
        form, key = await request.post(), request.headers.get("Idempotency-Key", "")
        self.orders += 1
        price = "line_items[0][price_data]"
        wanted = ("mode", "success_url", f"{price}[currency]", f"{price}[unit_amount]", "line_items[0][quantity]")
        if not all(form.get(name) for name in wanted) or not str(form[f"{price}[unit_amount]"]).isdecimal():
            return web.json_response({"error": {"type": "invalid_request_error"}}, status=400)
        session = self._by_key.get(key) or Session(
            f"cs_test_{secrets.token_urlsafe(8)}",
            int(str(form[f"{price}[unit_amount]"])),
            str(form[f"{price}[currency]"]),
            str(form.get(f"{price}[product_data][name]")),
            str(form.get("metadata[payment]")),
        )
        self.sessions[session.id] = session
        if key:
            self._by_key[key] = session
        page = f"https://checkout.stripe.test/pay/{session.id}"
        return web.json_response({"id": session.id, "object": "checkout.session", "url": page, "status": "open"})

    async def links(self, request: web.Request) -> web.Response:
        shown = (f'<p><a href="/pay/{each.id}">{_told(each)}</a></p>' for each in reversed(self.sessions.values()))
        return _html("".join(shown) or "<p>No link was sent yet.</p>")

    async def page(self, request: web.Request) -> web.Response:
        session = self._session(request)
        fates = (f'<button formaction="/lab/sessions/{session.id}/{fate}">{fate}</button>' for fate in _EVENTS)
        return _html(f'<p>{_told(session)}</p><form method="post">{"".join(fates)}</form>')

    async def list(self, request: web.Request) -> web.Response:
        return web.json_response({"sessions": [asdict(session) for session in self.sessions.values()]})

    async def happens(self, request: web.Request) -> web.Response:
        session, fate = self._session(request), request.match_info["fate"]
        if fate not in _EVENTS:
            raise web.HTTPNotFound
        kind, paid = _EVENTS[fate]
        session.status = fate
        made = {"id": session.id, "object": "checkout.session", "payment_status": paid, "payment_intent": "pi_local"}
        event = {"type": kind, "data": {"object": {**made, "metadata": {"payment": session.payment}}}}
        body = json.dumps(event).encode()
        signed = stripe_signature.sign(WEBHOOK_SECRET, body, int(datetime.now(UTC).timestamp()))
        headers = {stripe_signature.HEADER: signed, "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.webhook, data=body, headers=headers) as answer,
        ):
            return web.json_response({"status": answer.status})

    def _session(self, request: web.Request) -> Session:
        session = self.sessions.get(request.match_info["id"])
        if session is None:
            raise web.HTTPNotFound
        return session


def _told(session: Session) -> str:
    sum_ = f"{session.amount / 100:.2f} {session.currency.upper()}"
    return escape(f"{session.name}: {sum_}, {session.status}")


def _html(body: str) -> web.Response:
    return web.Response(text=f"<!doctype html><title>Stripe (stand-in)</title>{body}\n", content_type="text/html")


@asynccontextmanager
async def serving_stripe(webhook: str, port: int = 0) -> AsyncIterator[tuple[str, Stripe]]:
    """Serve on loopback; its address, and what it knows."""
    sock = listener("127.0.0.1", port)
    stripe, application = Stripe(webhook), web.Application()
    application.add_routes(stripe.routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}", stripe
    finally:
        await runner.cleanup()
        sock.close()
