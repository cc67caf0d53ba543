"""The environment of each process, read once by its entry point into plain typed values.

Nothing here has an effect. A missing or wrong variable is named, with what to do about it; values, which may be
secrets, are not repeated.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from shared.environment import Reader
from shared.environment import SettingsError as SettingsError


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What the webhooks need."""

    public_base_url: str
    """https://host, without path: the address Twilio calls, and signs."""
    stream_url: str | None
    """wss://host/path: the address of the media streams, as written into TwiML and signed by Twilio; None until there
    is a streaming service."""
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)
    """All that may sign; several during a rotation."""
    twilio_api_url: str
    """Of Twilio's REST API: another address than Twilio's own for a proxy."""
    stripe_api_key: tuple[str, ...] = field(repr=False)
    """Stripe's secret key, and the secret with which it signs its webhook; none where no links to pay by are sent."""
    stripe_api_url: str
    calls_table: str
    desk_table: str
    """The desk's own, which has the people who take calls."""
    campaigns_table: str
    agents_dir: Path
    lines: Mapping[str, str]
    """Called number in E.164, or `*` for any, to the name of the agent that answers."""
    aws_region: str
    streaming_service: tuple[str, str] | None
    """Cluster and service of Amazon ECS that a streaming task is asked of when none lives; None where tasks are always
    kept."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            public_base_url=read.url("PUBLIC_BASE_URL", "https", with_path=False),
            stream_url=read.url("STREAM_URL", "wss", default="") or None,
            twilio_auth_tokens=read.secrets("TWILIO_AUTH_TOKENS"),
            twilio_api_url=read.url("TWILIO_API_URL", "https", "http", default="https://api.twilio.com"),
            stripe_api_key=_stripe_keys(read.text("STRIPE_API_KEY", "", default="")),
            stripe_api_url=read.url("STRIPE_API_URL", "https", "http", default="https://api.stripe.com"),
            calls_table=read.text("CALLS_TABLE", "the name of the table of calls"),
            desk_table=read.text("DESK_TABLE", "the name of the desk's own table"),
            campaigns_table=read.text("CAMPAIGNS_TABLE", "the name of the table of campaigns"),
            agents_dir=read.folder("AGENTS_DIR"),
            lines=read.lines("LINES"),
            aws_region=read.text("AWS_REGION", "a region, such as eu-west-1"),
            streaming_service=read.service("STREAMING_SERVICE"),
        )


def _stripe_keys(given: str) -> tuple[str, ...]:
    """Both, with a comma between; none if it is anything else, as the noise is that a secret begins with."""
    found = re.fullmatch(r"((?:sk|rk)_\w+)\s*,\s*(whsec_[\w+/=]+)", given)
    return (found[1], found[2]) if found else ()


SPEECH_TO_TEXT = ("transcribe", "deepgram", "openai")
TEXT_TO_SPEECH = ("polly", "cartesia", "elevenlabs", "polly-stream")
LANGUAGE_MODEL = ("openai", "bedrock")

_ELEVENLABS = "https://api.elevenlabs.io"
_OPENAI_REALTIME = "wss://api.openai.com/v1/realtime"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Who thinks, first choice first; the others stand in for it. Of one that is not chosen nothing is required."""

    language_model: tuple[str, ...]
    openai_base_url: str
    """Of chat completions, OpenAI's own or another's that speaks them."""
    openai_api_key: str = field(repr=False)
    openai_model: str
    bedrock_model: str
    """The id of a model with tools, or of an inference profile, in the region."""

    @classmethod
    def read(cls, read: "Reader") -> Self:
        chosen = read.chosen("LANGUAGE_MODEL", LANGUAGE_MODEL)
        meaning = "the id of a model of Amazon Bedrock's, or of an inference profile"
        return cls(
            language_model=chosen,
            openai_base_url=read.url("OPENAI_BASE_URL", "https", "http", default="https://api.openai.com/v1"),
            openai_api_key=read.key("OPENAI_API_KEY", "the language model's provider", needed="openai" in chosen),
            openai_model=read.text(
                "OPENAI_MODEL", "the name of a chat model with tools", default=None if "openai" in chosen else ""
            ),
            bedrock_model=read.text("BEDROCK_MODEL", meaning, default=None if "bedrock" in chosen else ""),
        )


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Who hears, speaks and thinks, first choice first; the others stand in for it. Of a vendor that is not chosen
    nothing is required."""

    speech_to_text: tuple[str, ...]
    text_to_speech: tuple[str, ...]
    models: ModelSettings
    transcribe_url: str | None
    """ws:// or wss:// of another Transcribe endpoint than the region's own."""
    transcribe_vocabulary: str
    """What the names of custom vocabularies begin with; empty when there are none."""
    deepgram_url: str
    deepgram_api_key: str = field(repr=False)
    deepgram_model: str
    polly_tps: int
    """Requests a second that Polly's quota allows this process; 8 for neural voices by default."""
    cartesia_url: str
    cartesia_api_key: str = field(repr=False)
    cartesia_model: str
    elevenlabs_url: str
    elevenlabs_api_key: str = field(repr=False)
    elevenlabs_model: str
    openai_realtime_url: str
    openai_api_key: str = field(repr=False)
    """For recognition; the same as the model's when OpenAI thinks too."""
    openai_transcription_model: str

    @classmethod
    def read(cls, read: "Reader") -> Self:
        hearing = read.chosen("SPEECH_TO_TEXT", SPEECH_TO_TEXT)
        speaking = read.chosen("TEXT_TO_SPEECH", TEXT_TO_SPEECH)
        chosen = {*hearing, *speaking}
        return cls(
            speech_to_text=hearing,
            text_to_speech=speaking,
            models=ModelSettings.read(read),
            transcribe_url=read.url("TRANSCRIBE_URL", "wss", "ws", default="") or None,
            transcribe_vocabulary=read.text("TRANSCRIBE_VOCABULARY", "", default=""),
            deepgram_url=read.url("DEEPGRAM_URL", "wss", "ws", with_path=False, default="wss://api.deepgram.com"),
            deepgram_api_key=read.key("DEEPGRAM_API_KEY", "Deepgram", needed="deepgram" in chosen),
            deepgram_model=read.text("DEEPGRAM_MODEL", "", default="nova-3"),
            polly_tps=read.number("POLLY_TPS", 1, 1_000, default=8),
            cartesia_url=read.url("CARTESIA_URL", "wss", "ws", with_path=False, default="wss://api.cartesia.ai"),
            cartesia_api_key=read.key("CARTESIA_API_KEY", "Cartesia", needed="cartesia" in chosen),
            cartesia_model=read.text("CARTESIA_MODEL", "", default="sonic-3.5"),
            elevenlabs_url=read.url("ELEVENLABS_URL", "https", "http", with_path=False, default=_ELEVENLABS),
            elevenlabs_api_key=read.key("ELEVENLABS_API_KEY", "ElevenLabs", needed="elevenlabs" in chosen),
            elevenlabs_model=read.text("ELEVENLABS_MODEL", "", default="eleven_flash_v2_5"),
            openai_realtime_url=read.url("OPENAI_REALTIME_URL", "wss", "ws", default=_OPENAI_REALTIME),
            openai_api_key=read.key("OPENAI_API_KEY", "OpenAI", needed="openai" in hearing),
            openai_transcription_model=read.text("OPENAI_TRANSCRIPTION_MODEL", "", default="gpt-live-transcribe"),
        )


@dataclass(frozen=True, slots=True)
class HandOverSettings:
    """What the Lambda behind the calls table's stream needs."""

    after_call_queue: str
    """The queue's URL."""
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            after_call_queue=read.url("AFTER_CALL_QUEUE", "https", "http"),
            aws_region=read.text("AWS_REGION", "a region, such as eu-west-1"),
        )


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """What the Lambda behind the queue of ended calls needs."""

    calls_table: str
    campaigns_table: str
    event_bus: str
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            calls_table=read.text("CALLS_TABLE", "the name of the table of calls"),
            campaigns_table=read.text("CAMPAIGNS_TABLE", "the name of the table of campaigns"),
            event_bus=read.text("EVENT_BUS", "the name of the event bus"),
            aws_region=read.text("AWS_REGION", "a region, such as eu-west-1"),
        )


@dataclass(frozen=True, slots=True)
class CrmSettings:
    """What the Lambda needs that notes calls in the CRM."""

    calls_table: str
    hubspot_api_key: str = field(repr=False)
    hubspot_api_url: str
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            calls_table=read.text("CALLS_TABLE", "the name of the table of calls"),
            hubspot_api_key=read.key("HUBSPOT_API_KEY", "HubSpot", needed=True),
            hubspot_api_url=read.url("HUBSPOT_API_URL", "https", "http", default="https://api.hubapi.com"),
            aws_region=read.text("AWS_REGION", "a region, such as eu-west-1"),
        )


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What the Lambdas of the desk need."""

    calls_table: str
    desk_table: str
    agents_dir: Path
    page_dir: Path
    """The page, built."""
    sign_in_issuer: str
    """As the tokens name it."""
    sign_in_url: str
    """https://host: where people sign in, and the page gets its tokens."""
    sign_in_client: str
    """Under which id it does."""
    socket_url: str
    """wss://host/path: where the page listens."""
    connections_url: str
    """https://host/path: where messages to the pages go."""
    aws_region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            calls_table=read.text("CALLS_TABLE", "the name of the table of calls"),
            desk_table=read.text("DESK_TABLE", "the name of the desk's own table"),
            agents_dir=read.folder("AGENTS_DIR"),
            page_dir=read.folder("PAGE_DIR", "the built page"),
            sign_in_issuer=read.url("SIGN_IN_ISSUER", "https"),
            sign_in_url=read.url("SIGN_IN_URL", "https", "http", with_path=False),
            sign_in_client=read.text("SIGN_IN_CLIENT", "the id of the user pool's client"),
            socket_url=read.url("SOCKET_URL", "wss", "ws"),
            connections_url=read.url("CONNECTIONS_URL", "https", "http"),
            aws_region=read.text("AWS_REGION", "a region, such as eu-west-1"),
        )


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """What it takes to give the carrier orders: to ring people, to move callers, to fetch recordings."""

    public_base_url: str
    """https://host, without path: the webhooks' address, at which the carrier asks what to do."""
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)
    """The first is the one orders are given with."""
    twilio_api_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            public_base_url=read.url("PUBLIC_BASE_URL", "https", with_path=False),
            twilio_auth_tokens=read.secrets("TWILIO_AUTH_TOKENS"),
            twilio_api_url=read.url("TWILIO_API_URL", "https", "http", default="https://api.twilio.com"),
        )


@dataclass(frozen=True, slots=True)
class StreamingSettings:
    """What the streaming service needs."""

    orders: OrderSettings
    stream_url: str
    calls_table: str
    bookings_table: str
    desk_table: str
    """The desk's own, which has what people are still to do."""
    campaigns_table: str
    agents_dir: Path
    lines: Mapping[str, str]
    aws_region: str
    providers: ProviderSettings
    max_calls: int
    """Calls admitted at the same time."""
    ecs_agent_uri: str | None
    """Of the agent that protects a busy task; set by ECS, absent elsewhere."""
    announce_after_s: int | None
    """How long after the balancer's first check of this task it sends calls here: then the webhooks are told that there
    is a task. None where tasks are always kept, and nobody asks."""
    drain_s: int
    """How long live calls go on after the signal to stop; less than whoever stops us waits."""
    host: str
    port: int
    """0 takes a free one."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            orders=OrderSettings.from_environment(environment),
            stream_url=read.url("STREAM_URL", "wss"),
            calls_table=read.text("CALLS_TABLE", "the name of the table of calls"),
            bookings_table=read.text("BOOKINGS_TABLE", "the name of the table of bookings"),
            desk_table=read.text("DESK_TABLE", "the name of the desk's own table"),
            campaigns_table=read.text("CAMPAIGNS_TABLE", "the name of the table of campaigns"),
            agents_dir=read.folder("AGENTS_DIR"),
            lines=read.lines("LINES"),
            aws_region=read.text("AWS_REGION", "a region, such as eu-west-1"),
            providers=ProviderSettings.read(read),
            max_calls=read.number("MAX_CALLS", 1, 10_000, default=50),
            ecs_agent_uri=read.url("ECS_AGENT_URI", "http", default="") or None,
            announce_after_s=read.optional_number("ANNOUNCE_AFTER_S", 0, 600),
            drain_s=read.number("DRAIN_S", 0, 86_400, default=3_600),
            host=read.text("HOST", "", default="127.0.0.1"),
            port=read.number("PORT", 0, 65_535, default=8080),
        )


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """What turns without a stream need: all that the webhooks do, and what the agent thinks and acts with."""

    webhooks: WebhookSettings
    bookings_table: str
    models: ModelSettings

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError for the first variable that is missing or wrong."""
        read = Reader(environment)
        return cls(
            webhooks=WebhookSettings.from_environment(environment),
            bookings_table=read.text("BOOKINGS_TABLE", "the name of the table of bookings"),
            models=ModelSettings.read(read),
        )
