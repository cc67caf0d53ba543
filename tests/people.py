"""Fakes of the ports about people at desks; their contract suites run on these and on the adapters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from shared.core.presence import Presence
from shared.ports import FollowUpKind, Person

SEEN = timedelta(seconds=150)


@dataclass(slots=True)
class _Row:
    person: Person
    presence: Presence
    since: datetime
    seen_at: datetime | None
    lease: tuple[str, datetime] | None = None


class FakePeople:
    """People in memory, by the same rules."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._rows: dict[str, _Row] = {}

    def free(self, team: str, now: datetime) -> tuple[Person, ...]:
        able = [x for x in self._rows.values() if team in x.person.teams and x.person.phone and self._free(x, now)]
        return tuple(row.person for row in sorted(able, key=lambda row: row.since))

    def person(self, username: str) -> Person | None:
        return next((row.person for row in self._rows.values() if row.person.username == username), None)

    def claim(self, person_id: str, call_sid: str, until: datetime, *, willing: bool = False) -> bool:
        with self._lock:
            row, now = self._rows.get(person_id), self._now()
            if row is None or not (self._free(row, now, willing=willing) or self._caller(row, now) == call_sid):
                return False
            row.lease = (call_sid, until)
            return True

    def release(self, person_id: str, call_sid: str) -> None:
        with self._lock:
            row = self._rows.get(person_id)
            if row is not None and row.lease is not None and row.lease[0] == call_sid:
                row.lease, row.since = None, self._now()

    def sign_in(self, person: Person) -> None:
        now = self._now()
        row = self._rows.setdefault(person.id, _Row(person, Presence.AWAY, now, now))
        row.person, row.seen_at = person, now

    def seen(self, person_id: str) -> None:
        if row := self._rows.get(person_id):
            row.seen_at = self._now()

    def left(self, person_id: str) -> None:
        if row := self._rows.get(person_id):
            row.seen_at = None

    def be(self, person_id: str, presence: Presence) -> None:
        if row := self._rows.get(person_id):
            row.presence, row.since = presence, self._now()

    def _free(self, row: _Row, now: datetime, *, willing: bool = False) -> bool:
        there = row.seen_at is not None and row.seen_at > now - SEEN
        return there and (willing or row.presence is Presence.FREE) and self._caller(row, now) is None

    def _caller(self, row: _Row, now: datetime) -> str | None:
        return row.lease[0] if row.lease is not None and row.lease[1] > now else None


@dataclass(frozen=True, slots=True)
class Added:
    kind: FollowUpKind
    call_sid: str
    about: str
    at: datetime
    number: str
    agent_until: datetime | None = None


class FakeFollowUps:
    """What was added, once each."""

    def __init__(self) -> None:
        self.added: list[Added] = []
        self.agents: list[tuple[str, bool]] = []
        """Numbers that the agent has called, and whether that is done."""

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
        new = Added(kind, call_sid, about, at, number, agent_until)
        if new in self.added:
            return False
        self.added.append(new)
        return True

    def called_back(self, number: str, *, done: bool) -> None:
        self.agents.append((number, done))
