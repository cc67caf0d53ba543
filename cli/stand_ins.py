"""Starting the stand-ins: each prints one line of JSON with its addresses when it is ready."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.account import Account
from cli.carrier import Carrier
from cli.children import Child, Children, Say

ROOT = Path(__file__).parents[1]
MODEL = "embedded-minilm"
ACCOUNT_SID = "AC" + "0" * 32
READY_S = 60

PYTHON = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
"""The rooms are found wherever the command was typed."""

_READY = r"^\{.*\}$"


@dataclass(frozen=True, slots=True)
class Cloud:
    """The small AWS. `transcribe_url` is the WebSocket of recognition."""

    account: Account
    transcribe_url: str


def start_cloud(children: Children) -> Child:
    return _start(children, "cloud", "--ministack")


def cloud_at(child: Child, say: Say) -> Cloud:
    """Raises ChildFailed."""
    at = _addresses(child, say)
    return Cloud(Account(aws_url=at["aws"], speech_url=at["speech"]), at["speech"].replace("http", "ws", 1))


def start_model(children: Children) -> Child:
    return _start(children, "model")


def model_at(child: Child, say: Say) -> str:
    """Its base URL, as an OpenAI client wants it. Raises ChildFailed."""
    return _addresses(child, say)["listening"]


def start_carrier(children: Children, token: str, routes: Mapping[str, str], cloud: Cloud) -> Child:
    """`routes` maps public https and wss base addresses to loopback ones."""
    options = [option for public, local in routes.items() for option in ("--route", f"{public}={local}")]
    return _start(
        children,
        "carrier",
        *("--account-sid", ACCOUNT_SID, "--auth-token-env", "TWILIO_AUTH_TOKEN", *options),
        *("--polly-url", cloud.account.speech_url, "--transcribe-url", cloud.transcribe_url),
        environment={"TWILIO_AUTH_TOKEN": token},
    )


def carrier_at(child: Child, token: str, say: Say) -> Carrier:
    """Raises ChildFailed."""
    return Carrier(_addresses(child, say)["listening"], ACCOUNT_SID, token)


def _start(children: Children, name: str, *options: str, environment: Mapping[str, str] | None = None) -> Child:
    command = (sys.executable, "-m", f"local.{name}", *options)
    return children.start(name, *command, environment={**PYTHON, **(environment or {})})


def _addresses(child: Child, say: Say) -> Mapping[str, str]:
    addresses: Mapping[str, str] = json.loads(child.until_says(_READY, READY_S, say)[0])
    return addresses
