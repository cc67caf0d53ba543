"""Settings that live in AWS instead of the environment: secrets, and what another stack finds out when it is deployed.

A variable `NAME_SECRET` holds the ARN of a secret (Secrets Manager) and `NAME_PARAMETER` the name of a parameter
(Parameter Store) whose value is the setting `NAME`. They are read when first asked for, and again when they are older
than `KEEP_S`, so that a key that was changed reaches a running Lambda. A parameter that is not there leaves its setting
unset.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

KEEP_S: Final = 300.0

SECRET: Final = "_SECRET"
PARAMETER: Final = "_PARAMETER"
NOT_THERE: Final = "ParameterNotFound"
"""A parameter that another stack will leave: until then the setting is not set."""
NOT_THERE_S: Final = 10.0
"""After this long such a parameter is looked for again."""

log = logging.getLogger(__name__)


class SettingNotRead(Exception):
    """A setting cannot be read. The message names the variable, where it was looked for, and AWS's reason."""


class AwsSettings:
    """An environment, completed from AWS. `client` makes boto3's client of a service; none is made without need."""

    def __init__(self, environment: Mapping[str, str], client: Callable[[str], Any]) -> None:
        self._environment = environment
        self._client = client
        self._kept: Mapping[str, str] | None = None
        self._read_at = 0.0
        self._keep_s = KEEP_S

    def at(self, now: float) -> Mapping[str, str]:
        """The environment with every setting in it; `now` is seconds on any clock that only goes forward.

        Once settings were read, they serve until new ones can be. Raises SettingNotRead.
        """
        if self._kept is None or now - self._read_at >= self._keep_s:
            self._read_at = now
            try:
                self._kept = self._read()
            except SettingNotRead:
                if self._kept is None:
                    raise
                log.exception("settings_kept")
        return self._kept

    def _read(self) -> Mapping[str, str]:
        settings = dict(self._environment)
        self._keep_s = KEEP_S
        for name, place in self._environment.items():
            for ending, read in ((SECRET, self._secret), (PARAMETER, self._parameter)):
                if not (name.endswith(ending) and place):
                    continue
                if (value := _value(name, place, read)) is None:
                    self._keep_s = NOT_THERE_S
                else:
                    settings[name.removesuffix(ending)] = value
        return settings

    def _secret(self, place: str) -> str:
        answer = self._client("secretsmanager").get_secret_value(SecretId=place)
        return str(answer["SecretString"])

    def _parameter(self, place: str) -> str:
        answer = self._client("ssm").get_parameter(Name=place, WithDecryption=True)
        return str(answer["Parameter"]["Value"])


def _value(name: str, place: str, read: Callable[[str], str]) -> str | None:
    try:
        return read(place)
    except ClientError as error:
        reason = error.response["Error"]["Code"]
        if reason == NOT_THERE:
            return None
    except (BotoCoreError, KeyError) as error:
        reason = type(error).__name__
    raise SettingNotRead(f"{name}: {place} cannot be read: {reason}; is everything deployed, and the secret set?")
