"""Settings to adapters to what the Lambdas of campaigns do. Importing this module builds nothing."""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Final

from functions.aws import clients
from functions.campaigns.accept import Acceptance
from functions.campaigns.step import Steps
from functions.campaigns.sweep import Sweeping
from shared import observability
from shared.adapters.aws_settings import AwsSettings
from shared.adapters.campaign_files import load
from shared.adapters.dynamodb_campaigns.attempts import DynamoDbAttempts
from shared.adapters.dynamodb_campaigns.chains import DynamoDbChains
from shared.adapters.dynamodb_campaigns.pace import DynamoDbPace
from shared.adapters.dynamodb_campaigns.runs import DynamoDbRuns
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_live_chains import DynamoDbLiveChains
from shared.adapters.event_schemas import EventSchemas
from shared.adapters.eventbridge import EventBridge
from shared.adapters.stepfunctions import StepFunctions
from shared.adapters.twilio_messages import TwilioMessages
from shared.adapters.twilio_outbound import TwilioOutbound
from shared.campaign_settings import AcceptSettings, StepSettings, SweepSettings
from shared.core.campaign import Campaign
from shared.core.rules.question import Place
from shared.ports.campaigns import Attempt
from shared.ports.outbound import CallOrder
from shared.usecases import place_call
from shared.usecases.calling_rules import CallingRules
from shared.usecases.chain import Outreach
from shared.usecases.chain_accept import accept

SERVICE: Final = "campaigns"
TABLE: Final = "dynamodb"
EXECUTIONS: Final = "stepfunctions"
TEXT_STATUS: Final = "/twilio/outbound/text"
"""Where the carrier tells what became of a text message."""

type Client = Callable[[str], Any]
"""Gives the client of an AWS service, by its name."""

now = partial(datetime.now, UTC)


@cache
def acceptance() -> Acceptance:
    """What events are accepted with. Raises SettingsError or CampaignFileError, each naming the fix."""
    client = _client()
    settings = AcceptSettings.from_environment(os.environ)
    reached = outreach(client(TABLE), settings.campaigns_table, settings.campaigns_dir)
    return Acceptance(
        EventSchemas(settings.events_dir),
        partial(accept, reached),
        StepFunctions(client(EXECUTIONS), settings.state_machine),
    )


def steps() -> Steps:
    """What steps are done with; made anew when a setting in AWS has changed. Raises SettingNotRead, SettingsError."""
    return _steps(frozenset(_settings().at(time.monotonic()).items()))


@lru_cache(maxsize=1)
def _steps(environment: frozenset[tuple[str, str]]) -> Steps:
    client = _client()
    settings = StepSettings.from_environment(dict(environment))
    account, token, url = settings.twilio_account_sid, settings.twilio_auth_tokens[0], settings.twilio_api_url
    reached = outreach(client(TABLE), settings.campaigns_table, settings.campaigns_dir)
    return Steps(
        outreach=reached,
        bus=EventBridge(client("events"), settings.event_bus),
        follow_ups=DynamoDbFollowUps(client(TABLE), settings.desk_table, now=now),
        outbound=TwilioOutbound(account, token, url=url),
        orders=partial(_order, reached.campaigns, settings.public_base_url),
        messages=TwilioMessages(account, token, url=url),
        text_status_url=settings.public_base_url + TEXT_STATUS,
        executions=StepFunctions(client(EXECUTIONS)),
    )


@cache
def left() -> Sweeping:
    """What the sweep looks through. Raises SettingsError or CampaignFileError."""
    client, settings = _client(), SweepSettings.from_environment(os.environ)
    return Sweeping(
        campaigns=sorted(campaigns(settings.campaigns_dir)),
        chains=DynamoDbLiveChains(client(TABLE), settings.campaigns_table),
        executions=StepFunctions(client(EXECUTIONS), settings.state_machine),
    )


def outreach(table: Any, name: str, folder: Path) -> Outreach:
    """What chains are carried out with, kept in the table of this name. Raises CampaignFileError."""
    ledger = DynamoDbLedger(table, name)
    return Outreach(
        chains=DynamoDbChains(table, name),
        attempts=DynamoDbAttempts(table, name),
        runs=DynamoDbRuns(table, name),
        pace=DynamoDbPace(table, name),
        ledger=ledger,
        rules=CallingRules(ledger, _places_of),
        campaigns=campaigns(folder),
        now=now,
    )


def _places_of(number: str, address: Mapping[str, str]) -> tuple[Place, ...]:
    from shared.adapters.phone_zones import places_of  # a third of a cold start, which accepting events does not need

    return places_of(number, address)


def campaigns(folder: Path) -> Mapping[str, Campaign]:
    """Those of a folder, by name. Raises CampaignFileError."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.yaml"))}


def _order(known: Mapping[str, Campaign], base_url: str, attempt: Attempt) -> CallOrder:
    return place_call.order(base_url, known[attempt.campaign].agent, attempt)


@cache
def _settings() -> AwsSettings:
    return AwsSettings(os.environ, _client())


@cache
def _client() -> Client:
    observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
    return clients(os.environ.get("AWS_REGION"))
