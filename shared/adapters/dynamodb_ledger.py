"""Ledger in the table of campaigns: the rows of `shared.wire.person_rows`, beside attempts and chains.

An opt-out is pk=`person#<E.164>`, sk=`opt-out`: an attempt's transaction has the condition that there is none.
"""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import batched
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws_errors import named_errors
from shared.core.rules.person import Consent, Contact, OptOut, Person, Registry, part_of
from shared.ports import Refused, Throttled
from shared.wire import person_rows as rows
from shared.wire.dynamodb_values import decode_row, encode_row

_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_BATCH: Final = 25
"""The most that BatchWriteItem takes."""
_BATCH_TRIES: Final = 8
_NEW: Final = "attribute_not_exists(pk)"
_CONFLICT: Final = "TransactionConflict"
_CONFLICT_TRIES: Final = 8
"""A write that meets an attempt's transaction on a person's rows: soon done. No opt-out is lost by it."""


class DynamoDbLedger:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def person(self, number: str) -> Person:
        asked = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :person",
            "ExpressionAttributeValues": encode_row({":person": rows.person_key(number)}),
            "ConsistentRead": True,
        }
        with named_errors("DynamoDB"):
            pages = self._client.get_paginator("query").paginate(**asked)
            found = [decode_row(item) for page in pages for item in page["Items"]]
        try:
            return rows.read_person(found)
        except ValueError as error:
            raise Refused(f"DynamoDB: {error}") from None

    def opt_out(self, number: str, opt_out: OptOut) -> bool:
        return self._put_new(rows.opt_out_row(number, opt_out))

    def add_consent(self, number: str, consent: Consent) -> bool:
        return self._put_new(rows.consent_row(number, consent))

    def revoke_consent(self, number: str, reference: str, at: datetime) -> bool:
        revoked = {
            "Key": encode_row(rows.consent_key(number, reference)),
            "UpdateExpression": "SET revoked_at = :at",
            "ConditionExpression": "attribute_type(revoked_at, :null)",
            "ExpressionAttributeValues": encode_row({":at": at.isoformat(), ":null": "NULL"}),
        }
        return self._with_history(number, {"Update": {"TableName": self._table, **revoked}})

    def add_contact(self, number: str, key: str, contact: Contact) -> bool:
        row = encode_row(rows.contact_row(number, key, contact))
        return self._with_history(number, {"Put": {"TableName": self._table, "Item": row, "ConditionExpression": _NEW}})

    def mark_talked(self, number: str, key: str) -> bool:
        marked = {
            "Key": encode_row(rows.contact_key(number, key)),
            "UpdateExpression": "SET talked = :yes",
            "ConditionExpression": "talked = :no",
            "ExpressionAttributeValues": encode_row({":yes": True, ":no": False}),
        }
        return self._with_history(number, {"Update": {"TableName": self._table, **marked}})

    def import_list(self, name: str, data_of: date, numbers: Iterable[str]) -> int:
        imported, parts = 0, set[str]()
        for some in batched(numbers, _BATCH, strict=False):
            new = {part_of(name, number) for number in some} - parts
            for part in sorted(new):
                self._refuse_older(part, data_of)
            parts |= new
            self._write_listings(name, data_of, set(some))
            imported += len(some)
        for part in sorted(parts):
            self._whole(part, data_of)
        return imported

    def registry(self, name: str) -> Registry | None:
        with named_errors("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._table, Key=encode_row(rows.import_key(name)), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        return Registry(name, date.fromisoformat(decode_row(answer["Item"])["data_of"]))

    def _refuse_older(self, part: str, data_of: date) -> None:
        former = self.registry(part)
        if former is not None and former.data_of > data_of:
            raise Refused(f"the list {part} has been imported as it was on {former.data_of}, later than {data_of}")

    def _whole(self, part: str, data_of: date) -> None:
        row: rows.Row = {**rows.import_key(part), "data_of": data_of.isoformat()}
        newer = encode_row({":day": data_of.isoformat()})
        if not self._put(row, ConditionExpression=f"{_NEW} OR data_of <= :day", ExpressionAttributeValues=newer):
            raise Refused(f"the list {part} was imported in a later state meanwhile")

    def _write_listings(self, name: str, data_of: date, numbers: set[str]) -> None:
        puts = [
            {"PutRequest": {"Item": encode_row(rows.listing_row(number, name, data_of))}} for number in sorted(numbers)
        ]
        for _ in range(_BATCH_TRIES):
            with named_errors("DynamoDB"):
                answer = self._client.batch_write_item(RequestItems={self._table: puts})
            puts = answer.get("UnprocessedItems", {}).get(self._table, [])
            if not puts:
                return
        raise Throttled(f"DynamoDB: {len(puts)} of the numbers for the list {name} not taken")

    def _with_history(self, number: str, change: dict[str, Any]) -> bool:
        """Make the change and count it, or neither; False if its condition does not hold."""
        counted = {
            "TableName": self._table,
            "Key": encode_row(rows.history_key(number)),
            "UpdateExpression": "ADD version :one",
            "ExpressionAttributeValues": encode_row({":one": 1}),
        }
        return self._written("transact_write_items", TransactItems=[change, {"Update": counted}])

    def _put_new(self, row: rows.Row) -> bool:
        return self._put(row, ConditionExpression=_NEW)

    def _put(self, row: rows.Row, **condition: Any) -> bool:
        return self._written("put_item", TableName=self._table, Item=encode_row(row), **condition)

    def _written(self, operation: str, **request: Any) -> bool:
        """False if its (first) condition does not hold. One that meets a transaction is made after it."""
        for _ in range(_CONFLICT_TRIES):
            with named_errors("DynamoDB"):
                try:
                    getattr(self._client, operation)(**request)
                    return True
                except ClientError as error:
                    codes = [error.response["Error"].get("Code")]
                    codes += [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
                    if codes[0] == _CONDITION_FAILED or codes[1:2] == ["ConditionalCheckFailed"]:
                        return False
                    if not any(str(code).startswith(_CONFLICT) for code in codes):
                        raise
        raise Throttled(f"DynamoDB: {_CONFLICT}")
