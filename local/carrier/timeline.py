"""What happened on a call and when, for an operator: never a caller's word or digit.

Kinds of events and what they carry:

    status          status
    webhook         purpose, method, url (without query), attempt, status or error, took_ms
    verb            name, and `done` when it ends
    stream          state: opening | started | stopped, stream_sid
    mark, clear     name; cleared marks are counted, not named
    digit           (not which)
    sound           who: caller | agent | other (who is in the call besides them), speaking, line_ms: position in the
                    recording
    recording       recording_sid, status, duration_s
    answered-by     who: what answering-machine detection found
    leg             leg_sid: a call that a <Dial> of this one made
    conference      conference_sid, event
    queue           queue_sid, state: waiting | bridged | left
    pay             part, mistake and attempt; in the end its result
    phone           what the other end did: step, or `failed` with why
    trouble         purpose of a callback, fate: lost | twice | late, as it was ordered
    error           code, level, text: an entry of Twilio's error log
    not-simulated   what was asked for that this stand-in accepts and does not do
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.carrier import errors

MAX_EVENTS = 5000
_MAX_WAITING = 1000

type Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """`at_ms` counts from the creation of the call."""

    call_sid: str
    at_ms: int
    kind: str
    detail: dict[str, Detail]

    def json(self) -> dict[str, Detail]:
        return {"call_sid": self.call_sid, "at_ms": self.at_ms, "kind": self.kind, **self.detail}


class Feed:
    """Carries every event of every call to whoever listens now; a listener 1000 events behind loses the oldest."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event]] = set()

    def publish(self, event: Event) -> None:
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue(_MAX_WAITING)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)


class Timeline:
    """The events of one call, oldest first; at most MAX_EVENTS, later ones are only counted."""

    def __init__(self, call_sid: str, now: Callable[[], float], feed: Feed) -> None:
        self._call_sid = call_sid
        self._now = now
        self._begun = now()
        self._feed = feed
        self._changed = asyncio.Event()
        self.events: list[Event] = []
        self.lost = 0

    def now_ms(self) -> int:
        return round((self._now() - self._begun) * 1000)

    def note(self, kind: str, /, *, at_ms: int | None = None, **detail: Detail) -> None:
        event = Event(self._call_sid, self.now_ms() if at_ms is None else at_ms, kind, detail)
        if len(self.events) < MAX_EVENTS:
            self.events.append(event)
        else:
            self.lost += 1
        self._feed.publish(event)
        self._changed.set()

    def fault(self, code: int, why: str = "") -> None:
        """An entry in Twilio's error log."""
        self.note("error", code=code, level=errors.level(code).value, text=errors.text(code), why=why)

    def of(self, kind: str, **detail: Detail) -> list[Event]:
        """The events of one kind whose details include these."""
        return [e for e in self.events if e.kind == kind and detail.items() <= e.detail.items()]

    async def until(self, kind: str, within_s: float, /, count: int = 1, **detail: Detail) -> Event:
        """Wait for the `count`-th such event. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while len(found := self.of(kind, **detail)) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]
