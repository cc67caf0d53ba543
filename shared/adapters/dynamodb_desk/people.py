"""Who is at a desk: a row for each person, with what they say of themselves, and the call that has them.

    pk=people  sk=<person id>  name, username, teams, phone, presence, since, seen_at,
                               call_sid and until while a call has them

A person is there while their page was heard of less than SEEN ago; a lease holds until `until`. Both end by the clock
alone, so that neither a browser nor a service that dies keeps anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_desk.rows import Row, Rows, text
from shared.core.events import JsonValue
from shared.core.presence import Presence
from shared.ports import Person

SEEN: Final = timedelta(seconds=150)
"""Pages say every minute that they are there."""

PARTITION: Final = "people"
_GONE: Final = ""
"""Of `seen_at`: before any time."""
_NOBODY_HAS: Final = "(attribute_not_exists(call_sid) OR #until <= :now)"


@dataclass(frozen=True, slots=True)
class AtDesk:
    """A person as other desks see them."""

    person: Person
    presence: Presence
    since: str
    """Since when, in UTC."""
    there: bool
    call_sid: str | None = None
    """The call that has them."""


class DynamoDbPeople:
    """`now` tells the time."""

    def __init__(self, client: Any, table: str, *, now: Callable[[], datetime]) -> None:
        self._rows = Rows(client, table)
        self._now = now

    def free(self, team: str, now: datetime) -> tuple[Person, ...]:
        here = [at_desk for at_desk in self._read(now) if team in at_desk.person.teams and at_desk.person.phone]
        able = [x for x in here if x.there and x.presence is Presence.FREE and x.call_sid is None]
        return tuple(at_desk.person for at_desk in sorted(able, key=lambda at_desk: at_desk.since))

    def person(self, username: str) -> Person | None:
        everyone = (at_desk.person for at_desk in self.everyone())
        return next((person for person in everyone if person.username == username), None)

    def claim(self, person_id: str, call_sid: str, until: datetime, *, willing: bool = False) -> bool:
        values: dict[str, JsonValue] = {
            ":call": call_sid,
            ":until": text(until),
            ":now": text(self._now()),
            ":seen": text(self._now() - SEEN),
        }
        free = f"seen_at > :seen AND {_NOBODY_HAS}"
        if not willing:
            free, values = f"presence = :free AND {free}", values | {":free": Presence.FREE}
        return self._rows.update(
            PARTITION,
            person_id,
            "SET call_sid = :call, #until = :until",
            values,
            condition=f"({free}) OR (call_sid = :call AND #until > :now)",
            until="until",
        )

    def release(self, person_id: str, call_sid: str) -> None:
        self._rows.update(
            PARTITION,
            person_id,
            "SET since = :now REMOVE call_sid, #until",
            {":call": call_sid, ":now": text(self._now())},
            condition="call_sid = :call",
            until="until",
        )

    def sign_in(self, person: Person) -> None:
        """A person's page is open: take over what the directory says of them. Who is new is away."""
        now = text(self._now())
        self._rows.update(
            PARTITION,
            person.id,
            "SET #name = :name, username = :username, teams = :teams, phone = :phone, seen_at = :now,"
            " presence = if_not_exists(presence, :away), since = if_not_exists(since, :now)",
            {
                ":name": person.name,
                ":username": person.username,
                ":teams": list(person.teams),
                ":phone": person.phone,
                ":now": now,
                ":away": Presence.AWAY,
            },
            name="name",
        )

    def seen(self, person_id: str) -> None:
        """Their page is still open."""
        self._seen(person_id, text(self._now()))

    def left(self, person_id: str) -> None:
        """Their last page was closed."""
        self._seen(person_id, _GONE)

    def be(self, person_id: str, presence: Presence) -> None:
        """Keep what they say of themselves."""
        self._rows.update(
            PARTITION,
            person_id,
            "SET presence = :presence, since = :now",
            {":presence": presence, ":now": text(self._now())},
            condition="attribute_exists(pk)",
        )

    def everyone(self) -> Sequence[AtDesk]:
        """All who ever signed in."""
        return self._read(self._now())

    def _seen(self, person_id: str, at: str) -> None:
        self._rows.update(PARTITION, person_id, "SET seen_at = :at", {":at": at}, condition="attribute_exists(pk)")

    def _read(self, now: datetime) -> list[AtDesk]:
        return [at_desk(row, now) for row in self._rows.all(PARTITION)]


def at_desk(row: Row, now: datetime) -> AtDesk:
    """A row of a person, as it is to be read at this time."""
    return AtDesk(
        Person(row["sk"], row["name"], tuple(row["teams"]), row["phone"], row.get("username", "")),
        Presence(row["presence"]),
        row["since"],
        row["seen_at"] > text(now - SEEN),
        row["call_sid"] if row.get("until", "") > text(now) else None,
    )
