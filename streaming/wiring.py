"""Settings to adapters to a service that is warm and listens: the only place that knows them all."""

import asyncio
import gc
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from functools import partial

from shared.adapters import agent_files
from shared.adapters.dynamodb_bookings import BOOK_APPOINTMENT, CHANGES, FIND_FREE_TIMES, DynamoDbBookings, OpeningHours
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_customers import VERIFY_CUSTOMER, DynamoDbCustomers
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_roster import DynamoDbRoster
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.adapters.ecs_agent import EcsAgent
from shared.adapters.twilio_calls import TwilioCalls
from shared.calling_agents import calling_agents
from shared.core.actions import Speak
from shared.core.agent import Agent
from shared.core.call import Call
from shared.core.called_back import REQUEST_CALLBACK
from shared.core.events import CallStarted
from shared.core.lines import fixed_segments
from shared.dynamodb_client import DynamoDbClient
from shared.ports import ProviderError, TextToSpeech
from shared.settings import StreamingSettings
from shared.usecases.addresses import addresses_at
from shared.usecases.tool_kit import NOTE_DOWN, Callbacks, Notes, ToolKit
from shared.usecases.transfer import Switch
from streaming.announcement import Announcement
from streaming.app import build_app
from streaming.deps import Deps
from streaming.protection import Protection
from streaming.server import DrainingServer
from streaming.vendors import chosen, vocabularies
from streaming.voice_activity import VoiceActivity

TABLE_THREADS = 8
"""For calls to DynamoDB, each a few ms; a call writes about one line a second."""
ORDER_THREADS = 4
"""For transfers, each a tenth of a second or two of DynamoDB and the carrier."""
WARM_UP_S = 15
PHRASE_PAUSE_S = 1.0
"""Between phrases synthesised ahead while calls are served: they leave the quota to the calls."""

TOOLS = frozenset({FIND_FREE_TIMES, BOOK_APPOINTMENT, *CHANGES, VERIFY_CUSTOMER, REQUEST_CALLBACK, NOTE_DOWN})

log = logging.getLogger(__name__)

now = partial(datetime.now, UTC)


async def serve(settings: StreamingSettings) -> None:
    """Serve until drained. Raises SettingsError or an agent file's error before anything starts."""
    agents = {
        name: agent_files.load(
            settings.agents_dir / f"{name}.yaml", tools=TOOLS, speakers=settings.providers.text_to_speech
        )
        for name in dict.fromkeys([*settings.lines.values(), *sorted(calling_agents(settings.agents_dir))])
    }
    called = {name: agents[name] for name in settings.lines.values()}
    voices = with_siblings(agents)
    async with AsyncExitStack() as stack:
        vendors = await stack.enter_async_context(chosen(settings, voices))
        table = stack.enter_context(closing(DynamoDbClient.of_environment(settings.aws_region)))
        threads = stack.enter_context(ThreadPoolExecutor(TABLE_THREADS, "tables"))
        store = DynamoDbCalls(table, settings.calls_table)
        deps = Deps(
            hearing=vendors.hearing,
            voice=vendors.voice,
            model=vendors.model,
            tools={name: _tools(agent, table, settings, threads) for name, agent in agents.items()},
            store=store,
            store_threads=threads,
            ledger=DynamoDbLedger(table, settings.campaigns_table),
            switch=_switch(settings, table, store, agents),
            order_threads=stack.enter_context(ThreadPoolExecutor(ORDER_THREADS, "orders")),
            voice_activity=VoiceActivity(settings.max_calls),
            agents=agents,
            stream_url=settings.stream_url,
            auth_tokens=settings.orders.twilio_auth_tokens,
            max_calls=settings.max_calls,
            clock=now,
            vocabularies=vocabularies(voices),
        )
        app = build_app(deps)
        server = DrainingServer(app, host=settings.host, port=settings.port, drain_s=settings.drain_s)
        async with asyncio.TaskGroup() as tasks:
            await asyncio.gather(vendors.warm_up(), speak_greetings(vendors.voice, called))
            aside = [tasks.create_task(speak_phrases(vendors.voice, voices))]
            if settings.ecs_agent_uri:
                protection = Protection(EcsAgent(settings.ecs_agent_uri))
                app.calls.on_busy = protection.busy
                aside.append(tasks.create_task(protection.run()))
            if settings.announce_after_s is not None:
                roster = DynamoDbRoster(table, settings.calls_table)
                announcement = Announcement(roster, after_s=settings.announce_after_s, clock=now)
                app.on_check, app.calls.on_drain = announcement.checked, announcement.drain
                tasks.create_task(announcement.run())
            gc.collect()
            gc.freeze()
            await server.serve()
            for task in aside:
                task.cancel()


def with_siblings(agents: Mapping[str, Agent]) -> Mapping[str, Agent]:
    """The agents by name, and those they become when a caller changes the language."""
    return {sibling.file: sibling for agent in agents.values() for sibling in agent.siblings} | dict(agents)


async def speak_greetings(voice: TextToSpeech, agents: Mapping[str, Agent]) -> None:
    """Have each agent's first words ready as sound before any call comes: what the core itself would say."""
    try:
        async with asyncio.timeout(WARM_UP_S):
            for agent in agents.values():
                for action in Call(agent, call_sid="", now=now()).handle(CallStarted(), 0):
                    if isinstance(action, Speak):
                        await _keep(voice, action.text, agent)
    except (ProviderError, TimeoutError) as error:
        log.warning("warm_up_incomplete", extra={"error": type(error).__name__})


async def speak_phrases(voice: TextToSpeech, agents: Mapping[str, Agent]) -> None:
    """Have every other fixed line ready too, one after the other, while calls are served."""
    for agent in agents.values():
        for text in fixed_segments(agent):
            try:
                await _keep(voice, text, agent)
            except ProviderError as error:
                log.warning("warm_up_incomplete", extra={"error": type(error).__name__})
            await asyncio.sleep(PHRASE_PAUSE_S)


async def _keep(voice: TextToSpeech, text: str, agent: Agent) -> None:
    async for _ in voice.speak(text, agent.voice, cached=True):
        pass


def _switch(settings: StreamingSettings, table: object, store: DynamoDbCalls, agents: Mapping[str, Agent]) -> Switch:
    return Switch(
        calls=store,
        transfers=DynamoDbTransfers(table, settings.calls_table),
        telephony=TwilioCalls(settings.orders.twilio_auth_tokens[0], url=settings.orders.twilio_api_url),
        people=DynamoDbPeople(table, settings.desk_table, now=now),
        addresses=addresses_at(settings.orders.public_base_url, settings.stream_url),
        agents=agents,
        now=now,
    )


def _tools(agent: Agent, table: object, settings: StreamingSettings, threads: ThreadPoolExecutor) -> ToolKit:
    hours = OpeningHours(agent.timezone)
    follow_ups = DynamoDbFollowUps(table, settings.desk_table, now=now)
    return ToolKit(
        DynamoDbBookings(table, settings.bookings_table, hours=hours, threads=threads, now=now),
        DynamoDbCustomers(table, settings.bookings_table, threads=threads, now=now),
        Notes(),
        Callbacks(
            follow_ups,
            threads=threads,
            now=now,
            calls=DynamoDbCalls(table, settings.calls_table) if agent.calls_back else None,
            timezone=agent.timezone,
        ),
    )
