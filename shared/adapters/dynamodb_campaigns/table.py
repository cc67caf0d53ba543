"""The table's rows, read and written on conditions; and transactions of several."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws_errors import named_errors
from shared.core.events import JsonValue
from shared.ports import Throttled
from shared.wire.dynamodb_values import decode_row, encode_row

EXPIRY_ATTRIBUTE: Final = "expires_at"
"""Seconds since 1970 after which DynamoDB may delete a row (its time-to-live)."""
NEW: Final = "attribute_not_exists(pk)"
THERE: Final = "attribute_exists(pk)"
NO_WAY: Final = f"{NEW} AND {THERE}"

_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_CANCELLED: Final = "TransactionCanceledException"
_FAILED: Final = "ConditionalCheckFailed"
_CONFLICT: Final = "TransactionConflict"
_CONFLICT_TRIES: Final = 8
"""Transactions that meet on a campaign's day, or a write that meets one on a chain: each is soon done."""
_NAME: Final = re.compile(r"#(\w+)")

KEEP: Final = timedelta(days=90)
"""How long rows outlast what they are about."""

type Row = Mapping[str, JsonValue]
type Change = dict[str, Any]
"""One part of a transaction: a request by its kind, Put, Update, Delete or ConditionCheck."""


def table_spec(name: str) -> dict[str, Any]:
    """The arguments of CreateTable. Time to live on EXPIRY_ATTRIBUTE is switched on apart (UpdateTimeToLive)."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "live", "looked_after")
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "live",
                "KeySchema": [
                    {"AttributeName": "live", "KeyType": "HASH"},
                    {"AttributeName": "looked_after", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["attempts", "disposition", "ended", "phase", "result"],
                },
            }
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


class Table:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it.

    Expressions write attributes as `#name`, whatever words DynamoDB keeps for itself.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Row) -> dict[str, Any] | None:
        with named_errors("DynamoDB"):
            answer = self._client.get_item(TableName=self._name, Key=encode_row(key), ConsistentRead=True)
        return decode_row(answer["Item"]) if "Item" in answer else None

    def rows(self, pk: str, first: str, last: str = "", *, newest_first: bool = False) -> list[dict[str, Any]]:
        """Those of a partition from `first` to `last`; or, without one, whose sort key begins with `first`."""
        condition = "pk = :pk AND sk BETWEEN :first AND :last" if last else "pk = :pk AND begins_with(sk, :first)"
        values = {":pk": pk, ":first": first} | ({":last": last} if last else {})
        request = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode_row(values),
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        with named_errors("DynamoDB"):
            pages = self._client.get_paginator("query").paginate(**request)
            return [decode_row(item) for page in pages for item in page["Items"]]

    def written(self, change: Change, *, returns: str = "NONE") -> dict[str, Any] | None:
        """The attributes that are asked for (`ReturnValues`); None if the change's condition does not hold."""
        ((kind, request),) = change.items()
        operation = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[kind]
        for _ in range(_CONFLICT_TRIES):
            with named_errors("DynamoDB"):
                try:
                    answer = getattr(self._client, operation)(**request, ReturnValues=returns)
                    return decode_row(answer.get("Attributes", {}))
                except ClientError as error:
                    code = error.response["Error"].get("Code")
                    if code == _CONDITION_FAILED:
                        return None
                    if code != f"{_CONFLICT}Exception":
                        raise
        raise Throttled(f"DynamoDB: {_CONFLICT}")

    def transact(self, changes: Sequence[Change]) -> int | None:
        """Make all changes, or none: None when made, else which of them, from 0, is the first that cannot be."""
        for _ in range(_CONFLICT_TRIES):
            with named_errors("DynamoDB"):
                try:
                    self._client.transact_write_items(TransactItems=list(changes))
                    return None
                except ClientError as error:
                    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
                    if error.response["Error"].get("Code") != _CANCELLED:
                        raise
                    if _FAILED in reasons:
                        return reasons.index(_FAILED)
                    if _CONFLICT not in reasons:
                        raise
        raise Throttled(f"DynamoDB: {_CONFLICT}")

    def put(self, row: Row, condition: str = "", values: Row | None = None) -> Change:
        return {"Put": {**self._request(condition, values or {}), "Item": encode_row(row)}}

    def update(self, key: Row, change: str, values: Row, condition: str = "") -> Change:
        request = {**self._request(condition, values, change), "Key": encode_row(key), "UpdateExpression": change}
        return {"Update": request}

    def delete(self, key: Row, condition: str = "", values: Row | None = None) -> Change:
        return {"Delete": {**self._request(condition, values or {}), "Key": encode_row(key)}}

    def check(self, key: Row, condition: str, values: Row | None = None) -> Change:
        return {"ConditionCheck": {**self._request(condition, values or {}), "Key": encode_row(key)}}

    def _request(self, condition: str, values: Row, change: str = "") -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": self._name}
        if condition:
            request["ConditionExpression"] = condition
        if names := set(_NAME.findall(f"{condition} {change}")):
            request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
        if values:
            request["ExpressionAttributeValues"] = encode_row(values)
        return request


def expiry_s(at: datetime) -> int:
    """For EXPIRY_ATTRIBUTE, of a row about something that is over at that time."""
    return int((at + KEEP).timestamp())


def text(at: datetime) -> str:
    """UTC, of one width, so that texts compare as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None
