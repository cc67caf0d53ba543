"""Who the caller is: what they say of themselves, compared with what a table has of the customer.

A customer is one row, `customer#<number>` and `customer`, with the name and whatever may be compared, as text
(`zip`, `born` ...). Nothing is compared by a model, and what is compared never leaves here.
"""

import asyncio
import hmac
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws_errors import in_the_way, named_errors
from shared.core.events import JsonValue
from shared.ports import Refused

VERIFY_CUSTOMER: Final = "verify_customer"
NUMBER: Final = "customer_number"
"""The argument that says whose row is meant; each other one is compared with the attribute of its name."""
TRIES_A_DAY: Final = 10
"""Of one customer, in all calls together: a ZIP code has some 40,000 values, and a guess costs a call."""


class DynamoDbCustomers:
    """`client` is boto3's for DynamoDB, with the deadlines of its caller; it is used on `threads`."""

    def __init__(self, client: Any, table: str, *, threads: Executor, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._threads = threads
        self._now = now

    def names(self) -> Iterable[str]:
        return (VERIFY_CUSTOMER,)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        """`identity` and `name` of the customer; or the problem `no_match`, and `locked` after too many tries a day."""
        if name != VERIFY_CUSTOMER:
            raise Refused(f"there is no tool {name!r}")
        claims = {slot: value for slot, value in arguments.items() if slot != NUMBER}
        if not arguments.get(NUMBER) or not claims:
            raise Refused(f"needs {NUMBER}, and something to compare")
        work = partial(self._verify, arguments[NUMBER], claims)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def put(self, number: str, name: str, facts: Mapping[str, str]) -> None:
        """Have a customer in the table, as these facts and no others."""
        values = {**_key(number), "name": {"S": name}, **{fact: {"S": value} for fact, value in facts.items()}}
        with named_errors("DynamoDB"):
            self._client.put_item(TableName=self._table, Item=values)

    def _verify(self, number: str, claims: Mapping[str, str]) -> Mapping[str, JsonValue]:
        row = self._tried(number)
        if row is None:
            return {"problem": "no_match"}
        if int(row["tries"]["N"]) > TRIES_A_DAY:
            return {"problem": "locked"}
        matches = [_same(row.get(fact, {}).get("S", ""), claimed) for fact, claimed in claims.items()]
        if not all(matches):
            return {"problem": "no_match"}
        name = row["name"]["S"]
        return {"name": name, "identity": name}

    def _tried(self, number: str) -> Mapping[str, Mapping[str, str]] | None:
        """The customer's row, with this try counted before anything is compared; None if there is no such customer."""
        today = {":day": {"S": f"{self._now():%Y-%m-%d}"}, ":one": {"N": "1"}}
        counted = self._update(number, "ADD tries :one", "tried_on = :day", today)
        return counted or self._update(
            number,
            "SET tried_on = :day, tries = :one",
            "attribute_exists(pk) AND (attribute_not_exists(tried_on) OR tried_on <> :day)",
            today,
        )

    def _update(
        self, number: str, update: str, condition: str, values: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, str]] | None:
        with named_errors("DynamoDB"):
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=_key(number),
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                in_the_way(error)
                return None
        attributes: Mapping[str, Mapping[str, str]] = answer["Attributes"]
        return attributes


def _key(number: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"customer#{number}"}, "sk": {"S": "customer"}}


def _same(known: str, claimed: str) -> bool:
    """In small letters and without blanks; what is not known is never right. As slow for wrong as for right."""
    plain = ["".join(text.split()).casefold().encode() for text in (known, claimed)]
    return hmac.compare_digest(*plain) and bool(plain[0])
