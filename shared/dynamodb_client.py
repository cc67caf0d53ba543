"""A client of DynamoDB for the live loop: boto3's methods, requests, answers and errors, for less work.

It speaks the documented JSON protocol (`X-Amz-Target: DynamoDB_20120810.<operation>`) itself, from threads; what it
does as botocore does, and what not, is in `docs/decisions/0021-dynamodb-without-boto3.md`.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import random
from typing import Any, Final, Self
from uuid import uuid4
from zlib import crc32

import botocore.session
import msgspec
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NotConnected

from shared.kept_connections import KeptConnections
from shared.wire import sigv4
from shared.wire.http_answers import Answer

_FAULTS: Final = frozenset({500, 502, 503, 504})
_FAULT_PAUSE_S: Final = 0.025
_THROTTLE_PAUSE_S: Final = 1.0
"""At most, before another try: as AWS's newer clients wait for DynamoDB (`botocore.retries.standard`)."""
_THROTTLES: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


class DynamoDbClient:
    """Threads may share it. Requests and answers are as on the wire, binary values included (base64).

    Every method raises botocore's errors: ClientError for what DynamoDB says, with all that it says; the others if
    there was no connection in `connect_s`, or no whole answer in `answer_s`. Of at most `attempts` the next is made at
    once then, over a new connection; after a fault of DynamoDB's, or when it throttles, a little later.
    """

    def __init__(
        self,
        url: str,
        region: str,
        credentials: Credentials | None,
        *,
        connect_s: float = 1.0,
        answer_s: float = 2.0,
        attempts: int = 2,
    ) -> None:
        self._connections = KeptConnections(url, connect_s=connect_s)
        self._scope = (region, "dynamodb")
        self._credentials = credentials
        self._answer_s = answer_s
        self._attempts = attempts

    @classmethod
    def of_environment(cls, region: str, *, endpoint: str | None = None, **limits: Any) -> Self:
        """Endpoint and credentials are those that AWS's own clients would take; `limits` are the constructor's."""
        sdk = botocore.session.get_session()
        url = endpoint or sdk.create_client("dynamodb", region_name=region).meta.endpoint_url
        return cls(url, region, sdk.get_credentials(), **limits)

    def close(self) -> None:
        """Once nobody waits for an answer."""
        self._connections.close()

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self._ask("GetItem", request)

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self._ask("PutItem", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self._ask("UpdateItem", request)

    def delete_item(self, **request: Any) -> dict[str, Any]:
        return self._ask("DeleteItem", request)

    def query(self, **request: Any) -> dict[str, Any]:
        return self._ask("Query", request)

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        return self._ask("BatchWriteItem", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """With a token, by which DynamoDB knows the second sending from another request."""
        return self._ask("TransactWriteItems", {"ClientRequestToken": str(uuid4()), **request})

    def get_paginator(self, operation: str) -> "_Pages":
        """Of an operation by its method's name, such as `query`."""
        return _Pages(self, operation)

    def _ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        body = _encoded(request)
        attempt = 1
        while True:
            try:
                return self._exchange(operation, body, fresh=attempt > 1)
            except (ClientError, HTTPClientError, NotConnected) as error:
                pause_s = _pause_s(error)
                if pause_s is None or attempt == self._attempts:
                    raise
            time.sleep(pause_s * random())
            attempt += 1

    def _exchange(self, operation: str, body: bytes, *, fresh: bool) -> dict[str, Any]:
        request = self._signed(operation, body)
        answer = self._connections.ask(request, within_s=self._answer_s, fresh=fresh)
        checksum = answer.headers.get("x-amz-crc32")
        if checksum is not None and checksum != str(crc32(answer.body)):
            raise HTTPClientError(error="the answer is not what its checksum says")
        if answer.status != 200:
            raise _error(operation, answer)
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise HTTPClientError(error="the answer is not JSON") from None

    def _signed(self, operation: str, body: bytes) -> bytes:
        """Credentials see to it themselves that they are fresh."""
        if self._credentials is None:
            raise NoCredentialsError
        keys, host = self._credentials.get_frozen_credentials(), self._connections.host
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        signed = sigv4.signed(headers, body, keys, host=host, path="/", scope=self._scope, at=datetime.now(UTC))
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        return f"POST / HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


class _Pages:
    """One answer after the other, for as long as there are more."""

    def __init__(self, client: DynamoDbClient, operation: str) -> None:
        self._ask = getattr(client, operation)

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self._ask(**request)
            yield page
            if not page.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _encoded(request: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(request)
    except UnicodeEncodeError:
        return json.dumps(request).encode()  # half a character: it is DynamoDB that refuses it


def _pause_s(error: ClientError | BotoCoreError) -> float | None:
    """The longest wait before another try; None if another would end like this one."""
    if not isinstance(error, ClientError):
        return 0
    if error.response["Error"]["Code"] in _THROTTLES:
        return _THROTTLE_PAUSE_S
    return _FAULT_PAUSE_S if error.response["ResponseMetadata"]["HTTPStatusCode"] in _FAULTS else None


def _error(operation: str, answer: Answer) -> ClientError:
    """As botocore has it: `com.amazonaws...#Code:more` is Code, and whatever else is said lies beside it."""
    try:
        said = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.DecodeError:
        said = {}
    code = str(said.pop("__type", answer.status)).partition(":")[0].rpartition("#")[2]
    message = said.get("message") or said.get("Message") or ""
    metadata = {"HTTPStatusCode": answer.status, "RequestId": answer.headers.get("x-amzn-requestid", "")}
    return ClientError({**said, "Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)
