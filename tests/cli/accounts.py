"""The two accounts a company has: AWS is the emulator, Twilio the carrier stand-in. Both answer on loopback."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.carrier.config import CarrierConfig
from local.carrier.exchange import Number
from local.carrier.server import Carrier
from local.cloud.emulator import emulator

SID = "AC" + "0" * 31 + "7"
TOKEN = "0123456789abcdef" * 2
KEY = "sk-test-0123456789"
REGION, AWAY = "us-east-1", "us-west-2"
STREAM_URL = "wss://media.switchboard.test/media"
WEBHOOK_URL = "https://webhooks.switchboard.test"
FALLBACK_URL = "https://fallback.switchboard.test"

_SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "Noise-%of]creation,until<it>is~set"}}
_DEADLINE_S = 60


@dataclass(frozen=True)
class Accounts:
    """Both accounts, and a folder with a `cdk.json`. A test takes a stage of its own."""

    aws_url: str
    carrier: Carrier
    loop: asyncio.AbstractEventLoop
    """On which both answer, in a thread of its own."""

    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = REGION) -> Any:
        if (service, region) not in self.clients:
            self.clients[service, region] = self._client(service, region)
        return self.clients[service, region]

    def _client(self, service: str, region: str) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.aws_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def number(self, phone_number: str) -> Number:
        """Bought, and leading nowhere yet."""
        return self.carrier.exchange.number(phone_number) or self.carrier.exchange.add_number(phone_number)


@dataclass(frozen=True)
class Deployment:
    """One stage, as its stacks would leave it."""

    accounts: Accounts
    name: str
    away: str = REGION
    webhook_url: str = WEBHOOK_URL
    fallback_url: str = FALLBACK_URL
    stream_url: str = STREAM_URL
    service: str = "streaming"
    vendor: str = ""
    """Of another key than OpenAI's, such as Deepgram."""

    def core(self) -> None:
        others = {f"{self.vendor}ApiKeySecret": {"Ref": "Other"}} if self.vendor else {}
        self._create(
            "Core",
            {"Tokens": _SECRET, "Key": _SECRET, "Other": _SECRET},
            REGION,
            {
                "WebhookUrl": self.webhook_url,
                "TwilioAuthTokensSecret": {"Ref": "Tokens"},
                "OpenAiApiKeySecret": {"Ref": "Key"},
                **others,
            },
        )

    def stream(self) -> None:
        ecs = self.accounts.client("ecs")
        ecs.create_cluster(clusterName=self.name)
        ecs.register_task_definition(family=self.name, containerDefinitions=[{"name": "streaming", "image": "none"}])
        ecs.create_service(cluster=self.name, serviceName="streaming", taskDefinition=self.name, desiredCount=0)
        address = {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": self.parameter("stream-url"), "Type": "String", "Value": self.stream_url},
        }
        self._create(
            "Stream",
            {"Address": address},
            REGION,
            {"StreamUrlOut": self.stream_url, "Cluster": self.name, "Service": self.service},
        )

    def fallback(self) -> None:
        self._create(
            "Fallback",
            {"Tokens": _SECRET},
            self.away,
            {"FallbackUrl": self.fallback_url, "TwilioAuthTokensSecret": {"Ref": "Tokens"}},
        )

    def all(self) -> "Deployment":
        self.core()
        self.stream()
        self.fallback()
        return self

    def keys(self, token: str = TOKEN, key: str = KEY, sid: str = SID) -> "Deployment":
        """As `secrets set` leaves them."""
        for part, name, value in (
            ("Core", "TwilioAuthTokensSecret", token),
            ("Core", "OpenAiApiKeySecret", key),
            ("Fallback", "TwilioAuthTokensSecret", token),
        ):
            place = self.away if part == "Fallback" else REGION
            arn = self.outputs(part)[name]
            self.accounts.client("secretsmanager", place).put_secret_value(SecretId=arn, SecretString=value)
        self.accounts.client("ssm").put_parameter(
            Name=self.parameter("twilio-account-sid"), Value=sid, Type="String", Overwrite=True
        )
        return self

    def secret(self, part: str, name: str) -> str:
        place = self.away if part == "Fallback" else REGION
        client = self.accounts.client("secretsmanager", place)
        return str(client.get_secret_value(SecretId=self.outputs(part)[name])["SecretString"])

    def outputs(self, part: str) -> Mapping[str, str]:
        client = self.accounts.client("cloudformation", self.away if part == "Fallback" else REGION)
        found = client.describe_stacks(StackName=self.stack(part))["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def parameters(self) -> Mapping[str, str]:
        found = self.accounts.client("ssm").get_parameters_by_path(Path=f"/switchboard/{self.name}", Recursive=True)
        return {each["Name"].removeprefix(self.parameter("")): each["Value"] for each in found["Parameters"]}

    def parameter(self, name: str) -> str:
        return f"/switchboard/{self.name}/{name}"

    def stack(self, part: str) -> str:
        return f"Switchboard{self.name.capitalize()}{part}"

    def _create(self, part: str, resources: Mapping[str, Any], region: str, outputs: Mapping[str, Any]) -> None:
        template = {
            "Resources": {**resources, "Log": _log(f"{self.stack(part)}-Log")},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        client = self.accounts.client("cloudformation", region)
        client.create_stack(StackName=self.stack(part), TemplateBody=json.dumps(template))
        deadline = time.monotonic() + _DEADLINE_S
        while client.describe_stacks(StackName=self.stack(part))["Stacks"][0]["StackStatus"] != "CREATE_COMPLETE":
            assert time.monotonic() < deadline
            time.sleep(0.02)


def _log(name: str) -> Mapping[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "Properties": {"LogGroupName": name}}


@contextmanager
def running() -> Iterator[Accounts]:
    """Both stand-ins, on a loop of their own: the commands block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()

    async def start() -> Accounts:
        aws_url = await stack.enter_async_context(emulator())
        carrier = await stack.enter_async_context(Carrier(CarrierConfig(account_sid=SID, auth_token=TOKEN)))
        return Accounts(aws_url, carrier, loop)

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(_DEADLINE_S)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(_DEADLINE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_DEADLINE_S)
        loop.close()


@contextmanager
def entered[T](accounts: Accounts, context: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """What an asynchronous context gives, while it is open on the accounts' loop."""
    value = asyncio.run_coroutine_threadsafe(context.__aenter__(), accounts.loop).result(_DEADLINE_S)
    try:
        yield value
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), accounts.loop).result(_DEADLINE_S)


def shell(accounts: Accounts, folder: Path, stages: Mapping[str, Any], patch: pytest.MonkeyPatch) -> None:
    """An operator's shell: a project folder with these stages, and the variables that point to the two accounts."""
    (folder / "cdk.json").write_text(json.dumps({"context": {"stage": next(iter(stages)), "stages": dict(stages)}}))
    patch.chdir(folder)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        patch.delenv(name, raising=False)
    for name, value in {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": accounts.aws_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "TWILIO_API_URL": accounts.carrier.url,
        "COLUMNS": "200",
    }.items():
        patch.setenv(name, value)
