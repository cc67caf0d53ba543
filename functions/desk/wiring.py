"""Settings to adapters to the desk. Importing this module builds nothing."""

import os
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, Final

import botocore.session
from botocore.config import Config
from mangum import Mangum

from functions import ready_agents
from functions.aws import AWS, clients
from functions.desk import page
from functions.desk import push as pushing
from functions.desk import socket as sockets
from functions.desk.api import build_app
from functions.desk.dependencies import Carrier, Dependencies
from shared import observability
from shared.adapters.apigateway_connections import ApiGatewayConnections
from shared.adapters.aws_settings import AwsSettings, SettingNotRead
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_desk.calls import DynamoDbDeskCalls
from shared.adapters.dynamodb_desk.connections import DynamoDbConnections
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_desk.reviews import DynamoDbReviews
from shared.adapters.dynamodb_desk.transfers import DynamoDbHandedOver
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.adapters.twilio_calls import TwilioCalls
from shared.adapters.twilio_recordings import TwilioRecordings
from shared.ports import Unavailable
from shared.settings import DeskSettings, OrderSettings
from shared.usecases.addresses import addresses_at
from shared.usecases.transfer import Switch

SERVICE: Final = "desk"
SENDERS: Final = 16
"""Messages on their way at the same time: one takes some milliseconds, and a change may go to 200 pages."""


def api(event: dict[str, Any], context: Any) -> Mapping[str, Any]:
    """One event of the HTTP API (payload 2.0)."""
    return _api()(event, context)


def socket(event: Mapping[str, Any], context: object) -> sockets.Answer:
    """One event of the WebSocket API."""
    return sockets.socket(_dependencies(), event)


def push(event: Mapping[str, Any], context: object) -> None:
    """One event of a table's stream."""
    pushing.push(_dependencies(), event, _senders())


@cache
def _settings() -> DeskSettings:
    observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
    return DeskSettings.from_environment(os.environ)


@cache
def _api() -> Mangum:
    settings = _settings()
    places = page.Places(settings.sign_in_issuer, settings.sign_in_url, settings.sign_in_client, settings.socket_url)
    return Mangum(build_app(_dependencies(), page.routes(settings.page_dir, places)), lifespan="off")


@cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(SENDERS, "senders")


@cache
def _dependencies() -> Dependencies:
    settings = _settings()
    table, now = clients(settings.aws_region)("dynamodb"), partial(datetime.now, UTC)
    sending = botocore.session.get_session().create_client(
        "apigatewaymanagementapi",
        region_name=settings.aws_region,
        endpoint_url=settings.connections_url,
        config=AWS.merge(Config(max_pool_connections=SENDERS)),
    )
    names = [path.stem for path in settings.agents_dir.glob("*.json")]
    return Dependencies(
        store=DynamoDbCalls(table, settings.calls_table),
        calls=DynamoDbDeskCalls(table, settings.desk_table, now=now),
        people=DynamoDbPeople(table, settings.desk_table, now=now),
        connections=DynamoDbConnections(table, settings.desk_table, now=now),
        follow_ups=DynamoDbFollowUps(table, settings.desk_table, now=now),
        reviews=DynamoDbReviews(table, settings.calls_table),
        transfers=DynamoDbHandedOver(table, settings.desk_table, now=now),
        agents={name: ready_agents.read(settings.agents_dir, name) for name in sorted(names)},
        send=ApiGatewayConnections(sending).send,
        now=now,
        new_ticket=partial(secrets.token_urlsafe, 24),
        carrier=_carrier,
    )


@cache
def _kept_in_aws() -> AwsSettings:
    return AwsSettings(os.environ, clients(_settings().aws_region))


def _carrier() -> Carrier:
    """With the credentials as they are now: they may be changed while a Lambda lives."""
    try:
        return _carrier_of(OrderSettings.from_environment(_kept_in_aws().at(time.monotonic())))
    except SettingNotRead as error:
        raise Unavailable(str(error)) from None


@lru_cache(maxsize=1)
def _carrier_of(settings: OrderSettings) -> Carrier:
    desk, token = _dependencies(), settings.twilio_auth_tokens[0]
    switch = Switch(
        calls=desk.store,
        transfers=DynamoDbTransfers(clients(_settings().aws_region)("dynamodb"), _settings().calls_table),
        telephony=TwilioCalls(token, url=settings.twilio_api_url),
        people=desk.people,
        addresses=addresses_at(settings.public_base_url, None),
        agents=desk.agents,
        now=desk.now,
    )
    return Carrier(switch, TwilioRecordings(token, url=settings.twilio_api_url))
