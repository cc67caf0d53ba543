"""What is deployed: the outputs of the three stacks, and what the webhooks find out when they run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.stage_file import Stage

VOICE: Final = "/twilio/voice"
STATUS: Final = "/twilio/status"
TEXT: Final = "/twilio/text"
FALLBACK: Final = "/fallback/voice"
"""The paths that Twilio is given; the functions' own, and a test holds them together."""

OUTPUTS: Final = {
    "Core": ("WebhookUrl", "TwilioAuthTokensSecret", "OpenAiApiKeySecret"),
    "Stream": ("StreamUrlOut", "Cluster", "Service"),
    "Fallback": ("FallbackUrl", "TwilioAuthTokensSecret"),
}
"""Those of each stack that are read here, its address first; a test holds them to the templates."""

_KEY: Final = "ApiKeySecret"
"""With which the outputs of providers' keys end: `DeepgramApiKeySecret` is the place of DEEPGRAM_API_KEY."""

STREAM_URL: Final = "stream-url"
ACCOUNT_SID: Final = "twilio-account-sid"

_USABLE: Final = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"}
)
"""An update that was taken back leaves what was there before, which works."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack that exists."""

    name: str
    region: str
    status: str
    outputs: Mapping[str, str]

    @property
    def usable(self) -> bool:
        return self.status in _USABLE


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is kept."""

    arn: str
    region: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """What there is of a stage; None for what there is not."""

    stage: Stage
    region: str
    core: Stack | None
    stream: Stack | None
    fallback: Stack | None
    stream_url: str | None
    account_sid: str | None
    """Twilio's, as `secrets set` left it."""

    @property
    def parts(self) -> Mapping[str, Stack | None]:
        return {"Core": self.core, "Stream": self.stream, "Fallback": self.fallback}

    @property
    def stacks(self) -> list[Stack]:
        return [stack for stack in self.parts.values() if stack]

    @property
    def fallback_region(self) -> str:
        return self.stage.fallback_region or self.region

    def output(self, part: str, name: str) -> str:
        """An output of a stack that is up. Raises Refusal if the stack is not there, or not finished."""
        stack, full = self.parts[part], self.stage.stack(part)
        where = self.fallback_region if part == "Fallback" else self.region
        again = f"`make deploy STAGE={self.stage.name}`"
        if stack is None:
            raise Refusal(f"{full} is not deployed in {where}; run {again} first, or set AWS_REGION to where it is")
        if not stack.usable and stack.status.endswith("IN_PROGRESS"):
            raise Refusal(f"{full} is {stack.status} in {where}; wait until that is over")
        if not stack.usable or name not in stack.outputs:
            raise Refusal(f"{full} is half finished ({stack.status}) in {where}; run {again} again")
        return stack.outputs[name]

    def address(self, part: str) -> str:
        """Of the webhooks (Core), the streams or the fallback. Raises Refusal."""
        return self.output(part, OUTPUTS[part][0])

    @property
    def webhook_url(self) -> str:
        return self.address("Core")

    @property
    def fallback_url(self) -> str:
        return self.address("Fallback")

    @property
    def webhook_tokens(self) -> Place:
        """Twilio's auth tokens, as the webhooks and the streams read them. Raises Refusal, like the next two."""
        return Place(self.output("Core", "TwilioAuthTokensSecret"), self.region)

    @property
    def fallback_tokens(self) -> Place:
        """The fallback's own copy."""
        return Place(self.output("Fallback", "TwilioAuthTokensSecret"), self.fallback_region)

    @property
    def provider_keys(self) -> Mapping[str, Place]:
        """The keys of speech and model providers that this deployment reads, by their settings' names."""
        self.output("Core", "OpenAiApiKeySecret")
        outputs = self.core.outputs if self.core else {}
        named = {name.removesuffix(_KEY): arn for name, arn in outputs.items() if name.endswith(_KEY)}
        places = {f"{vendor.upper()}_API_KEY": Place(arn, self.region) for vendor, arn in sorted(named.items())}
        return {name: place for name, place in places.items() if self.stage.reads(name)}


def read_deployed(aws: Aws, stage: Stage) -> Deployed:
    """Look, and change nothing. Raises botocore's errors."""
    home, away = aws.region, stage.fallback_region or aws.region
    return Deployed(
        stage,
        aws.region,
        core=_stack(aws, stage.stack("Core"), home),
        stream=_stack(aws, stage.stack("Stream"), home),
        fallback=_stack(aws, stage.stack("Fallback"), away),
        stream_url=read_parameter(aws, stage.parameter(STREAM_URL)),
        account_sid=read_parameter(aws, stage.parameter(ACCOUNT_SID)),
    )


def _stack(aws: Aws, name: str, region: str) -> Stack | None:
    try:
        found = aws.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # CloudFormation has no code of its own for a stack that is not there.
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    if found["StackStatus"] == "DELETE_COMPLETE":
        return None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return Stack(name, region, found["StackStatus"], outputs)


def read_parameter(aws: Aws, name: str, region: str | None = None) -> str | None:
    """Of Parameter Store, in the stage's own region unless another is named; None if it is not there."""
    try:
        return str(aws.client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
