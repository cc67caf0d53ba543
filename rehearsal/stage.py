"""A whole deployment in one process: the carrier, the webhooks, the fallback, and streaming services that come and go.

Everything between the vendors' ports and the carrier is the product's own code; the network between is `Network`.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import aiohttp

from functions import fallback, telephony
from functions.application import application
from functions.dependencies import Dependencies
from functions.hold_music import hold_music
from functions.turns import turn
from functions.webhook import Door
from local.carrier.call import Call as CarrierCall
from local.carrier.courier import Courier
from local.carrier.exchange import Exchange
from local.carrier.handset import Phone
from local.carrier.limits import Limits
from local.carrier.plant import Plant
from local.carrier.record import Detection, Plan, Webhook
from local.carrier.recordings import Recordings
from local.carrier.routes import Routes
from local.carrier.tape import Shelf
from local.carrier.timeline import Feed
from local.carrier.trouble import Troubles
from rehearsal.network import App, Message, Network, Route
from rehearsal.payments import FollowUps, Payments
from rehearsal.people import AtDesks, AtPhone, Orders, Transfers
from rehearsal.speech import Speech
from rehearsal.voice import CarrierEar, CarrierVoice
from shared.core.actions import Speak
from shared.core.agent import Agent
from shared.core.attempt import AttemptKey
from shared.core.call import Call
from shared.core.chain_events import Answer
from shared.core.events import CallStarted
from shared.core.lines import fixed_segments
from shared.core.rules.question import Verdict
from shared.ports import CallStore, LanguageModel, SpeechToText, TextToSpeech, Tools
from shared.ports.campaigns import Attempt
from shared.ports.outbound import CallOrder
from shared.usecases.addresses import HOLD_MUSIC, addresses_at
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.payment import Cashier
from shared.usecases.place_call import order
from shared.usecases.take_turn import Talk
from shared.usecases.transfer import Switch
from streaming.app import StreamingApp
from streaming.app import build_app as build_streaming
from streaming.deps import Deps
from streaming.voice_activity import VoiceActivity
from tests.campaigns import FakeCampaigns

NUMBER: Final = "+15550100123"
CALLER: Final = "+14155550142"
AGENT: Final = "front_door"
ATTEMPT: Final = AttemptKey("rehearsal", 1)
_MAX_CALLS: Final = 4
_VOICE_HOST, _FALLBACK_HOST, _STREAM_HOST = (
    "voice.switchboard.test",
    "fallback.switchboard.test",
    "media.switchboard.test",
)
_STREAM_URL: Final = f"wss://{_STREAM_HOST}/media"
_APOLOGY: Final = "We are having trouble with our system."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What stands in for the vendors and tables."""

    hearing: SpeechToText
    voice: TextToSpeech
    model: LanguageModel
    tools: Tools
    store: CallStore
    payments: Payments = field(default_factory=Payments)
    follow_ups: FollowUps = field(default_factory=FollowUps)
    campaigns: FakeCampaigns = field(default_factory=FakeCampaigns)


@dataclass(slots=True)
class Stage:
    """What is up. `services` are the streaming services, the newest last; a call goes to the first that takes it."""

    speech: Speech
    exchange: Exchange
    network: Network
    ports: Ports
    agent: Agent
    now: Callable[[], datetime]
    transfers: Transfers
    orders: Orders
    people: AtDesks
    services: list[StreamingApp] = field(default_factory=list)

    @property
    def switch(self) -> Switch:
        agents, addresses = {AGENT: self.agent}, addresses_at(f"https://{_VOICE_HOST}", _STREAM_URL)
        return Switch(self.ports.store, self.transfers, self.orders, self.people, addresses, agents, self.now)

    def start_service(self) -> StreamingApp:
        token = self.exchange.plant.auth_token
        service = build_streaming(
            Deps(
                hearing=self.ports.hearing,
                voice=self.ports.voice,
                model=self.ports.model,
                tools={AGENT: self.ports.tools},
                store=self.ports.store,
                store_threads=_no_threads(),
                ledger=self.ports.campaigns.ledger,
                switch=self.switch,
                order_threads=_no_threads(),
                voice_activity=_voice_activity(),
                agents={AGENT: self.agent},
                stream_url=_STREAM_URL,
                auth_tokens=(token,),
                max_calls=_MAX_CALLS,
                clock=self.now,
                vocabularies={},
            )
        )
        self.services.append(service)
        return service

    def call_out(self, facts: Mapping[str, str], phone: Callable[[], Phone]) -> CarrierCall:
        """The agent calls CALLER, about these facts."""
        said = Answer(Verdict.NOW)
        attempt = Attempt(ATTEMPT, "", CALLER, NUMBER, self.now(), leave_message=True, answer=said, cents=0)
        attempt = replace(attempt, facts=dict(facts))
        self.ports.campaigns.claimed(attempt)
        self.exchange.phones[CALLER] = phone
        return self.exchange.dial_out(NUMBER, CALLER, _plan(order(f"https://{_VOICE_HOST}", AGENT, attempt)))

    def drain(self) -> None:
        """A deployment at its deadline: a new service is up, the old ones let go of their calls."""
        leaving = list(self.services)
        self.start_service()
        for service in leaving:
            service.calls.drain()
            service.calls.leave_all()

    def serving(self) -> App | None:
        """Whom the load balancer gives a new connection."""
        return next((service for service in self.services if service.calls.accepting), None)


@asynccontextmanager
async def staged(
    agent: Agent, speech: Speech, ports: Ports, began: datetime, people: Sequence[AtPhone] = ()
) -> AsyncIterator[Stage]:
    """Everything up; it ends with its calls. `began` is the time of day at the loop's 0."""
    loop = asyncio.get_running_loop()

    def now() -> datetime:
        return began + timedelta(seconds=loop.time())

    token = secrets.token_hex(16)
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        shelf = Shelf()
        stack.callback(shelf.close)
        stage: Stage | None = None
        routes: dict[str, Route] = {
            _VOICE_HOST: lambda: webhooks,
            _FALLBACK_HOST: lambda: _fallback,
            _STREAM_HOST: lambda: stage.serving() if stage else None,
        }
        network = Network(tasks, routes)
        exchange = Exchange(_plant(network, token, shelf, speech), tasks, Limits())
        stack.push_async_callback(exchange.close)
        exchange.phones |= {one.address: one.phone for one in people}
        stage = Stage(
            speech, exchange, network, ports, agent, now, Transfers(), Orders(exchange, now), AtDesks(people, now)
        )
        webhooks = _webhooks(stage, token)
        stage.start_service()
        _add_number(exchange)
        yield stage


async def warm_up(agent: Agent, voice: TextToSpeech, now: datetime) -> None:
    """Have the fixed lines ready, as the service does at its start (`streaming.wiring`)."""
    greeting = [
        action.text
        for action in Call(agent, call_sid="", now=now).handle(CallStarted(), 0)
        if isinstance(action, Speak)
    ]
    for text in dict.fromkeys([*greeting, *fixed_segments(agent)]):
        async for _ in voice.speak(text, agent.voice, cached=True):
            pass


def _plant(network: Network, token: str, shelf: Shelf, speech: Speech) -> Plant:
    session = cast(aiohttp.ClientSession, network)  # as much of one as the carrier uses
    routes = Routes(
        {
            f"https://{_VOICE_HOST}": f"http://{_VOICE_HOST}",
            f"https://{_FALLBACK_HOST}": f"http://{_FALLBACK_HOST}",
            f"wss://{_STREAM_HOST}": f"ws://{_STREAM_HOST}",
        }
    )
    return Plant(
        account_sid="AC" + "0" * 32,
        auth_token=token,
        api_url="http://carrier.test",
        pace=1.0,
        session=session,
        routes=routes,
        courier=Courier(session, routes, token),
        voice=CarrierVoice(speech),
        hearing=CarrierEar(speech),
        shelf=shelf,
        recordings=Recordings(shelf),
        feed=Feed(),
        troubles=Troubles(),
    )


def _plan(placed: CallOrder) -> Plan:
    """The order as the carrier takes it."""
    machine = Webhook(placed.machine_url, "POST")
    return Plan(
        voice=Webhook(placed.url, "POST"),
        status_callback=Webhook(placed.status_url, "POST"),
        status_events=frozenset({"initiated", "ringing", "answered", "completed"}),
        detection=Detection(message_end=True, callback=machine),
        ring_s=placed.ring_s,
        time_limit_s=placed.time_limit_s,
    )


def _add_number(exchange: Exchange) -> None:
    number = exchange.add_number(NUMBER)
    number.voice = Webhook(f"https://{_VOICE_HOST}/twilio/voice", "POST")
    number.voice_fallback = Webhook(f"https://{_FALLBACK_HOST}{fallback.VOICE}", "POST")
    number.status_callback = Webhook(f"https://{_VOICE_HOST}/twilio/status", "POST")


def _webhooks(stage: Stage, token: str) -> App:
    """All webhooks in one application; in the cloud, those that take turns have a Lambda of their own."""
    ports, now = stage.ports, stage.now
    base = f"https://{_VOICE_HOST}"
    addresses = addresses_at(base, _STREAM_URL)
    door, agents, new_token = Door(base, (token,)), {AGENT: stage.agent}, partial(secrets.token_urlsafe, 32)

    @asynccontextmanager
    async def talk() -> AsyncIterator[Talk]:
        yield Talk(ports.store, addresses, agents, ports.model, {AGENT: ports.tools}, ports.campaigns.ledger)

    deps = Dependencies(
        door=door,
        store=ports.store,
        addresses=addresses,
        agents=agents,
        lines={"*": AGENT},
        switch=stage.switch,
        cashier=Cashier(ports.store, ports.payments, ports.follow_ups, addresses, agents, now),
        now=now,
        new_token=new_token,
        outgoing=Outgoing(ports.campaigns, ports.campaigns.ledger),
    )
    turns = turn.TurnDependencies(door=door, talk=talk, now=now, new_token=new_token)
    posts = {**telephony.endpoints(deps), **turn.endpoints(turns)}
    return application(door, posts, public={HOLD_MUSIC: hold_music}, deadline_s=turn.DEADLINE_S)


async def _fallback(scope: Message, receive: Callable[[], Any], send: Callable[[Mapping[str, Any]], Any]) -> None:
    """The fallback Lambda's answer, behind its door."""
    form = dict(parse_qsl((await receive())["body"].decode(), keep_blank_values=True))
    answer = fallback.answer(fallback.Fallback(f"https://{_FALLBACK_HOST}", "voicemail", _APOLOGY), scope["path"], form)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/xml")]})
    await send({"type": "http.response.body", "body": answer.encode()})


@cache
def _voice_activity() -> VoiceActivity:
    """Loaded once in the process; calls come one after another."""
    return VoiceActivity(4 * _MAX_CALLS)


@cache
def _no_threads() -> ThreadPoolExecutor:
    """Never used: the loop runs such work itself (`rehearsal.virtual_time`)."""
    return ThreadPoolExecutor(1)
