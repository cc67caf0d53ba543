"""Settings to adapters to the webhooks: the only place that knows them all. Importing this module builds nothing.

`app` is an ASGI factory, for a server (`uvicorn --factory functions.wiring:app`); `build` makes what a Lambda serves.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from functions import payment_link, ready_agents
from functions.aws import clients
from functions.dependencies import Dependencies
from functions.served import Client
from functions.telephony import build_app
from functions.webhook import Door
from shared import observability
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_campaigns.attempts import DynamoDbAttempts
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_payments import DynamoDbPayments
from shared.adapters.dynamodb_roster import DynamoDbRoster
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.adapters.ecs_service import EcsService
from shared.adapters.stripe import StripeCheckout
from shared.adapters.twilio_calls import TwilioCalls
from shared.adapters.twilio_messages import TwilioMessages
from shared.calling_agents import calling_agents
from shared.core.agent import Agent
from shared.ports.fleet import Fleet
from shared.settings import WebhookSettings
from shared.usecases.addresses import addresses_at
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.answers import Addresses
from shared.usecases.payment import Cashier
from shared.usecases.payment_link import LinkSender
from shared.usecases.transfer import Switch

SERVICE: Final = "telephony"
TABLE: Final = "dynamodb"
TASKS: Final = "ecs"
TOKEN_BYTES: Final = 32

now = partial(datetime.now, UTC)
new_token = partial(secrets.token_urlsafe, TOKEN_BYTES)
ready_agent = cache(ready_agents.read)


def app() -> Starlette:
    """The application, from the environment and the agents' YAML files.

    Raises SettingsError or AgentFileError, each naming the fix.
    """
    from shared.adapters.agent_files import load  # not in a Lambda: YAML and pydantic are a third of a cold start

    observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
    settings = WebhookSettings.from_environment(os.environ)
    client = clients(settings.aws_region)
    return build_app(dependencies(settings, client, lambda folder, name: load(folder / f"{name}.yaml")))


def build(settings: Mapping[str, str], client: Client) -> Starlette:
    """The application, from complete settings and agents made ready. Raises SettingsError."""
    return build_app(dependencies(WebhookSettings.from_environment(settings), client, ready_agent))


def dependencies(settings: WebhookSettings, client: Client, agent: Callable[[Path, str], Agent]) -> Dependencies:
    """What the webhooks work with. `agent` reads one, by folder and name."""
    table = client(TABLE)
    store, known = DynamoDbCalls(table, settings.calls_table), agents(settings, agent)
    where = addresses_at(settings.public_base_url, settings.stream_url)
    switch = Switch(
        calls=store,
        transfers=DynamoDbTransfers(table, settings.calls_table),
        telephony=TwilioCalls(settings.twilio_auth_tokens[0], url=settings.twilio_api_url),
        people=DynamoDbPeople(table, settings.desk_table, now=now),
        addresses=where,
        agents=known,
        now=now,
    )
    cashier = Cashier(
        calls=store,
        payments=DynamoDbPayments(table, settings.calls_table),
        follow_ups=DynamoDbFollowUps(table, settings.desk_table, now=now),
        addresses=where,
        agents=known,
        now=now,
    )
    return Dependencies(
        door=Door(settings.public_base_url, settings.twilio_auth_tokens),
        store=store,
        addresses=where,
        agents=known,
        lines=settings.lines,
        switch=switch,
        cashier=cashier,
        sender=sender(settings, where),
        stripe_secret=settings.stripe_api_key[1] if settings.stripe_api_key else "",
        now=now,
        new_token=new_token,
        outgoing=outgoing(settings, client),
        fleet=fleet(settings, client),
    )


def sender(settings: WebhookSettings, where: Addresses) -> LinkSender | None:
    """Of links to pay by, where Stripe's key was given."""
    if not settings.stripe_api_key:
        return None
    token, url = settings.twilio_auth_tokens[0], settings.twilio_api_url
    return LinkSender(
        StripeCheckout(settings.stripe_api_key[0], url=settings.stripe_api_url),
        lambda account_sid: TwilioMessages(account_sid, token, url=url),
        where.of_payment("text"),
        settings.public_base_url + payment_link.PAID,
    )


def outgoing(settings: WebhookSettings, client: Client) -> Outgoing:
    """What calls of ours are known by."""
    table, name = client(TABLE), settings.campaigns_table
    return Outgoing(DynamoDbAttempts(table, name), DynamoDbLedger(table, name))


def fleet(settings: WebhookSettings, client: Client) -> Fleet | None:
    """The streaming tasks, where they are asked for when a caller comes; None where some are always kept."""
    if settings.streaming_service is None:
        return None
    roster = DynamoDbRoster(client(TABLE), settings.calls_table)
    return Fleet(roster, EcsService(client(TASKS), *settings.streaming_service))


def agents(settings: WebhookSettings, agent: Callable[[Path, str], Agent]) -> dict[str, Agent]:
    """The agents of all lines, and those that call people, by name."""
    names = calling_agents(settings.agents_dir) | set(settings.lines.values())
    return {name: agent(settings.agents_dir, name) for name in names}
