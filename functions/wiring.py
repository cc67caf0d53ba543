"""Settings to adapters to application: the only place that knows them all.

Importing this module builds nothing. `app` is an ASGI factory (`uvicorn --factory functions.wiring:app`); `handler` is
the Lambda entry point, and builds the application at its first event, once per process.
"""

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config
from fastapi import FastAPI
from mangum import Mangum
from mangum.types import LambdaContext

from functions import next_step, stream_status
from functions.dependencies import Dependencies
from functions.telephony import build_app
from functions.webhook import Door
from shared import observability
from shared.adapters.agent_files import load
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.settings import WebhookSettings
from shared.usecases.answers import Addresses

SERVICE = "telephony"

DYNAMODB = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
"""A table that does not answer is given up within the webhook's own deadline, so that the fallback URL takes over."""

TOKEN_BYTES = 32


def app() -> FastAPI:
    """The application, from the environment. Raises SettingsError or an agent file's error, each naming the fix."""
    observability.configure(SERVICE)
    return build_app(dependencies(WebhookSettings.from_environment(os.environ)))


def dependencies(settings: WebhookSettings) -> Dependencies:
    """Adapters for these settings. The endpoint and credentials of AWS come from the standard variables."""
    table = boto3.client("dynamodb", region_name=settings.aws_region, config=DYNAMODB)
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
    return _adapter()(event, context)


@cache
def _adapter() -> Mangum:
    return Mangum(app(), lifespan="off")
