"""A table whose rows are found by `pk` and `sk`, read and written with conditions, its errors named."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws_errors import in_the_way, named_errors
from shared.core.events import JsonValue
from shared.wire.dynamodb_values import decode_row, encode_row

EXPIRY_ATTRIBUTE: Final = "expires_at"
"""Seconds since 1970 after which DynamoDB may delete a row (its time-to-live)."""


type Row = Mapping[str, Any]


def table_spec(name: str) -> dict[str, Any]:
    """The arguments of CreateTable. Time to live on EXPIRY_ATTRIBUTE is switched on apart (UpdateTimeToLive)."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    }


class Rows:
    """`client` is botocore's for DynamoDB, with the deadlines and retries of its caller; threads may share it.

    Every method raises ProviderError.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, pk: str, sk: str) -> Row | None:
        """One row, consistently read."""
        with named_errors("DynamoDB"):
            answer = self._client.get_item(TableName=self._table, Key=_key(pk, sk), ConsistentRead=True)
        return decode_row(answer["Item"]) if "Item" in answer else None

    def all(self, pk: str, *, after: str = "") -> Sequence[Row]:
        """Every row of a partition, consistently read, in order of `sk`; only those whose `sk` is more than `after`."""
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk" + (" AND sk > :after" if after else ""),
            "ExpressionAttributeValues": encode_row({":pk": pk} | ({":after": after} if after else {})),
            "ConsistentRead": True,
        }
        with named_errors("DynamoDB"):
            pages = list(self._client.get_paginator("query").paginate(**request))
        return [decode_row(item) for page in pages for item in page["Items"]]

    def newest(self, pk: str, *, before: str, limit: int) -> Sequence[Row]:
        """At most `limit` rows whose `sk` is less than `before`, the greatest first."""
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk < :before",
            "ExpressionAttributeValues": encode_row({":pk": pk, ":before": before}),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        with named_errors("DynamoDB"):
            answer = self._client.query(**request)
        return [decode_row(item) for item in answer["Items"]]

    def put(self, pk: str, sk: str, values: Mapping[str, JsonValue], *, new: bool = False) -> bool:
        """Write a row; with `new`, only if there is none: False, and nothing changed, otherwise."""
        request = {"ConditionExpression": "attribute_not_exists(pk)"} if new else {}
        item = encode_row({**values, "pk": pk, "sk": sk})
        with named_errors("DynamoDB"):
            try:
                self._client.put_item(TableName=self._table, Item=item, **request)
            except ClientError as error:
                in_the_way(error)
                return False
        return True

    def update(
        self, pk: str, sk: str, change: str, values: Mapping[str, JsonValue], *, condition: str = "", **names: str
    ) -> bool:
        """UpdateExpression `change` of one row; False, and nothing changed, if the condition does not hold.

        A word that DynamoDB keeps for itself is written `#word` and given as `word="word"`.
        """
        request: dict[str, Any] = {"UpdateExpression": change, "ExpressionAttributeValues": encode_row(values)}
        if condition:
            request["ConditionExpression"] = condition
        if names:
            request["ExpressionAttributeNames"] = {f"#{short}": name for short, name in names.items()}
        with named_errors("DynamoDB"):
            try:
                self._client.update_item(TableName=self._table, Key=_key(pk, sk), **request)
            except ClientError as error:
                in_the_way(error)
                return False
        return True

    def take(self, pk: str, sk: str) -> Row | None:
        """Delete a row and give what it held; None if there was none."""
        with named_errors("DynamoDB"):
            answer = self._client.delete_item(TableName=self._table, Key=_key(pk, sk), ReturnValues="ALL_OLD")
        return decode_row(answer["Attributes"]) if "Attributes" in answer else None


def text(at: datetime) -> str:
    """UTC, of one width, so that texts compare as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _key(pk: str, sk: str) -> Mapping[str, Any]:
    return encode_row({"pk": pk, "sk": sk})
