"""Settings to adapters to turns without a stream. Importing this module builds nothing."""

import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from starlette.applications import Starlette

from functions.served import Client
from functions.turns.turn import TurnDependencies, build_app
from functions.webhook import Door
from functions.wiring import TABLE, agents, fleet, new_token, now, ready_agent
from shared.adapters.bedrock_chat import BedrockChat
from shared.adapters.dynamodb_bookings import DynamoDbBookings, OpeningHours
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_customers import DynamoDbCustomers
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.openai_chat import OpenAiChat
from shared.failover import Candidate, RepliesInTurn, first_token_s
from shared.settings import TurnSettings
from shared.usecases.addresses import addresses_at
from shared.usecases.take_turn import Talk
from shared.usecases.tool_kit import Callbacks, Notes, ToolKit

SERVICE: Final = "turns"


def build(settings: Mapping[str, str], client: Client) -> Starlette:
    """The application, from complete settings and agents made ready. Raises SettingsError."""
    return build_app(dependencies(TurnSettings.from_environment(settings), client))


def dependencies(settings: TurnSettings, client: Client) -> TurnDependencies:
    """What a turn works with."""
    webhooks, table = settings.webhooks, client(TABLE)
    tasks = fleet(webhooks, client)
    store, known = DynamoDbCalls(table, webhooks.calls_table), agents(webhooks, ready_agent)
    where = addresses_at(webhooks.public_base_url, webhooks.stream_url)
    models = {name: _model(name, settings) for name in settings.models.language_model}
    follow_ups = DynamoDbFollowUps(table, webhooks.desk_table, now=now)
    ledger = DynamoDbLedger(table, webhooks.campaigns_table)
    thinking = RepliesInTurn([Candidate(name, model, time.monotonic) for name, model in models.items()])

    @asynccontextmanager
    async def talk() -> AsyncIterator[Talk]:
        async with AsyncExitStack() as stack:
            for model in models.values():
                stack.push_async_callback(model.aclose)
            threads = stack.enter_context(ThreadPoolExecutor(1, "tables"))
            customers = DynamoDbCustomers(table, settings.bookings_table, threads=threads, now=now)
            tools = {
                name: ToolKit(
                    DynamoDbBookings(
                        table, settings.bookings_table, hours=OpeningHours(agent.timezone), threads=threads, now=now
                    ),
                    customers,
                    Notes(),
                    Callbacks(
                        follow_ups,
                        threads=threads,
                        now=now,
                        calls=store if agent.calls_back else None,
                        timezone=agent.timezone,
                    ),
                )
                for name, agent in known.items()
            }
            yield Talk(store, where, known, thinking, tools, ledger, tasks)

    return TurnDependencies(
        door=Door(webhooks.public_base_url, webhooks.twilio_auth_tokens), talk=talk, now=now, new_token=new_token
    )


def _model(name: str, settings: TurnSettings) -> OpenAiChat | BedrockChat:
    models = settings.models
    wait_s = first_token_s(len(models.language_model))
    if name == "bedrock":
        return BedrockChat(region=settings.webhooks.aws_region, model=models.bedrock_model, first_token_s=wait_s)
    return OpenAiChat(
        api_key=models.openai_api_key,
        model=models.openai_model,
        base_url=models.openai_base_url,
        first_token_s=wait_s,
    )
