"""Every value that differs between one deployment and another, read once from the context of the CDK.

`cdk.json` holds the stages under `stages`; any value may also be given on the command line (`-c calls_per_task=40`).
Whatever is missing or wrong is one line, before anything is built.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

type Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
type Line = Annotated[str, StringConstraints(pattern=r"^(\*|\+[1-9]\d{6,14})$")]
type AgentName = Annotated[str, StringConstraints(pattern=r"^[\w-]+$")]
type Host = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$")]

KEYS = {"deepgram": "DEEPGRAM_API_KEY", "cartesia": "CARTESIA_API_KEY", "elevenlabs": "ELEVENLABS_API_KEY"}
"""Vendors outside AWS that may hear or speak, each with the setting that holds its key. OpenAI's is always there."""

STREAMING = "streaming"
"""The name of the streaming tasks' service. The webhooks find it by its name, for Core knows nothing of Stream."""

MOST_NAMES = 12
"""Characters of a stage's name; it becomes part of the names of resources."""


class StageError(Exception):
    """The context does not describe a deployment. The message is one line, with what to do."""


def _chosen(*known: str) -> StringConstraints:
    """Names with commas between."""
    name = f"({'|'.join(known)})"
    return StringConstraints(pattern=rf"^{name}(,{name})*$")


class Stage(BaseModel):
    """One deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=MOST_NAMES)]

    lines: Mapping[Line, AgentName] = Field(default={"*": "front_door"}, min_length=1)
    """Called number in E.164, or `*` for any, to the agent file that answers."""
    openai_base_url: Annotated[str, StringConstraints(pattern=r"^https://[^?#\s]+$")] = "https://api.openai.com/v1"
    """Of any provider that speaks OpenAI's chat completions."""
    openai_model: str = Field("gpt-4.1-mini", min_length=1)
    """A chat model with tools, by its provider's name for it."""
    speech_to_text: Annotated[str, _chosen("transcribe", "deepgram", "openai")] = "transcribe"
    """Who recognises, of transcribe, deepgram and openai; others after a comma stand in when the first fails."""
    text_to_speech: Annotated[str, _chosen("polly", "cartesia", "elevenlabs")] = "polly"
    """Who speaks, of polly, cartesia and elevenlabs, in the same way; an agent file names its voice at each."""
    language_model: Annotated[str, _chosen("openai", "bedrock")] = "openai"
    """Who thinks, of openai and bedrock, in the same way."""
    bedrock_model: Annotated[str, StringConstraints(pattern=r"^([\w.-]+(:\d+)?)?$")] = ""
    """The id of a model with tools on Amazon Bedrock, or of an inference profile for it, when Bedrock thinks."""
    transcribe_vocabulary: str = ""
    """What the names of custom vocabularies begin with; empty when there are none."""

    crm: Literal["none", "hubspot"] = "none"
    """Where calls that are over are noted with whom they were about."""
    payment_links: bool = False
    """Whether callers may be sent links to pay by, which takes an account at Stripe (docs/agents.md)."""

    fallback_to: Annotated[str, StringConstraints(pattern=r"^(\+[1-9]\d{6,14}|queue:[\w .-]{1,60}|voicemail)$")] = (
        "voicemail"
    )
    """Who takes a call that the application does not answer: a number, `queue:` and its name, or voicemail."""
    fallback_says: str = Field("Thank you for calling. Our assistant cannot be reached just now.", min_length=1)
    """What such a caller hears first."""
    fallback_region: str | None = None
    """Where the fallback lives, apart from the rest; None for the same region."""

    domain: Host | None = None
    """Host of the media stream, such as media.example.com, with its certificate; None takes CloudFront's own name."""
    hosted_zone_id: str | None = None
    """Of Route 53, in which the domain's record and certificate are made."""
    certificate_arn: str | None = None
    """Of a certificate there is already, when the domain's zone is elsewhere; its record is then made by hand."""

    calls_per_task: int = Field(12, ge=1, le=200)
    """Calls one task admits. Two tasks of 12 are what AWS's own quotas carry (25 streams of Transcribe, 8 requests to
    Polly a second, for all tasks together) until they are raised; a task is made for 50 and more."""
    busy_percent: int = Field(50, ge=10, le=90)
    """Of the places in all tasks, how many may be taken before another task is started. The rest carries the calls that
    come meanwhile: four minutes until the alarm (figures by the minute, three in a row), 20 to 90 s for the start."""
    idle: Literal["warm", "zero"] = "warm"
    """What runs when nobody calls: warm keeps `min_tasks`; zero keeps none, and no NAT gateway. The first caller is
    then answered turn by turn, and goes over to a stream a minute or so later, when a task has come."""
    min_tasks: int = Field(2, ge=1, le=100)
    """Tasks that run when nobody calls; with one, its loss leaves no other."""
    max_tasks: int = Field(2, ge=1, le=500)
    """The most tasks; times `calls_per_task`, the most calls at a time."""
    polly_tps: int = Field(8, ge=1, le=1_000)
    """Polly's quota of requests a second, which all tasks share."""
    nat_gateways: int = Field(1, ge=1, le=2)
    """The tasks' ways to Transcribe, Polly and the model; with one, the loss of its zone takes them all."""
    image: Literal["codebuild", "asset"] = "codebuild"
    """Who builds the container image: CodeBuild in the account, or Docker on this machine."""

    processor: Literal["arm64", "x86_64"] = "arm64"
    """Of the Lambdas. x86_64 is for an emulator that runs them on such a machine."""
    keep_data: bool = True
    """Whether tables and logs stay when the stack is destroyed."""
    log_days: Literal[7, 14, 30, 60, 90, 180, 365] = 30
    """How long logs are kept."""
    alarm_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    """Who is told of alarms; AWS asks the address to confirm it once in each stack."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.domain and bool(self.hosted_zone_id) == bool(self.certificate_arn):
            raise ValueError("domain: give either hosted_zone_id or certificate_arn with it")
        if not self.domain and (self.hosted_zone_id or self.certificate_arn):
            raise ValueError("hosted_zone_id and certificate_arn go with a domain; give one")
        if self.idle == "zero" and (kept := {"min_tasks", "nat_gateways"} & self.model_fields_set):
            raise ValueError(f"{sorted(kept)[0]}: a stage with idle zero keeps none; leave it out")
        if self.max_tasks < self.fewest_tasks:
            raise ValueError("max_tasks is less than min_tasks")
        if "bedrock" in self.language_model and not self.bedrock_model:
            raise ValueError("bedrock_model: is missing, and language_model names bedrock; give the id of a model")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The settings that hold keys of the vendors chosen, without OpenAI's."""
        chosen = {*self.speech_to_text.split(","), *self.text_to_speech.split(",")}
        return tuple(key for vendor, key in KEYS.items() if vendor in chosen)

    @property
    def title(self) -> str:
        """The name as a part of stack names: `prod-eu` is `ProdEu`."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def fewest_tasks(self) -> int:
        """Tasks that run when nobody calls."""
        return 0 if self.idle == "zero" else self.min_tasks

    @property
    def cluster(self) -> str:
        """The name of the streaming tasks' cluster."""
        return f"switchboard-{self.name}"

    @property
    def task_asked_of(self) -> str:
        """Cluster and service that the webhooks ask for a task, where none is kept."""
        return f"{self.cluster}/{STREAMING}" if self.idle == "zero" else ""

    @property
    def bus(self) -> str:
        """The event bus's name, for the company's own rules."""
        return f"switchboard-{self.name}"

    def queue(self, name: str) -> str:
        """The name in full of the queue of this name."""
        return f"switchboard-{self.name}-{name}"

    @property
    def after_call_queue(self) -> str:
        """The name of the queue of calls that have ended; its dead-letter queue has `-dead` after it."""
        return self.queue("after-call")

    @property
    def campaigns_queue(self) -> str:
        """The name of the queue of a company's own events; its dead-letter queue has `-dead` after it."""
        return self.queue("campaigns")

    @property
    def chains(self) -> str:
        """The state machine's name; executions are called after it and their chain."""
        return f"switchboard-{self.name}-chains"

    @property
    def account_sid_parameter(self) -> str:
        """The Parameter Store name under which `switchboard secrets set` leaves the sid of Twilio's account."""
        return f"/switchboard/{self.name}/twilio-account-sid"

    @property
    def stream_url_parameter(self) -> str:
        """The Parameter Store name under which the address of the media streams is found, once there is one."""
        return f"/switchboard/{self.name}/stream-url"


def read_stage(context: Callable[[str], Any]) -> Stage:
    """The stage that the context asks for. Raises StageError."""
    stages = context("stages")
    if not isinstance(stages, dict) or not stages:
        raise StageError('cdk.json: context.stages: is missing; give at least {"stages": {"prod": {}}}')
    name = context("stage")
    if name not in stages or not isinstance(stages[name], dict):
        raise StageError(f"stage: there is no {name!r} in cdk.json; use -c stage= with one of {', '.join(stages)}")
    given = {key: value for key in Stage.model_fields if key != "name" and (value := context(key)) is not None}
    try:
        return Stage.model_validate(
            {**stages[name], **{key: _plain(key, value) for key, value in given.items()}, "name": name}
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StageError(
            f"stage {name}: {where + ': ' if where else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from None


def _plain(key: str, value: object) -> object:
    """A value from the command line, where everything is text and `lines` is JSON."""
    if key != "lines" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise StageError('stage: lines: is not JSON; give such as {"+15550100123": "front_door"}') from None
