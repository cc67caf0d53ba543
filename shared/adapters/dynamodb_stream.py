"""What tables tell others: by their streams, who opted out and which calls ended; and where the rows of a call are."""

from collections.abc import Mapping
from typing import Any, Final

ENDED: Final[Mapping[str, Any]] = {
    "eventName": ["MODIFY"],
    "dynamodb": {"Keys": {"sk": {"S": ["state"]}}, "NewImage": {"ended_at": {"S": [{"exists": True}]}}},
}
"""Lambda's filter of what is written into the table: states of calls that have ended. The templates repeat it."""

CAPTURED: Final[Mapping[str, Any]] = {
    "eventName": ["MODIFY"],
    "dynamodb": {"NewImage": {"payment": {"S": [{"exists": True}]}, "phase": {"S": ["paid"]}}},
}
"""The same of payments that were made."""

OPTED_OUT: Final[Mapping[str, Any]] = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": ["opt-out"]}}}}
"""The same of the table of campaigns: people who do not want to be called any more (`shared.wire.person_rows`)."""

_PAYMENT: Final = "payment#"
"""Of a payment's sort key; the rest is its number."""
_PERSON: Final = "person#"
"""Of the partition key; the rest is their number."""
_PREFIX: Final = "call#"
"""Of the partition key; the rest is the call's sid."""
_ENDED_AT: Final = "ended_at"


def ended_calls(event: Mapping[str, Any]) -> list[str]:
    """The sids of the calls whose end this event of the stream brings.

    `event` is Lambda's, of a stream with new and old images, filtered by ENDED. A state that is written again after the
    end (a report, a late status) is no second end.
    """
    changes = [record["dynamodb"] for record in event["Records"]]
    return [
        change["Keys"]["pk"]["S"].removeprefix(_PREFIX)
        for change in changes
        if _ENDED_AT in change["NewImage"] and _ENDED_AT not in change.get("OldImage", {})
    ]


def captured_payments(event: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The calls' sids and the numbers of the payments of which this event of the stream says that money was taken.

    `event` is Lambda's, as for `ended_calls`, filtered by CAPTURED. A row that is written again is no second charge.
    """
    changes = [record["dynamodb"] for record in event["Records"]]
    return [
        (change["Keys"]["pk"]["S"].removeprefix(_PREFIX), int(change["Keys"]["sk"]["S"].removeprefix(_PAYMENT)))
        for change in changes
        if change["Keys"]["sk"]["S"].startswith(_PAYMENT)
        and change["NewImage"].get("phase") == {"S": "paid"} != change.get("OldImage", {}).get("phase")
    ]


def opted_out(event: Mapping[str, Any]) -> list[str]:
    """The numbers of those whose opt-out this event of the stream brings: Lambda's, filtered by OPTED_OUT."""
    keys = [record["dynamodb"]["Keys"] for record in event["Records"]]
    return [key["pk"]["S"].removeprefix(_PERSON) for key in keys if key["sk"]["S"] == "opt-out"]


def rows_of(table: str, call_sid: str) -> Mapping[str, str]:
    """The table, and the partition key of the rows that hold a call: its state and its event log."""
    return {"table": table, "pk": _PREFIX + call_sid}
