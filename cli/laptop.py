"""A telephone network and a small AWS on this machine, and the product between them, as processes on loopback.

The product is configured as an operator would configure it: public addresses, standard AWS variables, an endpoint for
the model. That those lead to stand-ins is known here and nowhere else.
"""

import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.account import BOOKINGS_TABLE, CALLS_TABLE, VOCABULARY_PREFIX, Account
from cli.carrier import Carrier
from cli.children import Child, Children, Say, free_port
from cli.stand_ins import (
    MODEL,
    PYTHON,
    READY_S,
    ROOT,
    Cloud,
    carrier_at,
    cloud_at,
    model_at,
    start_carrier,
    start_cloud,
    start_model,
)
from shared.adapters.agent_files import load
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.core.agent import Agent

AGENT_FILE = ROOT / "agents" / "front_door.yaml"
NUMBER = "+15550100123"
CALLER = "+14155550142"
PUBLIC_URL = "https://voice.switchboard.test"
STREAM_HOST = "wss://media.switchboard.test"


@dataclass(slots=True)
class Laptop:
    """Everything that runs, and how to reach it."""

    children: Children
    agent: Agent
    account: Account
    calls: DynamoDbCalls
    carrier: Carrier
    model_url: str
    functions_url: str
    streaming_url: str
    environment: Mapping[str, str]
    """Of the product's processes."""
    functions: Child

    def restart_functions(self, say: Say) -> None:
        """Start the webhooks anew at the same address."""
        port = int(self.functions_url.rpartition(":")[2])
        self.functions = _functions(self.children, self.environment, port)
        self.functions.until_answers(f"{self.functions_url}/health", READY_S, say)


@contextmanager
def laptop(logs: Path, say: Say) -> Iterator[Laptop]:
    """Start everything; stop everything on leaving. Raises ChildFailed, naming who failed and what it said last."""
    agent = load(AGENT_FILE)
    token = secrets.token_hex(16)
    with Children(logs) as children:
        starting_cloud, starting_model = start_cloud(children), start_model(children)
        functions_port, streaming_port = free_port(), free_port()
        functions_url, streaming_url = (f"http://127.0.0.1:{port}" for port in (functions_port, streaming_port))
        cloud = cloud_at(starting_cloud, say)
        account = cloud.account
        account.prepare(AGENT_FILE.stem, agent)
        environment = _environment(cloud, model_at(starting_model, say), token)
        functions = _functions(children, environment, functions_port)
        streaming = start_streaming(children, environment, streaming_port)
        routes = {PUBLIC_URL: functions_url, STREAM_HOST: streaming_url.replace("http", "ws")}
        starting_carrier = start_carrier(children, token, routes, cloud)
        functions.until_answers(f"{functions_url}/health", READY_S, say)
        streaming.until_answers(f"{streaming_url}/ready", READY_S, say)
        carrier = carrier_at(starting_carrier, token, say)
        add_number(carrier, account)
        yield Laptop(
            children=children,
            agent=agent,
            account=account,
            calls=DynamoDbCalls(account.dynamodb, CALLS_TABLE),
            carrier=carrier,
            model_url=environment["OPENAI_BASE_URL"],
            functions_url=functions_url,
            streaming_url=streaming_url,
            environment=environment,
            functions=functions,
        )


def _environment(cloud: Cloud, model_url: str, token: str) -> Mapping[str, str]:
    return {
        **PYTHON,
        **cloud.account.environment,
        "PUBLIC_BASE_URL": PUBLIC_URL,
        "STREAM_URL": f"{STREAM_HOST}/media",
        "TWILIO_AUTH_TOKENS": token,
        "CALLS_TABLE": CALLS_TABLE,
        "BOOKINGS_TABLE": BOOKINGS_TABLE,
        "AGENTS_DIR": str(AGENT_FILE.parent),
        "LINES": json.dumps({NUMBER: AGENT_FILE.stem}),
        "OPENAI_BASE_URL": model_url,
        "OPENAI_API_KEY": "local",
        "OPENAI_MODEL": MODEL,
        "TRANSCRIBE_URL": cloud.transcribe_url,
        "TRANSCRIBE_VOCABULARY": VOCABULARY_PREFIX,
    }


def _functions(children: Children, environment: Mapping[str, str], port: int) -> Child:
    command = (sys.executable, "-m", "uvicorn", "--factory", "functions.wiring:app", "--port", str(port))
    return children.start("functions", *command, environment=environment)


def start_streaming(children: Children, environment: Mapping[str, str], port: int) -> Child:
    command = (sys.executable, "-m", "streaming")
    return children.start("streaming", *command, environment={**environment, "PORT": str(port)})


def add_number(carrier: Carrier, account: Account) -> None:
    """Configure the clinic's number as in Twilio's console."""
    carrier.add_number(
        NUMBER,
        voice_url=f"{PUBLIC_URL}/twilio/voice",
        fallback_url=account.fallback_url,
        status_callback=f"{PUBLIC_URL}/twilio/status",
    )
