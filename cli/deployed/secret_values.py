"""The secrets of a deployment. A value is read only to be compared, sent to its owner, or used to sign."""

import re
from dataclasses import dataclass, field
from typing import Final

from cli.deployed.aws import Aws
from cli.deployed.stacks import Place

TOKEN: Final = re.compile(r"[0-9a-f]{32}")
"""Twilio's auth tokens."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret as it is now. `noise` is what a deployment begins with: nobody has put a value there yet."""

    value: str = field(repr=False)
    noise: bool

    @property
    def tokens(self) -> tuple[str, ...]:
        """Of Twilio, if all of them look like it; the first is the one in use."""
        parts = tuple(part for part in map(str.strip, self.value.split(",")) if part)
        return parts if parts and all(TOKEN.fullmatch(part) for part in parts) else ()


def read_secret(aws: Aws, place: Place) -> Secret:
    """Raises botocore's errors. A secret that was never set has had one version only."""
    client = aws.client("secretsmanager", place.region)
    versions = client.describe_secret(SecretId=place.arn)["VersionIdsToStages"]
    stages = {stage for named in versions.values() for stage in named}
    value = client.get_secret_value(SecretId=place.arn)["SecretString"]
    return Secret(value, noise="AWSPREVIOUS" not in stages)


def write_secret(aws: Aws, place: Place, value: str) -> None:
    aws.client("secretsmanager", place.region).put_secret_value(SecretId=place.arn, SecretString=value)
