"""PaymentStore in the table of calls: a row for each payment, beside its call's own."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws_errors import in_the_way, named_errors
from shared.core.payment import Payment
from shared.ports.payments import KeptPayment
from shared.wire.dynamodb_values import decode_row, encode_row

_KEEP: Final = timedelta(days=550)
"""Longer than calls are kept: cardholders may dispute a charge for up to 540 days (Visa's dispute rules)."""


class DynamoDbPayments:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str, *, keep: timedelta = _KEEP) -> None:
        self._client = client
        self._table = table
        self._keep = keep

    def open_payment(self, call_sid: str, number: int, payment: Payment, at: datetime) -> bool:
        row = {
            **_key(call_sid, number),
            "payment": json.dumps(payment.snapshot()),
            "phase": str(payment.phase),
            "version": 1,
            "expires_at": int((at + self._keep).timestamp()),
        }
        return self._written("put_item", Item=encode_row(row), ConditionExpression="attribute_not_exists(pk)")

    def payment(self, call_sid: str, number: int) -> KeptPayment | None:
        with named_errors("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._table, Key=encode_row(_key(call_sid, number)), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        row = decode_row(answer["Item"])
        return KeptPayment(Payment.restore(json.loads(row["payment"])), int(row["version"]))

    def save_payment(self, call_sid: str, number: int, payment: Payment, *, version: int) -> bool:
        values = {":payment": json.dumps(payment.snapshot()), ":phase": str(payment.phase)}
        return self._written(
            "update_item",
            Key=encode_row(_key(call_sid, number)),
            UpdateExpression="SET payment = :payment, phase = :phase, version = :next",
            ConditionExpression="version = :version",
            ExpressionAttributeValues=encode_row({**values, ":version": version, ":next": version + 1}),
        )

    def _written(self, operation: str, **request: Any) -> bool:
        with named_errors("DynamoDB"):
            try:
                getattr(self._client, operation)(TableName=self._table, **request)
            except ClientError as error:
                in_the_way(error)
                return False
        return True


def _key(call_sid: str, number: int) -> dict[str, str]:
    return {"pk": f"call#{call_sid}", "sk": f"payment#{number:02d}"}
