"""The client of the live loop against botocore's: the same requests, answers and errors; and DynamoDB's bad days."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from typing import Any
from zlib import crc32

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from shared.aws_errors import named_errors
from shared.dynamodb_client import DynamoDbClient
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from tests.adapters.http_server import Exchange, Handler, HttpServer

REGION = "eu-west-1"
KEY = {"pk": {"S": "call#CA1"}, "sk": {"S": "नमस्ते 👋"}}
ITEM = {**KEY, "lines": {"S": "[]"}, "n": {"N": "1"}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}, "m": {"M": {}}}
PUT: dict[str, Any] = {"TableName": "calls", "Item": ITEM}

_REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("get_item", {"TableName": "calls", "Key": KEY, "ConsistentRead": True}),
    (
        "put_item",
        PUT | {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    ),
    (
        "update_item",
        {
            "TableName": "calls",
            "Key": KEY,
            "UpdateExpression": "SET #n = :n",
            "ExpressionAttributeNames": {"#n": "n"},
            "ExpressionAttributeValues": {":n": {"N": "2"}},
            "ReturnValues": "ALL_NEW",
        },
    ),
    ("delete_item", {"TableName": "calls", "Key": KEY, "ReturnValues": "ALL_OLD"}),
    ("query", {"TableName": "calls", "KeyConditionExpression": "pk = :pk", "ScanIndexForward": False, "Limit": 3}),
    ("batch_write_item", {"RequestItems": {"calls": [{"PutRequest": {"Item": ITEM}}]}}),
    ("transact_write_items", {"TransactItems": [{"Put": PUT}], "ClientRequestToken": "a-token"}),
]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def _boto3(server: HttpServer) -> Any:
    retries = {"total_max_attempts": 1, "mode": "standard"}
    return boto3.client("dynamodb", region_name=REGION, endpoint_url=server.url, config=Config(retries=retries))


async def _asked(server: HttpServer, work: Callable[[DynamoDbClient], Any] | None = None, **limits: Any) -> Any:
    """In a thread, for the client blocks."""
    put = work or (lambda client: client.put_item(**PUT))

    def ask() -> Any:
        with closing(DynamoDbClient.of_environment(REGION, endpoint=server.url, **limits)) as client:
            return put(client)

    return await asyncio.to_thread(ask)


def _says(body: object, status: int = 200, **headers: str) -> Handler:
    async def answer(exchange: Exchange) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        await exchange.answer("application/x-amz-json-1.0", content, status, **headers)

    return answer


def _error(code: str, status: int = 400, **more: Any) -> Handler:
    return _says({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "why", **more}, status)


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _stall(exchange: Exchange) -> None:
    await exchange.client_hangs_up()


async def _dribble(exchange: Exchange) -> None:
    await exchange.begin("application/x-amz-json-1.0")
    while True:
        await exchange.chunk(b" ")
        await asyncio.sleep(0.01)


async def _cut_short(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{")
    exchange.writer.close()


async def _not_http(exchange: Exchange) -> None:
    await exchange.write(b"\0\1\2\3 nonsense\r\n\r\n")
    exchange.writer.close()


# --- as botocore does it


@pytest.mark.parametrize(("method", "request_"), _REQUESTS, ids=[method for method, _ in _REQUESTS])
async def test_the_request_is_the_one_that_aws_own_client_sends(
    server: HttpServer, method: str, request_: dict[str, Any]
) -> None:
    server.script(_says({}), _says({}))
    await _asked(server, lambda client: getattr(client, method)(**request_))
    await asyncio.to_thread(lambda: getattr(_boto3(server), method)(**request_))

    ours, theirs = server.exchanges
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert json.loads(ours.body) == json.loads(theirs.body)
    for name in ("host", "content-type", "x-amz-target"):
        assert ours.headers[name] == theirs.headers[name]
    assert f"/{REGION}/dynamodb/aws4_request" in ours.headers["authorization"]


@pytest.mark.parametrize(
    "body",
    [
        {"Item": ITEM},
        {"Attributes": {"n": {"N": "12345678901234567890.5"}}},
        {"Items": [ITEM, ITEM], "Count": 2},
        {"Item": {"text": {"S": "é👋" * 150_000}}},
    ],
    ids=["unicode", "a number", "several", "as large as a row may be"],
)
async def test_an_answer_is_what_aws_own_client_makes_of_it(server: HttpServer, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    server.script(*[_says(content, x_amz_crc32=str(crc32(content)))] * 2)
    method = "query" if "Items" in body else "update_item" if "Attributes" in body else "get_item"

    ours = await _asked(server, lambda client: getattr(client, method)(TableName="calls", Key=KEY))
    sdk = _boto3(server)
    asked = {} if method == "query" else {"Key": KEY}
    theirs = await asyncio.to_thread(lambda: getattr(sdk, method)(TableName="calls", **asked))
    del theirs["ResponseMetadata"]
    assert ours == theirs == body


_REASONS = [{"Code": "ConditionalCheckFailed", "Item": ITEM, "Message": "no"}, {"Code": "None"}]


@pytest.mark.parametrize(
    "answer",
    [
        _error("ConditionalCheckFailedException", Item=ITEM),
        _error("ConditionalCheckFailedException"),
        _says({"__type": "x#TransactionCanceledException", "Message": "M", "CancellationReasons": _REASONS}, 400),
        _says({"__type": "AccessDeniedException:http://more", "Message": "M"}, 400),
        _says(b"", 503),
        _says(b"<html>Sign in to the network</html>", 403),
        _says({"message": "no type"}, 400),
    ],
)
async def test_an_error_is_what_aws_own_client_makes_of_it(server: HttpServer, answer: Handler) -> None:
    method = "transact_write_items"
    request = {"TransactItems": [{"Put": PUT}]}
    server.script(answer, answer)
    with pytest.raises(ClientError) as ours:
        await _asked(server, lambda client: getattr(client, method)(**request), attempts=1)
    with pytest.raises(ClientError) as theirs:
        await asyncio.to_thread(lambda: getattr(_boto3(server), method)(**request))

    assert ours.value.response["Error"]["Code"] == theirs.value.response["Error"]["Code"]
    assert ours.value.operation_name == theirs.value.operation_name
    for name in ("Item", "CancellationReasons"):
        if name in theirs.value.response:
            assert ours.value.response.get(name) == theirs.value.response[name]
    status = ours.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == theirs.value.response["ResponseMetadata"]["HTTPStatusCode"]


async def test_the_environment_says_where_and_who(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    server.script(_says({}))

    def ask() -> None:
        with closing(DynamoDbClient.of_environment(REGION)) as client:
            client.put_item(**PUT)

    await asyncio.to_thread(ask)
    (exchange,) = server.exchanges
    assert exchange.headers["x-amz-security-token"] == "a-token"
    assert "x-amz-security-token" in exchange.headers["authorization"]


async def test_without_credentials_nothing_is_asked(server: HttpServer) -> None:
    with closing(DynamoDbClient(server.url, REGION, None)) as client, pytest.raises(NoCredentialsError):
        client.put_item(**PUT)
    assert server.exchanges == []


async def test_half_a_character_is_left_to_dynamodb_to_refuse(server: HttpServer) -> None:
    server.script(_error("SerializationException"))
    with pytest.raises(ClientError, match="SerializationException"):
        await _asked(server, lambda client: client.put_item(TableName="calls", Item={"pk": {"S": "\ud800"}}))
    assert b"\\ud800" in server.exchanges[0].body


async def test_a_query_goes_on_where_its_page_ended(server: HttpServer) -> None:
    server.script(_says({"Items": [ITEM], "LastEvaluatedKey": KEY}), _says({"Items": []}))

    pages = await _asked(
        server, lambda client: list(client.get_paginator("query").paginate(TableName="calls", Limit=1))
    )
    assert pages == [{"Items": [ITEM], "LastEvaluatedKey": KEY}, {"Items": []}]
    first, second = (json.loads(exchange.body) for exchange in server.exchanges)
    assert "ExclusiveStartKey" not in first
    assert second == {**first, "ExclusiveStartKey": KEY}


# --- bad days


@pytest.mark.parametrize(
    "trouble",
    [
        _reset,
        _cut_short,
        _not_http,
        _says(b"<html>", 200),
        _says({}, x_amz_crc32="1"),
        _says({}, 500),
        _says(b"", 502),
        _error("InternalServerError", 500),
        _error("ProvisionedThroughputExceededException"),
    ],
)
async def test_another_try_may_do(server: HttpServer, trouble: Handler) -> None:
    server.script(trouble, _says({"Attributes": {}}))
    assert await _asked(server) == {"Attributes": {}}
    first, second = server.exchanges
    assert first.body == second.body


@pytest.mark.parametrize(
    ("trouble", "error", "meaning"),
    [
        (_reset, ConnectionClosedError, Unavailable),
        (_cut_short, ConnectionClosedError, Unavailable),
        (_not_http, HTTPClientError, Unavailable),
        (_says(b"<html>", 200), HTTPClientError, Unavailable),
        (_says(b"[1]", 200), HTTPClientError, Unavailable),
        (_says({}, x_amz_crc32="1"), HTTPClientError, Unavailable),
        (_error("InternalServerError", 500), ClientError, Unavailable),
        (_error("ThrottlingException"), ClientError, Throttled),
    ],
)
async def test_what_stays_broken_is_named_after_the_second_try(
    server: HttpServer, trouble: Handler, error: type[Exception], meaning: type[ProviderError]
) -> None:
    server.script(trouble, trouble)
    with pytest.raises(error) as caught:
        await _asked(server)
    with pytest.raises(meaning), named_errors("DynamoDB"):
        raise caught.value
    assert len(server.exchanges) == 2


@pytest.mark.parametrize("trouble", [_stall, _dribble])
async def test_a_table_that_does_not_answer_is_given_up(server: HttpServer, trouble: Handler) -> None:
    server.script(trouble, trouble)
    with pytest.raises(ReadTimeoutError):
        await _asked(server, answer_s=0.1)
    assert len(server.exchanges) == 2


async def test_what_dynamodb_refuses_is_not_tried_again(server: HttpServer) -> None:
    server.script(_error("ValidationException"))
    with pytest.raises(Refused, match="ValidationException"), named_errors("DynamoDB"):
        await _asked(server)
    assert len(server.exchanges) == 1


async def test_a_transaction_that_is_sent_again_is_known_by_its_token(server: HttpServer) -> None:
    server.script(_reset, _says({}), _says({}))

    def work(client: DynamoDbClient) -> None:
        client.transact_write_items(TransactItems=[{"Put": PUT}])
        client.transact_write_items(TransactItems=[{"Put": PUT}])

    await _asked(server, work)
    first, again, next_ = (json.loads(exchange.body)["ClientRequestToken"] for exchange in server.exchanges)
    assert first == again != next_


async def test_a_table_that_is_not_there_is_named() -> None:
    client = DynamoDbClient.of_environment(REGION, endpoint="http://127.0.0.1:1")
    with closing(client), pytest.raises(EndpointConnectionError):
        client.put_item(**PUT)


async def test_threads_share_it(server: HttpServer) -> None:
    async def echo(exchange: Exchange) -> None:
        await _says(json.loads(exchange.body))(exchange)

    server.script(*[echo] * 400)
    numbers = count()

    def work(client: DynamoDbClient) -> list[bool]:
        def one(_: int) -> bool:
            request = {"TableName": str(next(numbers))}
            return client.get_item(**request) == request

        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(one, range(400)))

    assert all(await _asked(server, work))
    assert len({id(exchange.writer) for exchange in server.exchanges}) <= 8
