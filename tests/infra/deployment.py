"""Our stacks in the emulator, deployed by the ordinary CDK command line, and called as Twilio calls them."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aws_cdk
import boto3

from cdk.app import build
from cdk.stage import read_stage
from shared.wire import signature

ROOT = Path(__file__).parents[2]
CONTEXT: Mapping[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
REGION = "us-east-1"
CLI_S = 300
CALL_S = 30


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account that is an emulator at `endpoint`."""

    endpoint: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @property
    def variables(self) -> Mapping[str, str]:
        """What makes any program take the emulator for AWS."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def cdk(self, *arguments: str) -> None:
        """Run the command line in this account."""
        self.run(str(ROOT / "node_modules" / ".bin" / "cdk"), *arguments)

    def switchboard(self, *arguments: str) -> str:
        """Run our own command in this account; gives what it says."""
        return self.run(str(ROOT / ".venv" / "bin" / "switchboard"), *arguments)

    def run(self, *command: str) -> str:
        """Run a command with this account for its own; gives what it says."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {**ours, **self.variables, "CDK_DISABLE_CLI_TELEMETRY": "true"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=CLI_S, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        return done.stdout

    def deploy(self, stack: str, assembly: Path) -> Mapping[str, str]:
        """Deploy one stack of a synthesised assembly; gives its outputs."""
        self.cdk("deploy", stack, "--app", str(assembly), "--require-approval", "never", "--exclusively")
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def post(self, url: str, path: str, fields: Mapping[str, str], *, token: str) -> Reply:
        """A signed form, as Twilio sends it to the deployed API at `url`, which the emulator knows by its host."""
        endpoint = urlsplit(self.endpoint)
        connection = HTTPConnection(endpoint.hostname or "", endpoint.port, timeout=CALL_S)
        try:
            connection.request(
                "POST",
                path,
                urlencode(fields),
                {
                    "Host": urlsplit(url).netloc,
                    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                    signature.HEADER: signature.sign(token, url + path, list(fields.items())),
                },
            )
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode())
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the account, by its name."""

    account: Account
    name: str

    @property
    def url(self) -> str:
        return str(self.account.client("sqs").get_queue_url(QueueName=self.name)["QueueUrl"])

    def hurry(self) -> None:
        """No delay, and another try each second: what an hour would show in a test's time."""
        self.account.client("sqs").set_queue_attributes(
            QueueUrl=self.url, Attributes={"DelaySeconds": "0", "VisibilityTimeout": "1"}
        )

    def messages(self) -> int:
        """How many can be received."""
        answer = self.account.client("sqs").get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def put(self, body: Mapping[str, str]) -> None:
        self.account.client("sqs").send_message(QueueUrl=self.url, MessageBody=json.dumps(body))

    def take(self) -> list[dict[str, Any]]:
        """What can be received now, as JSON, taken out."""
        client = self.account.client("sqs")
        taken = client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in taken:
            client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in taken]


def until[T](found: Callable[[], T], *, within_s: float = 60) -> T:
    """The first answer that says something; AssertionError after `within_s`."""
    end = time.monotonic() + within_s
    while not (answer := found()):
        assert time.monotonic() < end, f"nothing in {within_s:.0f} s"
        time.sleep(0.1)
    return answer


def assembly(folder: Path, **context: Any) -> Path:
    """The stage `laptop`, synthesised into `folder`, for this machine's processor."""
    processor = "arm64" if os.uname().machine in ("aarch64", "arm64") else "x86_64"
    app = aws_cdk.App(outdir=str(folder), context={**CONTEXT, "stage": "laptop", "processor": processor, **context})
    build(app, read_stage(app.node.try_get_context))
    app.synth()
    return folder
