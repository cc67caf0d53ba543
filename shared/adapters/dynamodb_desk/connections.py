"""The open pages: a row for each connection of the WebSocket API, and the tickets they were opened with.

pk=ticket#<ticket>  sk=ticket           person_id, expires_at
pk=connections      sk=<connection id>  person_id, watching: the call whose words it wants, expires_at
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_desk.rows import EXPIRY_ATTRIBUTE, Row, Rows

TICKET_LASTS: Final = timedelta(seconds=30)
CONNECTION_LASTS: Final = timedelta(hours=2)
"""API Gateway ends every connection by then ("Quotas for WebSocket APIs")."""

_PARTITION: Final = "connections"


@dataclass(frozen=True, slots=True)
class Connection:
    id: str
    person_id: str
    watching: str | None


class DynamoDbConnections:
    """`now` tells the time."""

    def __init__(self, client: Any, table: str, *, now: Callable[[], datetime]) -> None:
        self._rows = Rows(client, table)
        self._now = now

    def issue(self, ticket: str, person_id: str) -> None:
        """Let whoever brings this ticket, once and soon, open a connection for this person."""
        self._rows.put(f"ticket#{ticket}", "ticket", {"person_id": person_id, EXPIRY_ATTRIBUTE: self._in(TICKET_LASTS)})

    def open(self, connection_id: str, ticket: str) -> str | None:
        """Spend the ticket for a connection: whose it is. None if the ticket was spent, is too old, or never was."""
        row = self._rows.take(f"ticket#{ticket}", "ticket")
        if row is None or row[EXPIRY_ATTRIBUTE] < self._now().timestamp():
            return None
        values = {"person_id": row["person_id"], EXPIRY_ATTRIBUTE: self._in(CONNECTION_LASTS)}
        self._rows.put(_PARTITION, connection_id, values)
        return str(row["person_id"])

    def watch(self, connection_id: str, call_sid: str | None) -> str | None:
        """Send this connection the words of a call from now on: whose connection it is, None if it is not open."""
        row = self._rows.get(_PARTITION, connection_id)
        if row is None:
            return None
        there = self._rows.update(
            _PARTITION, connection_id, "SET watching = :call", {":call": call_sid}, condition="attribute_exists(pk)"
        )
        return str(row["person_id"]) if there else None

    def close(self, connection_id: str) -> str | None:
        """Forget a connection: whose it was, if they have no other; None otherwise."""
        row = self._rows.take(_PARTITION, connection_id)
        if row is None or any(other["person_id"] == row["person_id"] for other in self._open()):
            return None
        return str(row["person_id"])

    def listening(self) -> Sequence[Connection]:
        """Every open connection that has said what it watches.

        Before its first word it may not be open yet: API Gateway opens it once the ticket was found good, and says
        until then that it is gone.
        """
        return [Connection(row["sk"], row["person_id"], row["watching"]) for row in self._open() if "watching" in row]

    def _open(self) -> Sequence[Row]:
        now = self._now().timestamp()
        return [row for row in self._rows.all(_PARTITION) if row[EXPIRY_ATTRIBUTE] > now]

    def _in(self, span: timedelta) -> int:
        return int((self._now() + span).timestamp())
