"""What a person says a call came to: their word beside the call's own record, in the calls table.

    pk=call#<CallSid>  sk=review  version, summary, slots, by, name, at, created_at, expires_at

Each version is written on top of the one before and no other, so that of two who correct at once one is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_desk.rows import EXPIRY_ATTRIBUTE, Row, Rows
from shared.core.events import JsonValue

REVIEW: Final = "review"


@dataclass(frozen=True, slots=True)
class Review:
    version: int
    """1 for the first."""
    by: str
    """The person's id."""
    name: str
    at: str
    created_at: str
    """When the call began."""
    summary: str | None = None
    """Their own, or the record's confirmed; None as long as nobody has said."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """Values that count before those the agent collected, by task and slot: `book_appointment.day`."""


class DynamoDbReviews:
    """`keep` is how long after a call its rows are kept, as `DynamoDbCalls` keeps them."""

    def __init__(self, client: Any, calls_table: str, *, keep: timedelta = timedelta(days=90)) -> None:
        self._rows = Rows(client, calls_table)
        self._keep = keep

    def get(self, call_sid: str) -> Review | None:
        row = self._rows.get(f"call#{call_sid}", REVIEW)
        return None if row is None else review(row)

    def save(self, call_sid: str, new: Review) -> bool:
        """Keep it; False, and nothing changed, unless it follows the version that is there."""
        expiry = datetime.fromisoformat(new.created_at) + self._keep
        values: dict[str, JsonValue] = {
            ":version": new.version,
            ":by": new.by,
            ":name": new.name,
            ":at": new.at,
            ":created": new.created_at,
            ":expiry": int(expiry.timestamp()),
            ":summary": new.summary,
            ":slots": dict(new.slots),
        }
        first = new.version == 1
        return self._rows.update(
            f"call#{call_sid}",
            REVIEW,
            "SET version = :version, #by = :by, #name = :name, #at = :at, created_at = :created,"
            f" {EXPIRY_ATTRIBUTE} = :expiry, summary = :summary, slots = :slots",
            values if first else values | {":before": new.version - 1},
            condition="attribute_not_exists(pk)" if first else "version = :before",
            by="by",
            name="name",
            at="at",
        )


def review(row: Row) -> Review:
    """A row of a review."""
    return Review(
        row["version"],
        row["by"],
        row["name"],
        row["at"],
        row["created_at"],
        row.get("summary"),
        row["slots"],
    )
