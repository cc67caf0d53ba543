"""The carrier as a whole: one HTTP server on loopback, and everything behind it."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any, Self

import aiohttp
from aiohttp import web

from local.carrier import lab
from local.carrier.call import Call
from local.carrier.config import CarrierConfig
from local.carrier.courier import Courier
from local.carrier.exchange import Exchange
from local.carrier.handset import Phone
from local.carrier.limits import Limits
from local.carrier.plant import Plant
from local.carrier.recordings import Recordings
from local.carrier.rest import api
from local.carrier.routes import Routes
from local.carrier.speech import Hearing, Voice
from local.carrier.tape import Shelf
from local.carrier.timeline import Event, Feed, Timeline
from local.carrier.trouble import Troubles
from local.listener import listener


class CallHandle:
    """One call as a test or a demonstration sees it."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def sid(self) -> str:
        return self._call.record.sid

    @property
    def status(self) -> str:
        return self._call.record.status.value

    @property
    def timeline(self) -> Timeline:
        return self._call.timeline

    @property
    def events(self) -> list[Event]:
        return self._call.timeline.events

    async def ended(self, timeout_s: float) -> str:
        """Wait for the end of the call and of its callbacks; the final status. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._call.closed.wait()
        return self.status

    @property
    def parent_sid(self) -> str:
        """The call whose <Dial> made this one; empty for others."""
        return self._call.record.parent_sid

    @property
    def sip_headers(self) -> dict[str, str]:
        return dict(self._call.record.sip_headers)

    @property
    def kept(self) -> list[bytes]:
        """What the phone kept of what it was told, as a mailbox does: mu-law at 8 kHz."""
        return self._call.handset.kept

    def hang_up(self) -> None:
        """The phone hangs up."""
        self._call.handset.hang_up()

    def press(self, digits: str) -> None:
        """The phone's keys."""
        self._call.handset.press(digits)

    def wav(self) -> bytes:
        """Both sides as a stereo WAV file: left the caller, right what the caller heard, from the answer on."""
        return b"".join(self._call.tape.wav())


class Carrier:
    """`async with Carrier(config) as carrier:` listens at `carrier.url`; leaving it ends every call."""

    url: str
    exchange: Exchange

    def __init__(self, config: CarrierConfig) -> None:
        self._config = config
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self._stack.aclose()

    async def call(self, from_: str, to: str, phone: Phone) -> CallHandle:
        """A phone calls one of the account's numbers. Raises UnknownNumber, PhoneFailed."""
        return CallHandle(await self.exchange.dial_in(from_, to, phone))

    def handle(self, call_sid: str) -> CallHandle:
        """A call known by name, such as one created through REST. Raises KeyError."""
        return CallHandle(self.exchange.calls[call_sid])

    def calls(self) -> Iterable[CallHandle]:
        """Every call kept, oldest first."""
        return [CallHandle(call) for call in self.exchange.calls.values()]

    async def _start(self, stack: AsyncExitStack) -> None:
        config = self._config
        sock = listener(config.host, config.port)
        stack.callback(sock.close)
        self.url = f"http://{config.host}:{sock.getsockname()[1]}"
        routes = Routes(config.routes)
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        )
        shelf = Shelf()
        stack.callback(shelf.close)
        plant = Plant(
            account_sid=config.account_sid,
            auth_token=config.auth_token,
            api_url=self.url,
            pace=config.pace,
            session=session,
            routes=routes,
            courier=Courier(session, routes, config.auth_token),
            voice=await stack.enter_async_context(Voice(config.polly_url)),
            hearing=Hearing(session, config.transcribe_url),
            shelf=shelf,
            recordings=Recordings(shelf),
            feed=Feed(),
            troubles=Troubles(),
        )
        limits = Limits(calls_per_second=config.calls_per_second)
        self.exchange = Exchange(plant, await stack.enter_async_context(asyncio.TaskGroup()), limits)
        stack.push_async_callback(self.exchange.close)
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.SockSite(runner, sock).start()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=lab.MAX_BODY_BYTES)
        application.add_routes([*api.routes(self.exchange), *lab.routes(self.exchange)])
        return application
