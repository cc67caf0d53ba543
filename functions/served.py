"""An application in a Lambda. What costs time is made once; the rest again whenever a setting in AWS has changed."""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError
from mangum import Mangum
from mangum.types import LambdaContext
from starlette.applications import Starlette

from functions.aws import clients
from shared.adapters.aws_settings import AwsSettings
from shared.settings import SettingsError

_SETTINGS: Final = ("secretsmanager", "ssm")

type Client = Callable[[str], Any]
"""Gives the client of an AWS service, by its name."""

log = logging.getLogger(__name__)


class Served:
    """`build` makes the application of complete settings; it may raise SettingsError."""

    def __init__(self, environment: Mapping[str, str], build: Callable[[Mapping[str, str], Client], Starlette]) -> None:
        self._environment = environment
        self._client = clients(environment.get("AWS_REGION"))
        self._make = build
        self._settings = AwsSettings(environment, self._client)
        self._adapter = lru_cache(maxsize=1)(self._build)

    def prepare(self) -> None:
        """Make what needs nothing of AWS. What is wrong with the environment is left for the first event to tell."""
        secret = secrets.token_hex()
        unread = {"STREAM_URL": "wss://unread", "TWILIO_AUTH_TOKENS": secret, "OPENAI_API_KEY": secret}
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
        return Mangum(self._make(dict(settings), self._client), lifespan="off")
