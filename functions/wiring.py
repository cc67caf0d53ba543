"""Settings to adapters to application: the only place that knows them all. Importing this module builds nothing.

`app` is an ASGI factory, for a server (`uvicorn --factory functions.wiring:app`); `Webhooks` is what a Lambda serves.
"""

import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError
from mangum import Mangum
from mangum.types import LambdaContext
from starlette.applications import Starlette

from functions import next_step, ready_agents, stream_status
from functions.aws import clients
from functions.dependencies import Dependencies
from functions.telephony import build_app
from functions.webhook import Door
from shared import observability
from shared.adapters.aws_settings import AwsSettings
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.core.agent import Agent
from shared.settings import SettingsError, WebhookSettings
from shared.usecases.answers import Addresses

SERVICE: Final = "telephony"
TOKEN_BYTES: Final = 32

_TABLE: Final = "dynamodb"
_SETTINGS: Final = ("secretsmanager", "ssm")

log = logging.getLogger(__name__)


def app() -> Starlette:
    """The application, from the environment and the agents' YAML files.

    Raises SettingsError or AgentFileError, each naming the fix.
    """
    from shared.adapters.agent_files import load  # not in a Lambda: YAML and pydantic are a third of a cold start

    observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
    settings = WebhookSettings.from_environment(os.environ)
    client = clients(settings.aws_region)
    return build_app(dependencies(settings, client(_TABLE), lambda folder, name: load(folder / f"{name}.yaml")))


def dependencies(settings: WebhookSettings, table: Any, agent: Callable[[Path, str], Agent]) -> Dependencies:
    """What the webhooks work with. `table` is DynamoDB's client; `agent` reads one, by folder and name."""
    base = settings.public_base_url
    return Dependencies(
        door=Door(base, settings.twilio_auth_tokens),
        store=DynamoDbCalls(table, settings.calls_table),
        addresses=Addresses(base + next_step.PATH, settings.stream_url, base + stream_status.PATH),
        agents={name: agent(settings.agents_dir, name) for name in set(settings.lines.values())},
        lines=settings.lines,
        now=partial(datetime.now, UTC),
        new_token=partial(secrets.token_urlsafe, TOKEN_BYTES),
    )


class Webhooks:
    """The webhooks in a Lambda. What costs time is made once; the rest again whenever a setting in AWS has changed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._client = clients(environment.get("AWS_REGION"))
        self._agent = cache(ready_agents.read)
        self._settings = AwsSettings(environment, self._client)
        self._adapter = lru_cache(maxsize=1)(self._build)

    def prepare(self) -> None:
        """Make what needs nothing of AWS. What is wrong with the environment is left for the first event to tell."""
        unread = {"STREAM_URL": "wss://unread", "TWILIO_AUTH_TOKENS": secrets.token_hex()}
        try:
            for service in _SETTINGS:
                self._client(service)
            self._build(frozenset((dict(self._environment) | unread).items()))
        except (SettingsError, BotoCoreError) as error:
            log.error("not_prepared", extra={"error": type(error).__name__})

    def handle(self, event: dict[str, Any], context: LambdaContext) -> Mapping[str, Any]:
        """One event of an API Gateway HTTP API (payload 2.0). Raises SettingsError or SettingNotRead: Twilio's 5xx."""
        settings = self._settings.at(time.monotonic())
        return self._adapter(frozenset(settings.items()))(event, context)

    def _build(self, settings: frozenset[tuple[str, str]]) -> Mangum:
        read = WebhookSettings.from_environment(dict(settings))
        return Mangum(build_app(dependencies(read, self._client(_TABLE), self._agent)), lifespan="off")
