"""A telephone network and a small AWS on this machine, and the product between them.

The webhooks are deployed from the same templates as in the cloud, and called at the addresses these gave; the
streaming service is a process, configured as its task would be. That the public names lead to stand-ins is known here
and nowhere else.
"""

import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cli.account import VOCABULARY_PREFIX, Account
from cli.carrier import Carrier
from cli.children import Child, Children, Say
from cli.customers import GRACE
from cli.deployment import STAGE, Deployment, ask_for_tasks, configure, deploy, paid_at, reach, think_with, warm_up
from cli.desk_at_home import DeskAtHome, open_desk
from cli.function_logs import function_logs
from cli.stand_ins import (
    MODEL,
    PYTHON,
    READY_S,
    ROOT,
    address,
    aws_at,
    carrier_at,
    ecs_at,
    model_at,
    speech_at,
    start_aws,
    start_carrier,
    start_crm,
    start_ecs,
    start_model,
    start_speech,
    start_stripe,
    stream_of,
)
from shared.adapters.agent_files import load
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.core.agent import Agent

AGENT_FILE = ROOT / "agents" / "front_door.yaml"
NUMBER = "+15550100123"
RECEPTION = "+15550100124"
HYBRID = "+15550100125"
PAYMENTS = "+15550100126"
CAMPAIGNS = {
    "+15550100100": "reminder",
    "+15550100200": "collections",
    "+15550100300": "survey",
    "+15550100400": "lead",
}
"""From which those who are called are called, and where they reach the same agent."""
OTHER_LINES = {RECEPTION: "reception", HYBRID: "hybrid", PAYMENTS: "payments", **CAMPAIGNS}
"""The other numbers, and the agents that answer there (`cdk.json` has them too)."""
CALLER = "+14155550142"
STREAM_HOST = "wss://media.switchboard.test"
STREAM_URL = f"{STREAM_HOST}/media"
OPENAI_API_KEY = "local"
TASKS = f"switchboard-{STAGE}/streaming"
"""Cluster and service of the streaming tasks, where none is kept."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """Everything that runs, and how to reach it."""

    children: Children
    agent: Agent
    account: Account
    deployed: Deployment
    calls: DynamoDbCalls
    carrier: Carrier
    model_url: str
    streaming_url: str
    environment: Mapping[str, str]
    """Of the streaming service."""
    desk: DeskAtHome
    stripe_url: str
    crm_url: str

    def bookings(self) -> list[Mapping[str, str]]:
        """Every appointment in the table: service, day, time, name, phone and reference."""
        return self.account.bookings(self.deployed.bookings_table)


@contextmanager
def laptop(logs: Path, say: Say, *, start_s: float | None = None) -> Iterator[Laptop]:
    """Start everything; stop everything on leaving. Raises ChildFailed, naming who failed and what it said last.

    With `start_s` no streaming task is kept: one comes so long after a caller has made the webhooks ask for it.
    """
    agent = load(AGENT_FILE)
    token = secrets.token_hex(16)
    with Children(logs) as children:
        aws, speech, model = start_aws(children), start_speech(children), start_model(children)
        crm = start_crm(children)
        aws_url = aws_at(aws, say)
        deployed = deploy(children, aws_url, say)
        account = Account(aws_url, speech_at(speech, say))
        stripe = start_stripe(children, paid_at(account, deployed))
        starting_carrier = start_carrier(children, token, routes(account, deployed), account.speech_url)
        configure(account, deployed, token=token, openai_api_key=OPENAI_API_KEY, stream_url=STREAM_URL)
        account.put_customer(deployed.bookings_table, GRACE)
        for name in (AGENT_FILE.stem, *OTHER_LINES.values()):
            account.create_vocabulary(name, load(AGENT_FILE.with_stem(name)))
        model_url = model_at(model, say)
        think_with(account, deployed, model=MODEL, url=model_url)
        carrier = carrier_at(starting_carrier, token, say)
        stripe_url, crm_url = address(stripe, say), address(crm, say)
        reach(account, deployed, carrier=carrier.url, stripe=stripe_url, crm=crm_url)
        desk = open_desk(account, public_url=deployed.desk_url, pool=deployed.people, carrier_url=carrier.url)
        environment = _environment(account, deployed, model_url, token) | {"TWILIO_API_URL": carrier.url}
        if start_s is None:
            streaming = start_streaming(children, environment)
            warm_up(account, deployed, say)
            port = port_of(streaming, say)
        else:
            account, port = keep_no_task(children, account, deployed, environment, start_s, say)
            warm_up(account, deployed, say)
        carrier.route(STREAM_HOST, f"ws://127.0.0.1:{port}")
        add_number(carrier, deployed)
        with _told(logs.parent / "aws", aws_url), function_logs(account.client("logs"), logs / "functions.log"):
            yield Laptop(
                children=children,
                agent=agent,
                account=account,
                deployed=deployed,
                calls=DynamoDbCalls(account.client("dynamodb"), deployed.calls_table),
                carrier=carrier,
                model_url=environment["OPENAI_BASE_URL"],
                streaming_url=f"http://127.0.0.1:{port}",
                environment=environment,
                desk=desk,
                stripe_url=stripe_url,
                crm_url=crm_url,
            )


@contextmanager
def _told(file: Path, aws_url: str) -> Iterator[None]:
    """Where the small AWS is, for commands in another terminal (`--laptop`)."""
    file.write_text(aws_url)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _environment(account: Account, deployed: Deployment, model_url: str, token: str) -> dict[str, str]:
    return {
        **PYTHON,
        **account.environment,
        "PUBLIC_BASE_URL": deployed.webhook_url,
        "STREAM_URL": STREAM_URL,
        "TWILIO_AUTH_TOKENS": token,
        "CALLS_TABLE": deployed.calls_table,
        "DESK_TABLE": deployed.desk_table,
        "CAMPAIGNS_TABLE": deployed.campaigns_table,
        "BOOKINGS_TABLE": deployed.bookings_table,
        "AGENTS_DIR": str(AGENT_FILE.parent),
        "LINES": json.dumps({"*": AGENT_FILE.stem, **OTHER_LINES}),
        "OPENAI_BASE_URL": model_url,
        "OPENAI_API_KEY": OPENAI_API_KEY,
        "OPENAI_MODEL": MODEL,
        "TRANSCRIBE_URL": stream_of(account.speech_url),
        "TRANSCRIBE_VOCABULARY": VOCABULARY_PREFIX,
        "METRICS_NAMESPACE": f"Switchboard/{STAGE}",
    }


def start_streaming(children: Children, environment: Mapping[str, str]) -> Child:
    command = (sys.executable, "-m", "streaming")
    return children.start("streaming", *command, environment={**environment, "PORT": "0"})


def port_of(streaming: Child, say: Say) -> int:
    """Where it listens, once it does. Raises ChildFailed."""
    return int(streaming.until_says(r'"event": "server_listening".*"port": (\d+)', READY_S, say)[1])


def keep_no_task(
    children: Children,
    account: Account,
    deployed: Deployment,
    environment: Mapping[str, str],
    start_s: float,
    say: Say,
) -> tuple[Account, int]:
    """Have streaming tasks come when the webhooks ask for one: the account with ECS in it, and the balancer's port."""
    command = (sys.executable, "-m", "streaming")
    child = start_ecs(children, TASKS, start_s, command, {**environment, "ANNOUNCE_AFTER_S": "1"})
    ecs_url, port = ecs_at(child, say)
    ask_for_tasks(account, deployed, TASKS, ecs_url)
    return replace(account, ecs_url=ecs_url), port


def routes(account: Account, deployed: Deployment) -> Mapping[str, str]:
    """Where the public addresses lead: what DNS does for the real ones. The streams' own comes when they are up."""
    return {deployed.webhook_url: account.aws_url, deployed.fallback_url: account.aws_url}


def add_number(carrier: Carrier, deployed: Deployment) -> None:
    """Configure all numbers as in Twilio's console."""
    for number in (NUMBER, *OTHER_LINES):
        carrier.add_number(
            number,
            voice_url=f"{deployed.webhook_url}/twilio/voice",
            fallback_url=f"{deployed.fallback_url}/fallback/voice",
            status_callback=f"{deployed.webhook_url}/twilio/status",
            sms_url=f"{deployed.webhook_url}/twilio/text",
        )
