"""Chains by campaign, by the index `live` of their table: those nobody looks after any more, and how all of them go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared.aws_errors import named_errors
from shared.wire.dynamodb_values import decode_row

INDEX: Final = "live"
"""Of the campaign (`live`) and the time until which somebody waits for the chain (`looked_after`, ISO 8601 in UTC)."""
_PREFIX: Final = "chain#"
_FINISHED: Final = "#finished"
"""Behind the campaign's name: the chains that are."""


_ALWAYS: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """A chain, as far as the index knows it."""

    id: str
    phase: str
    attempts: int
    disposition: str
    """Of its last call; empty when there was none."""
    result: str
    """What was agreed; empty when nothing was."""
    ended: str
    """How it ended; empty if it has not."""
    looked_after: str
    """Until when somebody waits for it, or when it was over."""


class DynamoDbLiveChains:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def left(self, campaign: str, before: datetime) -> Iterator[str]:
        """The ids of those for which somebody waited until `before` at the latest, longest ago first.

        The index may be some seconds behind the table. Raises ProviderError.
        """
        return (seen.id for seen in self._query(campaign, "<", before))

    def live(self, campaign: str) -> Iterator[Seen]:
        """All that are not finished. Raises ProviderError."""
        return self._query(campaign, "<", _ALWAYS)

    def finished(self, campaign: str, since: datetime) -> Iterator[Seen]:
        """Those that came to their end since then. Raises ProviderError."""
        return self._query(campaign + _FINISHED, ">=", since)

    def _query(self, live: str, relation: str, at: datetime) -> Iterator[Seen]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression=f"live = :live AND looked_after {relation} :at",
            ExpressionAttributeValues={":live": {"S": live}, ":at": {"S": at.isoformat(timespec="milliseconds")}},
        )
        with named_errors("DynamoDB"):
            for page in pages:
                yield from (_seen(decode_row(item)) for item in page["Items"])


def _seen(row: Mapping[str, Any]) -> Seen:
    told = {name: str(row.get(name) or "") for name in ("phase", "disposition", "result", "ended", "looked_after")}
    return Seen(id=row["pk"].removeprefix(_PREFIX), attempts=int(row.get("attempts") or 0), **told)
