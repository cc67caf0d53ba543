"""What people still have to do about calls: tasks, and numbers to ring back.

    pk=follow-ups  sk=<id>  kind, call_sid, about, at, number; taken_by, taken_until;
                            done_by, done_at, expires_at once it is done

An id is made of what there is to do, so that adding the same twice leaves one. What the agent does itself is taken by
AGENT until some time, after which people may have it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_desk.rows import EXPIRY_ATTRIBUTE, Row, Rows, text
from shared.ports import FollowUpKind

PARTITION: Final = "follow-ups"
AGENT: Final = "agent"
"""Stands for a person's id where the agent does it."""
KEEP_DONE: Final = timedelta(days=7)

_NOBODY_ELSE: Final = (
    "attribute_exists(pk) AND attribute_not_exists(done_by)"
    " AND (attribute_not_exists(taken_by) OR taken_by = :me OR taken_until < :now)"
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`at` is when it is due, `taken_by` and `done_by` are persons' ids."""

    id: str
    kind: FollowUpKind
    call_sid: str
    about: str
    at: str
    number: str
    taken_by: str | None = None
    done_by: str | None = None


class DynamoDbFollowUps:
    """`now` tells the time."""

    def __init__(self, client: Any, table: str, *, now: Callable[[], datetime]) -> None:
        self._rows = Rows(client, table)
        self._now = now

    def add(
        self,
        kind: FollowUpKind,
        call_sid: str,
        about: str,
        at: datetime,
        *,
        number: str = "",
        agent_until: datetime | None = None,
    ) -> bool:
        due = text(at)
        made_of = "\0".join((kind, call_sid, about, due if agent_until is None else AGENT, number))
        values = {"kind": kind, "call_sid": call_sid, "about": about, "at": due, "number": number}
        if agent_until is not None:
            values |= {"taken_by": AGENT, "taken_until": text(agent_until)}
        return self._rows.put(PARTITION, hashlib.sha256(made_of.encode()).hexdigest()[:24], values, new=True)

    def open(self) -> Sequence[FollowUp]:
        """Those that are not done, the most urgent first."""
        now = text(self._now())
        rows = ({**row, "taken_by": None} if _overdue(row, now) else row for row in self._rows.all(PARTITION))
        found = (follow_up(row) for row in rows)
        return sorted((x for x in found if x.done_by is None), key=lambda x: (x.at, x.id))

    def take(self, follow_up_id: str, person_id: str) -> bool:
        """Somebody will do it; False if somebody else will, or did."""
        return self._rows.update(
            PARTITION,
            follow_up_id,
            "SET taken_by = :me REMOVE taken_until",
            {":me": person_id, ":now": text(self._now())},
            condition=_NOBODY_ELSE,
        )

    def give_up(self, follow_up_id: str, person_id: str) -> bool:
        """Who took it leaves it to others again."""
        return self._rows.update(
            PARTITION,
            follow_up_id,
            "REMOVE taken_by, taken_until",
            {":me": person_id},
            condition="taken_by = :me AND attribute_not_exists(done_by)",
        )

    def done(self, follow_up_id: str, person_id: str) -> bool:
        """It is done; False if somebody else took it, or it was done before."""
        now = self._now()
        return self._rows.update(
            PARTITION,
            follow_up_id,
            f"SET done_by = :me, done_at = :now, {EXPIRY_ATTRIBUTE} = :expiry",
            {":me": person_id, ":now": text(now), ":expiry": int((now + KEEP_DONE).timestamp())},
            condition=_NOBODY_ELSE,
        )

    def called_back(self, number: str, *, done: bool) -> None:
        for row in self._rows.all(PARTITION):
            if row.get("taken_by") != AGENT or row["number"] != number or "done_by" in row:
                continue
            if done:
                self.done(row["sk"], AGENT)
            else:
                self.give_up(row["sk"], AGENT)


def _overdue(row: Row, now: str) -> bool:
    """Whether the agent has not done in time what it was to do."""
    return str(row.get("taken_until", now)) < now


def follow_up(row: Row) -> FollowUp:
    """A row of something to do."""
    kind = FollowUpKind(row["kind"])
    told = (row["call_sid"], row["about"], row["at"], row["number"])
    return FollowUp(row["sk"], kind, *told, row.get("taken_by"), row.get("done_by"))
