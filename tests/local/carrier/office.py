"""The account's side of the carrier, as small as it can be: TwiML pages, a record of every request, a media socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from local.carrier.config import CarrierConfig
from local.carrier.phones.script import Script
from local.carrier.record import Webhook
from local.carrier.server import CallHandle, Carrier
from local.carrier.sound import tone
from shared.wire import event_stream, signature

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "an-auth-token"
VOICE = "https://voice.example.test"
MEDIA = "wss://media.example.test"
CLINIC = "+14155550100"
CALLER = "+14155550199"

type Socket = Callable[[web.WebSocketResponse], Awaitable[None]]
type Answer = web.StreamResponse | Callable[[web.Request], Awaitable[web.StreamResponse]]


def xml(body: str) -> web.Response:
    return web.Response(text=f"<Response>{body}</Response>", content_type="text/xml")


def stream(path: str = "/media", inside: str = "", **attributes: str) -> str:
    """<Connect><Stream> with a status callback."""
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<Stream url="{MEDIA}{path}" statusCallback="{VOICE}/stream"{extra}>{inside}</Stream>'


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came, and whether its signature holds over the public URL."""

    path: str
    method: str
    fields: dict[str, str]
    headers: dict[str, str]
    signed: bool


@dataclass
class Office:
    """Answers `/path` with the next entry of `pages[path]`, the last one for ever; unknown paths with 204."""

    pages: dict[str, list[Answer]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    upgrades: list[Received] = field(default_factory=list)
    socket: Socket | None = None
    socket_failures: list[BaseException] = field(default_factory=list)
    url: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def page(self, path: str, *answers: str | Answer) -> None:
        self.pages[path] = [xml(answer) if isinstance(answer, str) else answer for answer in answers]

    def at(self, path: str) -> list[Received]:
        return [request for request in self.received if request.path == path]

    async def until(self, path: str, count: int = 1, within_s: float = 5, **fields: str) -> Received:
        """The `count`-th request to the path with these fields."""

        def matching() -> list[Received]:
            return [r for r in self.at(path) if fields.items() <= r.fields.items()]

        async with asyncio.timeout(within_s):
            while len(matching()) < count:
                self._changed.clear()
                await self._changed.wait()
        return matching()[count - 1]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        received = _received(request, await request.text(), MEDIA if upgrade else VOICE)
        (self.upgrades if upgrade else self.received).append(received)
        self._changed.set()
        if upgrade and self.socket and request.path not in self.pages:
            return await self._converse(request, self.socket)
        answers = self.pages.get(request.path)
        if not answers:
            return web.Response(status=204)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, web.Response):
            # A response object serves one request only.
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
        assert callable(answer)
        return await answer(request)

    async def _converse(self, request: web.Request, converse: Socket) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        try:
            await converse(socket)
        except Exception as failure:
            self.socket_failures.append(failure)
        return socket


def _received(request: web.Request, body: str, public: str) -> Received:
    fields = parse_qsl(body, keep_blank_values=True)
    url = public + request.path_qs
    given = request.headers.get(signature.HEADER, "")
    shown = dict(fields) if request.method == "POST" else dict(request.query)
    signed = given == signature.sign(TOKEN, url, fields)
    host = public.partition("://")[2]
    return Received(
        request.path, request.method, shown, dict(request.headers), signed and request.headers["Host"] == host
    )


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """A server on any free port of loopback; gives its URL."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Telephony:
    """An office and a carrier that know each other."""

    office: Office
    carrier: Carrier

    async def call(self, *steps: Any) -> CallHandle:
        """A scripted caller rings the clinic."""
        return await self.carrier.call(CALLER, CLINIC, Script(*steps))


@asynccontextmanager
async def telephony(
    polly_url: str | None = None, transcribe_url: str | None = None, pace: float = 5
) -> AsyncIterator[Telephony]:
    """An office and a carrier where calls pass five times as fast as in real life.

    The clinic's number leads to `/voice`, its fallback to nothing, its status callback to `/status`.
    """
    office = Office()
    async with served(office.handle) as url:
        office.url = url
        config = CarrierConfig(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            routes={VOICE: url, MEDIA: url.replace("http", "ws")},
            polly_url=polly_url,
            transcribe_url=transcribe_url,
            pace=pace,
        )
        async with Carrier(config) as carrier:
            number = carrier.exchange.add_number(CLINIC)
            number.voice = _webhook("/voice")
            number.status_callback = _webhook("/status")
            yield Telephony(office, carrier)
    assert office.socket_failures == []


def _webhook(path: str) -> Webhook:

    return Webhook(VOICE + path)


async def polly(request: web.Request) -> web.StreamResponse:
    """Amazon Polly's SynthesizeSpeech, answering every text with 200 ms of tone; `fail` fails."""

    order = json.loads(await request.text())
    if request.path != "/v1/speech" or order["OutputFormat"] != "mulaw" or order["Text"] == "fail":
        return web.json_response({"message": "no"}, status=400, headers={"x-amzn-ErrorType": "InvalidSsmlException"})
    return web.Response(body=tone(440, 200), content_type="audio/mulaw")


async def transcribe(request: web.Request) -> web.StreamResponse:
    """Amazon Transcribe's WebSocket API, which says how many ms of sound it was given."""
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    decoder = event_stream.Decoder()
    heard = 0
    async for message in socket:
        assert message.type is WSMsgType.BINARY
        for event in decoder.feed(message.data):
            heard += len(event.payload)
            if not event.payload:
                await socket.send_bytes(_result(f"heard {heard // 16} ms"))
                await socket.close()
    return socket


def _result(text: str) -> bytes:
    items = [{"Content": word, "Confidence": 0.75} for word in text.split()]
    results = [{"IsPartial": False, "Alternatives": [{"Transcript": text, "Items": items}]}]
    headers = {":message-type": "event", ":event-type": "TranscriptEvent", ":content-type": "application/json"}
    return event_stream.encode(headers, json.dumps({"Transcript": {"Results": results}}).encode())
