"""Which calls there are and were, by time: a line for each, kept up to date by the calls table's stream.

pk=live           sk=<CallSid>               the line of a call that goes on
pk=calls#2026-11  sk=<created_at>#<CallSid>  the line of one that has ended, until its call's own rows are forgotten;
                                                 `confirmed` is a person's summary, and counts before the report's
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, Self

from shared.adapters.dynamodb_desk.rows import EXPIRY_ATTRIBUTE, Row, Rows, text
from shared.core.events import JsonValue

LONGEST: Final = timedelta(hours=24)
"""A call of which no end was told is not shown as live for longer than Twilio lets one last."""
PAGE: Final = 50
MONTHS: Final = 13
"""How far back is searched: call rows are kept for 90 days unless the company keeps them longer."""

_LIVE: Final = "live"
_CONFIRMED: Final = "confirmed"
_READ: Final = 500
"""Lines read at a time; about 150 KB."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """What a list shows of a call. Times are texts in UTC that compare as times do."""

    sid: str
    caller: str
    called: str
    agent: str
    status: str
    at: str
    language: str | None = None
    ended_at: str | None = None
    outcome: str | None = None
    summary: str | None = None
    expires_at: int = 0
    """When the call's own rows are forgotten, in seconds since 1970."""

    @classmethod
    def of_state(cls, sid: str, state: Row) -> Self:
        """From a call's row of state."""
        told: dict[str, Any] = {field.name: state.get(field.name) for field in fields(cls)}
        summary = (state.get("report") or {}).get("summary")
        return cls(**{**told, "sid": sid, "at": state["created_at"], "summary": summary})

    def holds(self, words: str) -> bool:
        """Whether the words, in lower case, are in what it shows."""
        shown = (self.caller, self.called, self.agent, self.outcome, self.summary)
        told = " ".join(part for part in shown if part).replace("_", " ").lower()
        return all(word in told for word in words.split())


class DynamoDbDeskCalls:
    """`now` tells the time."""

    def __init__(self, client: Any, table: str, *, now: Callable[[], datetime]) -> None:
        self._rows = Rows(client, table)
        self._now = now

    def keep(self, line: CallLine) -> None:
        """Write the line where it belongs."""
        if line.ended_at is None:
            until = datetime.fromisoformat(line.at) + LONGEST
            self._rows.put(_LIVE, line.sid, {**_values(line), EXPIRY_ATTRIBUTE: int(until.timestamp())})
            return
        self._set(line.sid, line.at, _values(line))
        self._rows.take(_LIVE, line.sid)

    def confirm(self, sid: str, at: str, summary: str) -> None:
        """Show a person's summary of a call that began `at`, whatever its report says, now or later."""
        self._set(sid, at, {_CONFIRMED: summary})

    def live(self) -> Sequence[CallLine]:
        """Calls that go on, in the order in which they began."""
        now = self._now().timestamp()
        lines = [_line(row) for row in self._rows.all(_LIVE) if row[EXPIRY_ATTRIBUTE] > now]
        return sorted(lines, key=lambda line: line.at)

    def former(self, words: str = "", *, before: str = "") -> Sequence[CallLine]:
        """At most PAGE calls that have ended, the newest first: those that hold all words, begun before this time."""
        found: list[CallLine] = []
        for line in self._back_from(before or text(self._now())):
            if line.holds(words.lower()):
                found.append(line)
            if len(found) == PAGE:
                break
        return found

    def _set(self, sid: str, at: str, values: Mapping[str, JsonValue]) -> None:
        """Write these fields of a former call's line, and leave its others."""
        names = {f"f{number}": name for number, name in enumerate(values)}
        change = ", ".join(f"#{short} = :{short}" for short in names)
        told = {f":{short}": values[name] for short, name in names.items()}
        self._rows.update(_month(at), f"{at}#{sid}", f"SET {change}", told, **names)

    def _back_from(self, before: str) -> Iterator[CallLine]:
        for month in _months(before):
            place = before
            while rows := self._rows.newest(month, before=place, limit=_READ):
                yield from (_line(row) for row in rows if "sid" in row)
                place = str(rows[-1]["sk"])


def _months(before: str) -> Iterator[str]:
    """Partitions from this time backwards."""
    first = datetime.fromisoformat(before).replace(day=1)
    for _ in range(MONTHS):
        yield _month(first.isoformat())
        first = (first - timedelta(days=1)).replace(day=1)


def _month(at: str) -> str:
    return f"calls#{at[:7]}"


def _values(line: CallLine) -> Mapping[str, JsonValue]:
    return asdict(line)


def _line(row: Row) -> CallLine:
    values: dict[str, Any] = {field.name: row.get(field.name) for field in fields(CallLine)}
    return CallLine(**values | {"summary": row.get(_CONFIRMED) or row.get("summary")})
