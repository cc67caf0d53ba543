"""Whether a booking call went well, by what it left behind: its record, the bookings, the carrier, the recording."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from statistics import median
from typing import Any

from cli.recording import Interruption
from shared.ports import LogEntry

FALLS_SILENT_MS = 1_500
"""An agent that talks on for longer has not been interrupted."""
TROUBLES = ("not_understood", "asked_again", "fault", "false_interruption")


@dataclass(frozen=True, slots=True)
class Appointment:
    """What the caller wanted."""

    service: str
    day: date
    time: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Evidence:
    log: Sequence[LogEntry]
    bookings: Sequence[Mapping[str, str]]
    timeline: Sequence[Mapping[str, Any]]
    interruptions: Sequence[Interruption]


def shortcomings(wanted: Appointment, seen: Evidence) -> list[str]:
    """What went wrong, in words; empty when all went well."""
    return [*_unbooked(wanted, seen.bookings), *_troubles(seen.log), *_talked_over(seen)]


def gaps_ms(log: Iterable[LogEntry]) -> list[int]:
    """How long the caller waited for each answer."""
    return [_int(entry.data["gap_ms"]) for entry in log if entry.kind == "turn_timing"]


def median_gap_s(log: Iterable[LogEntry]) -> float:
    return median(gaps_ms(log) or [0]) / 1000


def cut_short_ms(seen: Evidence) -> int | None:
    """How long the agent went on after the caller had begun to interrupt it, when the carrier was told to be silent."""
    answered = _answered_at(seen.timeline)
    clears = [event["at_ms"] - answered for event in seen.timeline if event["kind"] == "clear" and event["dropped_ms"]]
    for each in seen.interruptions:
        if any(0 <= clear - each.at_ms <= FALLS_SILENT_MS for clear in clears):
            return each.agent_went_on_ms
    return None


def _unbooked(wanted: Appointment, bookings: Sequence[Mapping[str, str]]) -> Iterable[str]:
    if not bookings:
        yield "no booking is in the table"
    elif len(bookings) > 1:
        yield f"{len(bookings)} bookings are in the table"
    else:
        for field, expected in asdict(wanted).items():
            if bookings[0][field] != str(expected):
                yield f"the {field} booked is {bookings[0][field]}, not {expected}"


def _troubles(log: Sequence[LogEntry]) -> Iterable[str]:
    for kind in TROUBLES:
        if count := sum(entry.kind == kind for entry in log):
            yield f"{kind.replace('_', ' ')}: {count}"


def _talked_over(seen: Evidence) -> Iterable[str]:
    if cut_short_ms(seen) is None:
        yield "the agent was not interrupted"
    for each in seen.interruptions:
        if each.agent_went_on_ms > FALLS_SILENT_MS:
            yield f"the agent went on for {each.agent_went_on_ms} ms while the caller spoke"


def _answered_at(timeline: Sequence[Mapping[str, Any]]) -> int:
    """When the recording began, in the carrier's own time."""
    return next((event["at_ms"] - event["line_ms"] for event in timeline if event["kind"] == "sound"), 0)


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
