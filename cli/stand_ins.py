"""Starting the stand-ins: each prints one line of JSON with its addresses when it is ready."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cli.carrier import Carrier
from cli.children import Child, Children, Say

ROOT = Path(__file__).parents[1]
MODEL = "embedded-minilm"
ACCOUNT_SID = "AC" + "0" * 32
READY_S = 60

PYTHON = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
"""The rooms are found wherever the command was typed."""

_READY = r"^\{.*\}$"


def start_aws(children: Children) -> Child:
    return _start(children, "aws", "cloud", "aws")


def aws_at(child: Child, say: Say) -> str:
    """The emulator's address. Raises ChildFailed."""
    return _addresses(child, say)["aws"]


def start_speech(children: Children) -> Child:
    return _start(children, "speech", "cloud", "speech")


def speech_at(child: Child, say: Say) -> str:
    """The address of Polly, of Transcribe, and (with ws://) of its streams. Raises ChildFailed."""
    return _addresses(child, say)["speech"]


def start_ecs(
    children: Children, service: str, start_s: float, command: Sequence[str], environment: Mapping[str, str]
) -> Child:
    """Of one service, `cluster/service`, whose tasks run `command` with this environment; it has their logs."""
    cluster, _, name = service.partition("/")
    options = ("--cluster", cluster, "--service", name, "--start-s", str(start_s), "--", *command)
    return _start(children, "streaming", "cloud", "ecs", *options, environment=environment)


def ecs_at(child: Child, say: Say) -> tuple[str, int]:
    """The address of ECS, and the port at which its tasks are reached. Raises ChildFailed."""
    addresses = _addresses(child, say)
    return addresses["ecs"], urlsplit(addresses["balancer"]).port or 0


def start_model(children: Children) -> Child:
    return _start(children, "model", "model")


def model_at(child: Child, say: Say) -> str:
    """Its base URL, as an OpenAI client wants it. Raises ChildFailed."""
    return address(child, say)


def address(child: Child, say: Say) -> str:
    """Of one that has one. Raises ChildFailed."""
    return _addresses(child, say)["listening"]


def start_crm(children: Children) -> Child:
    """HubSpot."""
    return _start(children, "crm", "crm")


def start_stripe(children: Children, webhook: str) -> Child:
    """`webhook` is the loopback address of the product's own for what becomes of payments."""
    return _start(children, "stripe", "stripe", "--webhook", webhook)


def start_carrier(children: Children, token: str, routes: Mapping[str, str], speech_url: str) -> Child:
    """`routes` maps public https and wss base addresses to loopback ones."""
    options = [option for public, local in routes.items() for option in ("--route", f"{public}={local}")]
    return _start(
        children,
        "carrier",
        "carrier",
        *("--account-sid", ACCOUNT_SID, "--auth-token-env", "TWILIO_AUTH_TOKEN", *options),
        *("--polly-url", speech_url, "--transcribe-url", stream_of(speech_url)),
        environment={"TWILIO_AUTH_TOKEN": token},
    )


def carrier_at(child: Child, token: str, say: Say) -> Carrier:
    """Raises ChildFailed."""
    return Carrier(_addresses(child, say)["listening"], ACCOUNT_SID, token)


def stream_of(speech_url: str) -> str:
    """The WebSocket address of recognition."""
    return speech_url.replace("http", "ws", 1)


def _start(
    children: Children, name: str, room: str, *options: str, environment: Mapping[str, str] | None = None
) -> Child:
    command = (sys.executable, "-m", f"local.{room}", *options)
    return children.start(name, *command, environment={**PYTHON, **(environment or {})})


def _addresses(child: Child, say: Say) -> Mapping[str, str]:
    addresses: Mapping[str, str] = json.loads(child.until_says(_READY, READY_S, say)[0])
    return addresses
