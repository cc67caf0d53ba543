"""Settings to adapters to application: the only place that knows them all.

Importing this module builds nothing. `app` is an ASGI factory (`uvicorn --factory functions.wiring:app`); `handler` is
the Lambda entry point, and builds the application at its first event, and again only when a setting in AWS changed.
"""

import os
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any

import boto3
from botocore.config import Config
from mangum import Mangum
from mangum.types import LambdaContext
from starlette.applications import Starlette

from functions import next_step, stream_status
from functions.dependencies import Dependencies
from functions.telephony import build_app
from functions.webhook import Door
from shared import observability
from shared.adapters.agent_files import load
from shared.adapters.aws_settings import AwsSettings
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.settings import WebhookSettings
from shared.usecases.answers import Addresses

SERVICE = "telephony"

AWS = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
"""A service that does not answer is given up within the webhook's own deadline, so that the fallback URL takes over."""

TOKEN_BYTES = 32


def app() -> Starlette:
    """The application, from the environment. Raises SettingsError or an agent file's error, each naming the fix."""
    return _app(os.environ)


def _app(environment: Mapping[str, str]) -> Starlette:
    observability.configure(SERVICE, namespace=environment.get("METRICS_NAMESPACE", ""))
    return build_app(dependencies(WebhookSettings.from_environment(environment)))


def dependencies(settings: WebhookSettings) -> Dependencies:
    """Adapters for these settings. The endpoint and credentials of AWS come from the standard variables."""
    table = boto3.client("dynamodb", region_name=settings.aws_region, config=AWS)
    base = settings.public_base_url
    return Dependencies(
        door=Door(base, settings.twilio_auth_tokens),
        store=DynamoDbCalls(table, settings.calls_table),
        addresses=Addresses(base + next_step.PATH, settings.stream_url, base + stream_status.PATH),
        agents={name: load(settings.agents_dir / f"{name}.yaml") for name in set(settings.lines.values())},
        lines=settings.lines,
        now=partial(datetime.now, UTC),
        new_token=partial(secrets.token_urlsafe, TOKEN_BYTES),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """One event of an API Gateway HTTP API (payload 2.0)."""
    settings = _settings().at(time.monotonic())
    return _adapter(frozenset(settings.items()))(event, context)


@cache
def _settings() -> AwsSettings:
    return AwsSettings(os.environ, partial(boto3.client, config=AWS))


@lru_cache(maxsize=1)
def _adapter(settings: frozenset[tuple[str, str]]) -> Mangum:
    """Built anew only when a setting has changed."""
    return Mangum(_app(dict(settings)), lifespan="off")
