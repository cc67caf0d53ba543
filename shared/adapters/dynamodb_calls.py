"""CallStore in one DynamoDB table: a row of state for each call, and a row for each piece of its event log.

Every write is conditional, so it holds whatever order writes come in. The client may send a write twice when an answer
is lost; each state write therefore leaves its own stamp, by which the second sending recognises the first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from shared.aws_errors import in_the_way, named_errors
from shared.core.attempt import Assignment
from shared.core.call_status import CallStatus
from shared.core.events import JsonValue
from shared.core.next_step import HandOver, NextStep
from shared.ports import CallRecord, LogEntry, NewCall
from shared.wire.dynamodb_values import decode_row, encode_row
from shared.wire.next_step_rows import TURN_BY_TURN, step_of, step_row

EXPIRY_ATTRIBUTE: Final = "expires_at"
"""Seconds since 1970 after which DynamoDB may delete a row (its time-to-live)."""

_STATE: Final = "state"
_CREATED: Final = "created_at"
"""In the row of every call; one without it holds no more than a status that came before its call."""
_LOG: Final = "log#"
_ROW_BYTES: Final = 300_000
"""Of log in one row; DynamoDB takes 400 KB with all that belongs to it."""
_NOT_TAKEN_OVER: Final = "attribute_not_exists(next_step.person)"


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


class DynamoDbCalls:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str, *, keep: timedelta = timedelta(days=90)) -> None:
        self._client = client
        self._table = table
        self._keep = keep

    def create(self, call: NewCall) -> CallRecord | None:
        """A status that came before is in the row already, and stays."""
        row: dict[str, JsonValue] = {
            "account_sid": call.account_sid,
            "caller": call.caller,
            "called": call.called,
            "agent": call.agent,
            "created_at": _text(call.created_at),
            "token_hash": call.token_hash,
            "token_expires_at": _text(call.token_expires_at),
            "language": call.language,
            **_assignment_row(call.assignment),
            "streams": 0,
            EXPIRY_ATTRIBUTE: self._expiry(call.created_at),
        }
        ringing: dict[str, JsonValue] = {"status": str(CallStatus.RINGING), "status_rank": CallStatus.RINGING.rank}
        changes = [f"#{name} = :{name}" for name in row]
        changes += [f"#{name} = if_not_exists(#{name}, :{name})" for name in ringing]
        written = self._update(
            call.call_sid,
            ", ".join(changes),
            f"attribute_not_exists({_CREATED})",
            {f":{name}": value for name, value in (row | ringing).items()},
            {f"#{name}": name for name in row | ringing},
            returns="ALL_NEW",
        )
        return None if written is None else _record(call.call_sid, written)

    def get(self, call_sid: str) -> CallRecord | None:
        with named_errors("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._table, Key=encode_row(_key(call_sid, _STATE)), ConsistentRead=True
            )
        row = decode_row(answer.get("Item", {}))
        return _record(call_sid, row) if _CREATED in row else None

    def renew_token(self, call_sid: str, token_hash: str, expires_at: datetime) -> bool:
        row = self._update(
            call_sid,
            "token_hash = :hash, token_expires_at = :expires REMOVE token_spent",
            f"attribute_exists({_CREATED}) AND attribute_not_exists(ended_at)",
            {":hash": token_hash, ":expires": _text(expires_at)},
        )
        return row is not None

    def claim_stream(self, call_sid: str, token_hash: str, now: datetime) -> int | None:
        row = self._update(
            call_sid,
            "token_spent = :true ADD streams :one",
            "token_hash = :hash AND token_expires_at > :now"
            " AND attribute_not_exists(token_spent) AND attribute_not_exists(ended_at)",
            {":true": True, ":one": 1, ":hash": token_hash, ":now": _text(now)},
            returns="ALL_NEW",
        )
        return None if row is None else int(row["streams"])

    def advance_status(self, call_sid: str, status: CallStatus, at: datetime) -> bool:
        row = self._update(
            call_sid,
            f"#status = :status, status_rank = :rank, status_at = :at, {EXPIRY_ATTRIBUTE} = :expiry",
            "attribute_not_exists(status_rank) OR status_rank < :rank",
            {":status": str(status), ":rank": status.rank, ":at": _text(at), ":expiry": self._expiry(at)},
            {"#status": "status"},
        )
        return row is not None

    def set_answered_by(self, call_sid: str, verdict: str) -> bool:
        change = f"answered_by = :verdict, {EXPIRY_ATTRIBUTE} = if_not_exists({EXPIRY_ATTRIBUTE}, :expiry)"
        values = {":verdict": verdict, ":expiry": self._expiry(datetime.now(UTC))}
        return self._update(call_sid, change, "attribute_not_exists(ended_at)", values) is not None

    def set_next_step(self, call_sid: str, next_step: NextStep, *, stream: int) -> bool:
        person = next_step.person if isinstance(next_step, HandOver) else ""
        row = self._update(
            call_sid,
            "next_step = :step",
            f"streams = :stream AND ({_NOT_TAKEN_OVER} OR next_step.person = :person)",
            {":step": step_row(next_step), ":stream": stream, ":person": person},
        )
        return row is not None

    def take_over(self, call_sid: str, step: HandOver, *, stream: int) -> bool:
        row = self._update(
            call_sid,
            "next_step = :step",
            "streams = :stream AND attribute_not_exists(ended_at)"
            " AND (attribute_not_exists(next_step) OR next_step.#kind = :turns)",
            {":step": step_row(step), ":stream": stream, ":turns": TURN_BY_TURN},
            {"#kind": "kind"},
        )
        return row is not None

    def save_progress(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        return self._update_owned(call_sid, "progress = :value", progress, stream)

    def resume(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        row = self._update(
            call_sid,
            "progress = :progress REMOVE next_step",
            "streams = :stream AND attribute_exists(next_step) AND attribute_not_exists(ended_at)",
            {":progress": progress, ":stream": stream},
        )
        return row is not None

    def take_turn(
        self, call_sid: str, progress: Mapping[str, JsonValue], next_step: NextStep | None, *, turn: int
    ) -> bool:
        change, values = "progress = :progress, streams = :turn", {":progress": progress, ":turn": turn}
        if next_step is not None:
            change, values = f"{change}, next_step = :step", {**values, ":step": step_row(next_step)}
        row = self._update(
            call_sid,
            change,
            f"streams = :before AND attribute_not_exists(ended_at) AND {_NOT_TAKEN_OVER}",
            {**values, ":before": turn - 1},
        )
        return row is not None

    def append(self, call_sid: str, entries: Sequence[LogEntry]) -> bool:
        """What is more than a row holds goes into several, each written once."""
        written = [self._put(self._log_row(call_sid, first, lines)) for first, lines in _pieces(entries)]
        return written[0]

    def log(self, call_sid: str) -> Sequence[LogEntry]:
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :log)",
            "ExpressionAttributeValues": encode_row({":pk": _partition(call_sid), ":log": _LOG}),
            "ConsistentRead": True,
        }
        with named_errors("DynamoDB"):
            pages = list(self._client.get_paginator("query").paginate(**request))
        lines = (line for page in pages for item in page["Items"] for line in json.loads(item["lines"]["S"]))
        entries = [LogEntry(x["key"], x["kind"], datetime.fromisoformat(x["at"]), x["data"]) for x in lines]
        return sorted(entries, key=lambda entry: (entry.at, entry.key))

    def save_report(self, call_sid: str, report: Mapping[str, JsonValue], *, lines: int) -> bool:
        row = self._update(
            call_sid,
            "report = :report, report_lines = :lines",
            f"attribute_exists({_CREATED}) AND (attribute_not_exists(report_lines) OR report_lines < :lines)",
            {":report": report, ":lines": lines},
        )
        return row is not None

    def finish(self, call_sid: str, outcome: str, at: datetime) -> bool:
        row = self._update(
            call_sid,
            "outcome = :outcome, ended_at = :at REMOVE facts, earlier",
            f"attribute_exists({_CREATED}) AND attribute_not_exists(ended_at)",
            {":outcome": outcome, ":at": _text(at)},
        )
        return row is not None

    def _update_owned(self, call_sid: str, change: str, value: Mapping[str, JsonValue], stream: int) -> bool:
        row = self._update(call_sid, change, "streams = :stream", {":value": value, ":stream": stream})
        return row is not None

    def _log_row(self, call_sid: str, first: LogEntry, lines: str) -> Mapping[str, JsonValue]:
        return {**_key(call_sid, _LOG + first.key), "lines": lines, EXPIRY_ATTRIBUTE: self._expiry(first.at)}

    def _put(self, row: Mapping[str, JsonValue]) -> bool:
        """Write a row that must not be there yet; False if it is, and not by this very write."""
        stamp = uuid4().hex
        with named_errors("DynamoDB"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=encode_row({**row, "stamp": stamp}),
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                return bool(decode_row(in_the_way(error)).get("stamp") == stamp)
        return True

    def _update(
        self,
        call_sid: str,
        change: str,
        condition: str,
        values: Mapping[str, JsonValue],
        names: Mapping[str, str] | None = None,
        *,
        returns: str = "NONE",
    ) -> Mapping[str, Any] | None:
        """SET `change`; None when the condition did not hold, before this very write. The row after it if asked for."""
        stamp = uuid4().hex
        request: dict[str, Any] = {"ExpressionAttributeNames": dict(names)} if names else {}
        with named_errors("DynamoDB"):
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=encode_row(_key(call_sid, _STATE)),
                    UpdateExpression=f"SET stamp = :stamp, {change}",
                    ConditionExpression=condition,
                    ExpressionAttributeValues=encode_row({**values, ":stamp": stamp}),
                    ReturnValues=returns,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **request,
                )
            except ClientError as error:
                row = decode_row(in_the_way(error))
                return row if row.get("stamp") == stamp else None
        return decode_row(answer.get("Attributes", {}))

    def _expiry(self, at: datetime) -> int:
        return int((at + self._keep).timestamp())


def _key(call_sid: str, row: str) -> dict[str, str]:
    return {"pk": _partition(call_sid), "sk": row}


def _partition(call_sid: str) -> str:
    return f"call#{call_sid}"


def _text(at: datetime) -> str:
    """UTC, of one width, so that texts compare as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _pieces(entries: Sequence[LogEntry]) -> Iterator[tuple[LogEntry, str]]:
    """The entries as JSON lists that each fit into a row, and the first entry of each.

    As text they are smaller than in DynamoDB's own notation, cheaper to write, and numbers stay what they were.
    """
    first, lines, size = entries[0], list[bytes](), 0
    for entry in entries:
        line = _line(entry)
        if lines and size + len(line) > _ROW_BYTES:
            yield first, f"[{b','.join(lines).decode()}]"
            first, lines, size = entry, [], 0
        lines.append(line)
        size += len(line)
    yield first, f"[{b','.join(lines).decode()}]"


def _line(entry: LogEntry) -> bytes:
    line = {"key": entry.key, "kind": entry.kind, "at": _text(entry.at), "data": entry.data}
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace")


def _record(call_sid: str, row: Mapping[str, Any]) -> CallRecord:
    ended_at = row.get("ended_at")
    return CallRecord(
        call_sid=call_sid,
        account_sid=row["account_sid"],
        caller=row["caller"],
        called=row["called"],
        agent=row["agent"],
        status=CallStatus(row["status"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        token_hash=row["token_hash"],
        token_expires_at=datetime.fromisoformat(row["token_expires_at"]),
        token_spent=row.get("token_spent", False),
        language=row.get("language"),
        streams=row["streams"],
        next_step=step_of(row["next_step"]) if "next_step" in row else None,
        progress=row.get("progress"),
        ended_at=None if ended_at is None else datetime.fromisoformat(ended_at),
        outcome=row.get("outcome"),
        report=row.get("report"),
        assignment=_assignment(row),
        answered_by=row.get("answered_by", ""),
    )


def _assignment_row(assignment: Assignment | None) -> Mapping[str, JsonValue]:
    if assignment is None:
        return {}
    row = {"attempt": assignment.attempt, "facts": assignment.facts, "leaves_message": assignment.leaves_message}
    return row if assignment.earlier is None else {**row, "earlier": assignment.earlier}


def _assignment(row: Mapping[str, Any]) -> Assignment | None:
    if "attempt" not in row:
        return None
    return Assignment(row["attempt"], row.get("facts", {}), row["leaves_message"], row.get("earlier"))
