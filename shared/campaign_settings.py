"""The environment of the Lambdas that make the phone ring, read once into plain typed values: see `shared.settings`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from shared.environment import Reader

_TABLE = "the name of the table of campaigns"
_MACHINE = "the ARN of the chains' state machine"
_REGION = "a region, such as eu-west-1"
_FILES = "the campaign files"


@dataclass(frozen=True, slots=True)
class AcceptSettings:
    """What the Lambda behind the queue of events needs."""

    campaigns_table: str
    campaigns_dir: Path
    events_dir: Path
    """The schemas of events."""
    state_machine: str
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            campaigns_table=read.text("CAMPAIGNS_TABLE", _TABLE),
            campaigns_dir=read.folder("CAMPAIGNS_DIR", _FILES),
            events_dir=read.folder("EVENTS_DIR", "the schemas of events"),
            state_machine=read.text("STATE_MACHINE", _MACHINE),
            aws_region=read.text("AWS_REGION", _REGION),
        )


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """What the Lambda needs that begins anew what has lost its execution."""

    campaigns_table: str
    campaigns_dir: Path
    state_machine: str
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            campaigns_table=read.text("CAMPAIGNS_TABLE", _TABLE),
            campaigns_dir=read.folder("CAMPAIGNS_DIR", _FILES),
            state_machine=read.text("STATE_MACHINE", _MACHINE),
            aws_region=read.text("AWS_REGION", _REGION),
        )


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What the steps of a chain need."""

    campaigns_table: str
    campaigns_dir: Path
    desk_table: str
    """The desk's own, which has what people are still to do."""
    event_bus: str
    """The bus's name."""
    public_base_url: str
    """https://host, without path: the address that the carrier asks about a call."""
    twilio_account_sid: str
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)
    """The first is the one that orders calls."""
    twilio_api_url: str
    """Of Twilio's REST API: another address than Twilio's own for a proxy."""
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            campaigns_table=read.text("CAMPAIGNS_TABLE", _TABLE),
            campaigns_dir=read.folder("CAMPAIGNS_DIR", _FILES),
            desk_table=read.text("DESK_TABLE", "the name of the desk's own table"),
            event_bus=read.text("EVENT_BUS", "the name of the event bus"),
            public_base_url=read.url("PUBLIC_BASE_URL", "https", with_path=False),
            twilio_account_sid=read.text("TWILIO_ACCOUNT_SID", "the account's sid: run `switchboard secrets set`"),
            twilio_auth_tokens=read.secrets("TWILIO_AUTH_TOKENS"),
            twilio_api_url=read.url("TWILIO_API_URL", "https", "http", default="https://api.twilio.com"),
            aws_region=read.text("AWS_REGION", _REGION),
        )
