"""The webhooks in a Lambda: what is made before the snapshot, what after, and what is told when something is amiss."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions import ready_agents
from functions.served import Served
from functions.wiring import build
from shared.adapters.aws_settings import NOT_THERE_S, SettingNotRead
from shared.adapters.dynamodb_calls import DynamoDbCalls, table_spec
from shared.settings import SettingsError
from tests.functions.carrier import AUTH_TOKEN, CALL, NEXT, PUBLIC, RINGING, VOICE, event
from tests.usecases.clinic import CALL_SID, NUMBER, OTHER_SID, STREAM_URL, state

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
PARAMETER = "/switchboard/test/stream-url"
CONTEXT: Any = None
"""Nothing of Lambda's context is used."""


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agents")
    ready_agents.write(folder, [ROOT / "agents" / "front_door.yaml"])
    return folder


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with a table, and what a Lambda's main thread has."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with mock_aws():
        client("dynamodb").create_table(**table_spec("calls"))
        yield
    asyncio.set_event_loop(None)
    loop.close()


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


@pytest.fixture
def environment(agents: Path, account: None) -> dict[str, str]:
    """As the stack gives it, with what AWS keeps in its place."""
    secret = client("secretsmanager").create_secret(Name="tokens", SecretString=AUTH_TOKEN)["ARN"]
    client("ssm").put_parameter(Name=PARAMETER, Value=STREAM_URL, Type="String")
    return {
        "PUBLIC_BASE_URL": PUBLIC,
        "STREAM_URL_PARAMETER": PARAMETER,
        "TWILIO_AUTH_TOKENS_SECRET": secret,
        "CALLS_TABLE": "calls",
        "DESK_TABLE": "desk",
        "CAMPAIGNS_TABLE": "campaigns",
        "AGENTS_DIR": str(agents),
        "LINES": json.dumps({NUMBER: "front_door"}),
        "AWS_REGION": REGION,
    }


def prepared(environment: Mapping[str, str]) -> Served:
    webhooks = Served(environment, build)
    webhooks.prepare()
    return webhooks


def test_events_are_served_by_what_was_prepared(environment: dict[str, str]) -> None:
    webhooks = prepared(environment)

    replies = [webhooks.handle(event(path, form), CONTEXT) for path, form in ((VOICE, RINGING), (NEXT, CALL))]

    assert [reply["statusCode"] for reply in replies] == [200, 200]
    assert state(DynamoDbCalls(client("dynamodb"), "calls")).call_sid == CALL_SID


def test_nothing_is_asked_of_aws_before_the_snapshot(environment: dict[str, str]) -> None:
    webhooks = prepared(environment)
    client("secretsmanager").put_secret_value(SecretId=environment["TWILIO_AUTH_TOKENS_SECRET"], SecretString="new")

    assert webhooks.handle(event(VOICE, RINGING), CONTEXT)["statusCode"] == 403


def test_a_changed_secret_counts_from_the_next_reading_on(environment: dict[str, str]) -> None:
    webhooks = prepared(environment)
    assert webhooks.handle(event(VOICE, RINGING), CONTEXT)["statusCode"] == 200
    client("secretsmanager").put_secret_value(SecretId=environment["TWILIO_AUTH_TOKENS_SECRET"], SecretString="new")

    webhooks._settings._read_at = float("-inf")

    assert webhooks.handle(event(VOICE, RINGING), CONTEXT)["statusCode"] == 403


@pytest.mark.parametrize("name", ["CALLS_TABLE", "LINES", "AGENTS_DIR", "PUBLIC_BASE_URL"])
def test_a_missing_variable_is_told_at_each_event(environment: dict[str, str], name: str) -> None:
    webhooks = prepared({key: value for key, value in environment.items() if key != name})

    for _ in range(2):
        with pytest.raises(SettingsError, match=name):
            webhooks.handle(event(VOICE, RINGING), CONTEXT)


def test_without_a_region_the_first_event_says_so(environment: dict[str, str]) -> None:
    webhooks = prepared({key: value for key, value in environment.items() if key != "AWS_REGION"})

    with pytest.raises(SettingNotRead, match="NoRegionError"):
        webhooks.handle(event(VOICE, RINGING), CONTEXT)


def test_a_line_of_an_agent_that_is_not_in_the_package_is_told_at_each_event(environment: dict[str, str]) -> None:
    webhooks = prepared(environment | {"LINES": '{"*": "nobody"}'})

    with pytest.raises(SettingsError, match="LINES: names the agent nobody"):
        webhooks.handle(event(VOICE, RINGING), CONTEXT)


def test_a_half_finished_deployment_takes_turns_and_streams_soon_after_it_is_finished(
    environment: dict[str, str],
) -> None:
    client("ssm").delete_parameter(Name=PARAMETER)
    webhooks = prepared(environment)
    assert "/twilio/turn" in webhooks.handle(event(VOICE, RINGING), CONTEXT)["body"]

    client("ssm").put_parameter(Name=PARAMETER, Value=STREAM_URL, Type="String")
    webhooks._settings._read_at -= NOT_THERE_S

    other = {**RINGING, "CallSid": OTHER_SID}
    assert "<Stream " in webhooks.handle(event(VOICE, other), CONTEXT)["body"]


def imported(program: str) -> subprocess.CompletedProcess[str]:
    """A process with an empty environment, as a Lambda that lacks all it needs."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_entry_survives_an_environment_that_lacks_everything_and_says_so_at_each_event() -> None:
    program = (
        "from functions.entry import handler\n"
        "for _ in range(2):\n"
        "    try: handler({}, None)\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    done = imported(program)

    assert done.stdout.splitlines()[-2:] == ["SettingsError", "SettingsError"], done.stderr
    assert json.loads(done.stdout.splitlines()[0])["event"] == "not_prepared"


def test_a_lambda_loads_nothing_that_it_does_not_need() -> None:
    heavy = ["aiobotocore", "aiohttp", "boto3", "local", "numpy", "onnxruntime", "openai", "pydantic", "streaming"]
    done = imported(
        f"import sys, functions.entry; print([n for n in {[*heavy, 'twilio', 'yaml']} if n in sys.modules])"
    )

    assert done.stdout.splitlines()[-1] == "[]"
