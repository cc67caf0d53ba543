"""The product itself, served on loopback, beside what the emulator lacks: Service Quotas, Polly, a model's provider."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from functions import fallback
from functions.dependencies import Dependencies
from functions.telephony import build_app
from functions.webhook import Door
from local.listener import listener
from tests.cli.accounts import KEY, TOKEN
from tests.fakes import FakeCallStore
from tests.payments import nobody_pays
from tests.streaming.conftest import service_parts
from tests.usecases.clinic import ADDRESSES, AGENTS, LINES, NOW
from tests.usecases.switch import nobodys

STREAMS = "Number of concurrent HTTP/2 streams for streaming transcription"


@dataclass
class World:
    """Addresses, and what the vendors say; a test changes what it is about."""

    webhook_url: str = ""
    fallback_url: str = ""
    stream_url: str = ""
    vendor_url: str = ""
    quotas: dict[str, dict[str, float]] = field(
        default_factory=lambda: {
            "transcribe": {STREAMS: 500, "Number of concurrent HTTP/2 streams for medical streaming transcription": 1},
            "polly": {"Neural SynthesizeSpeech throttle limit in transactions per second": 80},
            "fargate": {"Fargate On-Demand vCPU resource count": 100, "Fargate Spot vCPU resource count": 1},
        }
    )
    denied: bool = False
    token: str | None = TOKEN
    """What the fallback finds in its secret; None when it cannot read it."""
    webhook_tokens: tuple[str, ...] = (TOKEN,)
    store: FakeCallStore = field(default_factory=FakeCallStore)

    async def vendor(self, request: Request) -> Response:
        """Amazon Polly's DescribeVoices, Service Quotas' lists, and a provider's list of models."""
        if request.url.path == "/v1/models":
            return JSONResponse({"data": []}, 200 if request.headers["Authorization"] == f"Bearer {KEY}" else 401)
        if self.denied:
            what = "polly:DescribeVoices" if request.url.path == "/v1/voices" else "servicequotas:ListServiceQuotas"
            told = f"User: arn:aws:iam::1:user/me is not authorized to perform: {what} on resource: *"
            return JSONResponse({"__type": "AccessDeniedException", "Message": told}, 400)
        if request.url.path == "/v1/voices":
            return JSONResponse({"Voices": [{"Id": "Joanna"}]})
        asked = json.loads(await request.body())["ServiceCode"]
        own = request.headers["X-Amz-Target"].endswith(".ListServiceQuotas")
        listed = self.quotas.get(asked, {}) if own else {}
        return JSONResponse({"Quotas": [{"QuotaName": name, "Value": value} for name, value in listed.items()]})

    async def fallback(self, request: Request) -> Response:
        """The fallback's Lambda behind its gateway, and the extension that gives it its secret."""
        if request.url.path.startswith("/secretsmanager"):
            return JSONResponse({"SecretString": self.token}) if self.token else JSONResponse({}, 400)
        event = {
            "requestContext": {"http": {"method": request.method}},
            "rawPath": request.url.path,
            "rawQueryString": request.url.query,
            "headers": dict(request.headers),
            "body": (await request.body()).decode(),
            "isBase64Encoded": False,
        }
        answer: dict[str, Any] = await asyncio.to_thread(fallback.handler, event, None)
        return Response(answer["body"], answer["statusCode"], answer["headers"])

    def webhooks(self, url: str) -> Starlette:
        door = Door(url, self.webhook_tokens)
        return build_app(
            Dependencies(
                door=door,
                store=self.store,
                addresses=ADDRESSES,
                agents=AGENTS,
                lines=LINES,
                switch=nobodys(self.store),
                cashier=nobody_pays(self.store),
                now=lambda: NOW,
                new_token=lambda: "token",
            )
        )


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Everything answers, and all is well."""
    made = World()
    async with AsyncExitStack() as stack:
        rest = [Route("/{path:path}", made.fallback, methods=["GET", "POST"])]
        made.fallback_url = await stack.enter_async_context(_served(lambda _: Starlette(routes=rest)))
        vendors = [Route("/{path:path}", made.vendor, methods=["GET", "POST"])]
        made.vendor_url = await stack.enter_async_context(_served(lambda _: Starlette(routes=vendors)))
        made.webhook_url = await stack.enter_async_context(_served(made.webhooks))
        service = stack.enter_context(service_parts())
        url = await stack.enter_async_context(_served(lambda _: service.app))
        made.stream_url = f"{url.replace('http', 'ws', 1)}/media"
        service.app.deps = replace(service.app.deps, stream_url=made.stream_url, auth_tokens=(TOKEN,))
        yield made


@asynccontextmanager
async def _served(build: Any) -> AsyncIterator[str]:
    """An ASGI application that is built for its own address."""
    sock = listener("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    config = uvicorn.Config(build(url), log_level="critical", lifespan="off", ws="websockets-sansio")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[sock])
    try:
        yield url
    finally:
        await server.shutdown(sockets=[sock])
