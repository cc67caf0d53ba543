"""The application as it is deployed: settings, the real adapter, agent files, and the Lambda handler."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from starlette.applications import Starlette

from functions import aws, wiring
from functions.webhook import DEADLINE_S
from shared.adapters.agent_files import AgentFileError
from shared.adapters.dynamodb_calls import DynamoDbCalls, table_spec
from shared.settings import SettingsError
from shared.usecases.stream_token import hash_token
from tests.functions.carrier import (
    AUTH_TOKEN,
    CALL,
    COMPLETED,
    NEXT,
    PUBLIC,
    RINGING,
    STATUS,
    STREAM_STARTED,
    STREAM_STATUS,
    VOICE,
    post,
    send,
)
from tests.usecases.clinic import NUMBER, STREAM_URL, state

ROOT = Path(__file__).parent.parent.parent
REGION = "eu-west-1"
ENVIRONMENT = {
    "PUBLIC_BASE_URL": PUBLIC,
    "STREAM_URL": STREAM_URL,
    "TWILIO_AUTH_TOKENS": AUTH_TOKEN,
    "CALLS_TABLE": "calls",
    "DESK_TABLE": "desk",
    "CAMPAIGNS_TABLE": "campaigns",
    "AGENTS_DIR": str(ROOT / "agents"),
    "LINES": json.dumps({NUMBER: "front_door"}),
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of its own: its variables, its logging, and nothing built yet."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def table(_environment: None) -> Iterator[DynamoDbCalls]:
    """The table of calls, as the application will find it."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        client.create_table(**table_spec("calls"))
        yield DynamoDbCalls(client, "calls")


@pytest.fixture
def served(table: DynamoDbCalls) -> Starlette:
    return wiring.app()


async def test_a_call_goes_through_the_real_table_from_ring_to_end(table: DynamoDbCalls) -> None:
    app = wiring.app()

    assert "<Connect " in (await post(app, VOICE, RINGING)).text
    answer = (await post(app, VOICE, RINGING)).text
    assert table.claim_stream(CALL["CallSid"], hash_token(_token(answer)), datetime.now(UTC)) == 1
    assert (await post(app, STREAM_STATUS, STREAM_STARTED)).status_code == 204
    assert "<Connect " in (await post(app, NEXT, CALL)).text
    assert "/twilio/turn?turn=2<" in (await post(app, NEXT, CALL)).text
    assert (await post(app, STATUS, COMPLETED)).status_code == 204

    assert state(table).outcome == "caller-left"
    assert "<Hangup " in (await post(app, NEXT, CALL)).text


def _token(answer: str) -> str:
    return answer.partition('name="token" value="')[2].partition('"')[0]


async def test_every_call_has_a_token_of_its_own_that_cannot_be_guessed(table: DynamoDbCalls) -> None:
    app = wiring.app()
    replies = [await post(app, VOICE, {**RINGING, "CallSid": f"CA{number:032x}"}) for number in range(5)]
    tokens = {_token(reply.text) for reply in replies}

    assert len(tokens) == 5
    assert all(len(token) >= 32 for token in tokens)


@pytest.mark.usefixtures("_environment")
def test_a_missing_variable_stops_the_process_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLS_TABLE")

    with pytest.raises(SettingsError, match="CALLS_TABLE"):
        wiring.app()


@pytest.mark.usefixtures("_environment")
def test_a_line_without_an_agent_file_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", '{"*": "nobody"}')

    with pytest.raises(AgentFileError, match=r"nobody\.yaml"):
        wiring.app()


@pytest.mark.usefixtures("_environment")
async def test_a_table_that_cannot_be_reached_sends_the_carrier_to_its_fallback(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_tcp_port}")
    app = wiring.app()

    assert (await post(app, VOICE, RINGING)).status_code == 500
    assert (await send(app, "/health", method="GET")).status_code == 200


def test_the_table_is_given_up_within_the_webhooks_deadline() -> None:
    bounds = aws.AWS
    attempts = bounds.retries["total_max_attempts"]

    assert attempts * (bounds.connect_timeout + bounds.read_timeout) < DEADLINE_S


FIELDS = sorted({*COMPLETED, *STREAM_STARTED, "RecordingUrl", "RecordingDuration"})
FORMS = {VOICE: RINGING, NEXT: CALL, STATUS: COMPLETED, STREAM_STATUS: STREAM_STARTED}
TIMES = st.datetimes().map(lambda time: time.strftime("%a, %d %b %Y %H:%M:%S +0000"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.sampled_from(FIELDS), st.one_of(st.text(), TIMES, st.datetimes().map(str)))
async def test_no_signed_form_brings_the_real_table_down(served: Starlette, path: str, name: str, value: str) -> None:
    reply = await post(served, path, {**FORMS[path], name: value})

    assert reply.status_code in {200, 204, 400, 413}
