"""Callers who are on their way to people, or with them: a line for each, kept up to date by the calls table's stream.

pk=transfers  sk=<CallSid>  the line, until the caller is back with the agent or gone
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_desk.rows import EXPIRY_ATTRIBUTE, Row, Rows, text
from shared.core.events import JsonValue
from shared.core.transfer import Transfer

TRANSFER: Final = "transfer#"
"""What the sort key of a transfer's own row, beside its call, begins with; its number follows."""
LONGEST: Final = timedelta(hours=24)

_PARTITION: Final = "transfers"


@dataclass(frozen=True, slots=True)
class HandedOver:
    call_sid: str
    number: int
    """Which of the call's transfers."""
    phase: str
    route: str
    reason: str
    to: str
    """Who is rung or spoken with, as the agent file calls them."""
    person: str
    """The id of whoever was claimed for it; empty when the destination is no team."""
    since: str
    """Since when it stands so, in UTC."""
    why: str | None
    """Once it is over: what became of it."""
    context: Mapping[str, JsonValue]
    """What is known of the caller (`shared.core.briefing`)."""
    over: bool


def handed_over(call_sid: str, sk: str, row: Row) -> HandedOver:
    """From a transfer's own row."""
    transfer = Transfer.restore(json.loads(row["transfer"]))
    return HandedOver(
        call_sid=call_sid,
        number=int(sk.removeprefix(TRANSFER)),
        phase=transfer.phase,
        route=transfer.route,
        reason=transfer.reason,
        to=transfer.destination.label,
        person=transfer.person,
        since=text(datetime.fromtimestamp(transfer.since_ms / 1_000, UTC)),
        why=transfer.why,
        context=row["context"],
        over=transfer.settled,
    )


class DynamoDbHandedOver:
    """`now` tells the time."""

    def __init__(self, client: Any, table: str, *, now: Callable[[], datetime]) -> None:
        self._rows = Rows(client, table)
        self._now = now

    def keep(self, line: HandedOver) -> None:
        """Write the line, or forget it when the transfer is over."""
        if line.over:
            self._rows.take(_PARTITION, line.call_sid)
            return
        until = int((self._now() + LONGEST).timestamp())
        self._rows.put(_PARTITION, line.call_sid, {"line": json.dumps(asdict(line)), EXPIRY_ATTRIBUTE: until})

    def under_way(self) -> Sequence[HandedOver]:
        """Those that are not over, the longest first."""
        now = self._now().timestamp()
        rows = [row for row in self._rows.all(_PARTITION) if row[EXPIRY_ATTRIBUTE] > now]
        return sorted((HandedOver(**json.loads(row["line"])) for row in rows), key=lambda line: line.since)
