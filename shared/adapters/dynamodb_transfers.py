"""TransferStore in the table of calls: a row for each transfer, beside its call's own."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from shared.aws_errors import in_the_way, named_errors
from shared.core.events import JsonValue
from shared.core.transfer import Transfer
from shared.ports.transfers import KeptTransfer
from shared.wire.dynamodb_values import decode_row, encode_row


class DynamoDbTransfers:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str, *, keep: timedelta = timedelta(days=90)) -> None:
        self._client = client
        self._table = table
        self._keep = keep

    def open_transfer(
        self,
        call_sid: str,
        number: int,
        transfer: Transfer,
        briefing: Mapping[str, JsonValue],
        at: datetime,
        *,
        version: int = 0,
    ) -> bool:
        row = {
            **_key(call_sid, number),
            "transfer": json.dumps(transfer.snapshot()),
            "phase": str(transfer.phase),
            "context": briefing,
            "version": version + 1,
            "expires_at": int((at + self._keep).timestamp()),
        }
        return self._written(
            "put_item",
            Item=encode_row(row),
            ConditionExpression="attribute_not_exists(pk) OR version = :version",
            ExpressionAttributeValues=encode_row({":version": version}),
        )

    def transfer(self, call_sid: str, number: int) -> KeptTransfer | None:
        with named_errors("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._table, Key=encode_row(_key(call_sid, number)), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        row = decode_row(answer["Item"])
        return KeptTransfer(Transfer.restore(json.loads(row["transfer"])), row["context"], int(row["version"]))

    def save_transfer(self, call_sid: str, number: int, transfer: Transfer, *, version: int) -> bool:
        values = {":transfer": json.dumps(transfer.snapshot()), ":phase": str(transfer.phase)}
        return self._written(
            "update_item",
            Key=encode_row(_key(call_sid, number)),
            UpdateExpression="SET transfer = :transfer, phase = :phase, version = :next",
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
    return {"pk": f"call#{call_sid}", "sk": f"transfer#{number:02d}"}
