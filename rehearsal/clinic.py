"""The clinic's appointments, in memory: what the tools of an agent that books work on."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shared.adapters.dynamodb_bookings import BOOK_APPOINTMENT, CHANGES, FIND_FREE_TIMES, OpeningHours
from shared.core.events import JsonValue
from shared.ports import Refused


@dataclass(frozen=True, slots=True)
class Run:
    """A tool that has run."""

    name: str
    arguments: Mapping[str, str]
    key: str


class Clinic:
    """Tools. The same key books once."""

    def __init__(self, timezone: str, now: Callable[[], datetime], *, takes_ms: int = 30) -> None:
        self._hours = OpeningHours(timezone)
        self._now = now
        self.takes_ms = takes_ms
        self.bookings: dict[str, Mapping[str, str]] = {}
        """By key."""
        self.runs: list[Run] = []

    def names(self) -> Iterable[str]:
        return (FIND_FREE_TIMES, BOOK_APPOINTMENT, *CHANGES)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        self.runs.append(Run(name, dict(arguments), key))
        await asyncio.sleep(self.takes_ms / 1000)
        match name:
            case "find_free_times":
                taken = {_slot(booking) for booking in self.bookings.values()}
                times = self._hours.times(date.fromisoformat(arguments["day"]), self._now())
                return {"options": [at for at in times if _slot({**arguments, "time": at}) not in taken]}
            case "book_appointment":
                others = (booking for booked, booking in self.bookings.items() if booked != key)
                if _slot(arguments) in map(_slot, others):
                    return {"problem": "taken"}
                self.bookings.setdefault(key, dict(arguments))
                return {"reference": f"B{len(self.bookings)}"}
            case "confirm_appointment" | "cancel_appointment" | "move_appointment":
                return {}
        raise Refused(f"there is no tool {name!r}")


def _slot(booking: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(booking.get(part) for part in ("service", "day", "time"))
