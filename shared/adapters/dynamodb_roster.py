"""Roster in the table of calls: a row for each streaming task, and one that says who has asked for a task.

A task's row is good for as long as it says, so that one that died without a word is soon not counted on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from shared.aws_errors import in_the_way, named_errors
from shared.core.events import JsonValue
from shared.wire.dynamodb_values import decode_row, encode_row

EXPIRY_ATTRIBUTE: Final = "expires_at"
"""The table's own: after that second DynamoDB may delete the row."""

_PARTITION: Final = "streaming"
_TASK: Final = "task#"
_ASKED: Final = "asked"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEEP: Final = timedelta(days=1)


class DynamoDbRoster:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; `table` is that of the calls."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def announce(self, task: str, since: datetime, until: datetime) -> None:
        self._write_task(task, since, until)
        with named_errors("DynamoDB"):
            self._client.update_item(**self._row(_ASKED), UpdateExpression="REMOVE wanted_since, good_until")

    def withdraw(self, task: str) -> None:
        self._write_task(task, _LONG_AGO, _LONG_AGO)

    def awake_since(self, now: datetime) -> datetime | None:
        with named_errors("DynamoDB"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :task)",
                ExpressionAttributeValues=encode_row({":pk": _PARTITION, ":task": _TASK}),
                ConsistentRead=True,
            )
        rows = map(decode_row, answer["Items"])
        live = [row["awake_since"] for row in rows if row["good_until"] > _text(now)]
        return datetime.fromisoformat(min(live)) if live else None

    def ask(self, now: datetime, until: datetime) -> datetime | None:
        """The client may send this twice when an answer is lost: by its stamp the second sending knows the first."""
        stamp = uuid4().hex
        values: Mapping[str, JsonValue] = {":now": _text(now), ":until": _text(until), ":stamp": stamp}
        with named_errors("DynamoDB"):
            try:
                row = self._client.update_item(
                    **self._row(_ASKED),
                    UpdateExpression="SET wanted_since = if_not_exists(wanted_since, :now), good_until = :until,"
                    " stamp = :stamp",
                    ConditionExpression="attribute_not_exists(good_until) OR good_until <= :now",
                    ExpressionAttributeValues=encode_row(values),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )["Attributes"]
            except ClientError as error:
                row = in_the_way(error)
        asked = decode_row(row)
        return datetime.fromisoformat(asked["wanted_since"]) if asked.get("stamp") == stamp else None

    def _write_task(self, task: str, since: datetime, until: datetime) -> None:
        values = {":since": _text(since), ":until": _text(until), ":expiry": int((until + _KEEP).timestamp())}
        with named_errors("DynamoDB"):
            self._client.update_item(
                **self._row(_TASK + task),
                UpdateExpression=f"SET awake_since = :since, good_until = :until, {EXPIRY_ATTRIBUTE} = :expiry",
                ExpressionAttributeValues=encode_row(values),
            )

    def _row(self, name: str) -> dict[str, Any]:
        return {"TableName": self._table, "Key": encode_row({"pk": _PARTITION, "sk": name})}


def _text(at: datetime) -> str:
    """UTC, of one width, so that texts compare as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
