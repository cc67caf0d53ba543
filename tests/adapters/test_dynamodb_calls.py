"""DynamoDB's bad days: lost answers, throttling, silence; and what a row may hold."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from shared.adapters.dynamodb_calls import EXPIRY_ATTRIBUTE, DynamoDbCalls, table_spec
from shared.ports import LogEntry, NewCall, ProviderError, Refused, Throttled, Unavailable
from tests.adapters.http_server import Exchange, Handler, HttpServer

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CALL = NewCall("CA1", "AC1", "+14155550100", "+14155550199", "front_door", NOW, "h1", NOW + timedelta(minutes=1))


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def _store(server: HttpServer, *, attempts: int = 1, read_timeout: float = 5) -> DynamoDbCalls:
    retries = {"total_max_attempts": attempts, "mode": "standard"}
    config = Config(connect_timeout=5, read_timeout=read_timeout, retries=retries)
    return DynamoDbCalls(
        boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=server.url, config=config), "calls"
    )


async def _lost(exchange: Exchange) -> None:
    """The write is done, its answer never arrives."""
    exchange.reset()


def _error(code: str, status: int = 400, **more: Any) -> Handler:
    async def answer(exchange: Exchange) -> None:
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "tell-no-one", **more}
        await exchange.answer("application/x-amz-json-1.0", json.dumps(body).encode(), status)

    return answer


def _written_before(server: HttpServer) -> Handler:
    """The condition no longer holds: the row is as the lost write left it."""

    async def answer(exchange: Exchange) -> None:
        lost = json.loads(server.exchanges[-2].body)
        written = lost.get("Item") or lost["ExpressionAttributeValues"]
        row = {name.removeprefix(":"): value for name, value in written.items()} | {"streams": {"N": "1"}}
        await _error("ConditionalCheckFailedException", Item=row)(exchange)

    return answer


_WRITES: list[tuple[Callable[[DynamoDbCalls], object], object, object]] = [
    (lambda store: store.create(CALL) is not None, True, False),
    (lambda store: store.claim_stream("CA1", "h1", NOW), 1, None),
    (lambda store: store.finish("CA1", "completed", NOW), True, False),
    (lambda store: store.append("CA1", [LogEntry("1", "turn", NOW, {})]), True, False),
]


@pytest.mark.parametrize(("write", "done", "not_done"), _WRITES)
async def test_a_write_whose_answer_was_lost_is_recognised_as_done(
    server: HttpServer, write: Callable[[DynamoDbCalls], object], done: object, not_done: object
) -> None:
    server.script(_lost, _written_before(server))

    assert await asyncio.to_thread(write, _store(server, attempts=2)) == done
    assert len(server.exchanges) == 2


@pytest.mark.parametrize(("write", "done", "not_done"), _WRITES)
async def test_a_write_that_somebody_elses_preceded_is_not(
    server: HttpServer, write: Callable[[DynamoDbCalls], object], done: object, not_done: object
) -> None:
    server.script(_error("ConditionalCheckFailedException", Item={"stamp": {"S": "theirs"}}))

    assert await asyncio.to_thread(write, _store(server)) == not_done


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ProvisionedThroughputExceededException", 400, Throttled),
        ("RequestLimitExceeded", 400, Throttled),
        ("ResourceNotFoundException", 400, Refused),
        ("ValidationException", 400, Refused),
        ("AccessDeniedException", 400, Refused),
        ("InternalServerError", 500, Unavailable),
    ],
)
async def test_each_error_is_named(server: HttpServer, code: str, status: int, expected: type[ProviderError]) -> None:
    server.script(*[_error(code, status)] * 2)
    store = _store(server)

    for attempt in (lambda: store.get("CA1"), lambda: store.append("CA1", [LogEntry("1", "turn", NOW, {})])):
        with pytest.raises(expected, match=code) as caught:
            await asyncio.to_thread(attempt)
        assert "tell-no-one" not in str(caught.value)


async def test_a_table_that_does_not_answer_is_given_up(server: HttpServer) -> None:
    async def stall(exchange: Exchange) -> None:
        await exchange.client_hangs_up()

    server.script(stall)

    with pytest.raises(Unavailable, match="ReadTimeoutError"):
        await asyncio.to_thread(_store(server, read_timeout=0.2).log, "CA1")


def test_rows_expire_and_hold_numbers_as_numbers() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("calls"))
        store = DynamoDbCalls(client, "calls", keep=timedelta(days=30))
        store.create(CALL)
        store.save_progress("CA1", {"confidence": 0.5}, stream=0)
        store.append("CA1", [LogEntry("1", "turn", NOW, {})])
        rows = client.scan(TableName="calls")["Items"]

    expiry = str(int((NOW + timedelta(days=30)).timestamp()))
    assert [row[EXPIRY_ATTRIBUTE] for row in rows] == [{"N": expiry}] * 2
    (state,) = (row for row in rows if row["sk"]["S"] == "state")
    assert state["progress"] == {"M": {"confidence": {"N": "0.5"}}}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("inf"), "inf"),
        (1e300, "1e+300"),
        (1e-300, "1e-300"),
        (10**60, "1" + "0" * 60),
        (-0.0, 0),
        ("half \ud800 a character", "half ? a character"),
        ((1, 2), [1, 2]),
    ],
)
def test_what_a_table_cannot_hold_is_kept_as_text(value: object, kept: object) -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("calls"))
        store = DynamoDbCalls(client, "calls")
        store.create(CALL)
        store.save_progress("CA1", {"value": value}, stream=0)
        call = store.get("CA1")

    assert call is not None
    assert call.progress == {"value": kept}


def test_half_a_character_costs_no_line_of_the_log() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("calls"))
        store = DynamoDbCalls(client, "calls")
        store.append("CA1", [LogEntry("1", "turn", NOW, {"text": "half \ud800 a character"})])

        assert store.log("CA1")[0].data == {"text": "half ? a character"}
