"""What the streams of the two tables tell a desk: what was said, where a call stands, who is there, what is to do."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.dynamodb_desk import follow_ups, people, reviews, transfers
from shared.adapters.dynamodb_desk.calls import CallLine
from shared.adapters.dynamodb_desk.rows import Row
from shared.wire.dynamodb_values import decode_row

_CALL = "call#"
_SEEN = "seen_at"


@dataclass(frozen=True, slots=True)
class Logged:
    """Lines of a call's event log: key, kind, at and data each."""

    call_sid: str
    lines: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CallChanged:
    line: CallLine


@dataclass(frozen=True, slots=True)
class FormChanged:
    """The task under way, as `Progress.snapshot` has it; None when there is none."""

    call_sid: str
    task: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """`row` is the person's, for `people.at_desk`."""

    row: Row


@dataclass(frozen=True, slots=True)
class FollowUpChanged:
    follow_up: follow_ups.FollowUp


@dataclass(frozen=True, slots=True)
class Reviewed:
    call_sid: str
    review: reviews.Review


@dataclass(frozen=True, slots=True)
class TransferChanged:
    line: transfers.HandedOver


type Change = Logged | CallChanged | FormChanged | PersonChanged | FollowUpChanged | Reviewed | TransferChanged


def changes(event: Mapping[str, Any]) -> Iterator[Change]:
    """What is new in an event of Lambda's, of streams with new and old images. Rows that went are nothing new."""
    for record in event["Records"]:
        change = record["dynamodb"]
        if "NewImage" in change:
            new, old = decode_row(change["NewImage"]), decode_row(change.get("OldImage", {}))
            yield from _of_row(new["pk"], new["sk"], new, old)


def _of_row(pk: str, sk: str, new: Row, old: Row) -> Iterator[Change]:
    call_sid = pk.removeprefix(_CALL) if pk.startswith(_CALL) else ""
    match pk, sk:
        case people.PARTITION, _:
            if _shown(new) != _shown(old):
                yield PersonChanged(new)
        case follow_ups.PARTITION, _:
            yield FollowUpChanged(follow_ups.follow_up(new))
        case _, reviews.REVIEW if call_sid:
            yield Reviewed(call_sid, reviews.review(new))
        case _, _ if call_sid and sk.startswith(transfers.TRANSFER):
            yield TransferChanged(transfers.handed_over(call_sid, sk, new))
        case _, "state" if call_sid:
            yield from _of_state(call_sid, new, old)
        case _, _ if call_sid and sk.startswith("log#"):
            yield Logged(call_sid, json.loads(new["lines"]))


def _of_state(call_sid: str, new: Row, old: Row) -> Iterator[Change]:
    if "created_at" not in new:
        return  # a call of ours rings; nobody has answered it yet
    line = CallLine.of_state(call_sid, new)
    if "created_at" not in old or CallLine.of_state(call_sid, old) != line:
        yield CallChanged(line)
    task = (new.get("progress") or {}).get("task")
    if task != (old.get("progress") or {}).get("task"):
        yield FormChanged(call_sid, task)


def _shown(row: Row) -> Mapping[str, Any]:
    """A person's row without how lately their page was heard of; whether it was closed stays."""
    return {**row, _SEEN: bool(row.get(_SEEN))} if row else {}
