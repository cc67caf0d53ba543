"""`switchboard demo`: a whole call over the sockets, shown as it happens, kept, and judged."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from cli import booking_call
from cli.carrier import Json
from cli.laptop import CALLER, NUMBER, Laptop, laptop
from cli.recording import interruptions, voices
from cli.show import Show
from cli.verdict import Appointment, Evidence, cut_short_ms, gaps_ms, median_gap_s, shortcomings

CALL_S = 120
SETTLED_S = 10
LOOK_EVERY_S = 0.1

_OVER = ("completed", "busy", "failed", "no-answer", "canceled")


@dataclass(frozen=True, slots=True)
class Booked:
    """A call that is over, and what it left behind."""

    call_sid: str
    wanted: Appointment
    seen: Evidence
    wav: bytes
    short: Sequence[str]


def demo(out: Path, console: Console) -> tuple[str, list[str]]:
    """Run it; its figures, and what fell short. Raises ChildFailed or CarrierRefused."""
    begun = time.monotonic()
    show = Show(console, "Ava")
    show.step("starting the telephone network, the small AWS, the model and the product")
    with laptop(out / "logs", show.step) as machine:
        show.step(f"ready after {time.monotonic() - begun:.1f} s; a caller dials {NUMBER}")
        booked = book(machine, show)
        _keep(out, machine, booked)
        show.step(f"recording {out / 'call.wav'}, record {out / 'record.json'}")
    return f"{_figures(booked.seen)}, {time.monotonic() - begun:.0f} s in all", list(booked.short)


def book(machine: Laptop, show: Show) -> Booked:
    """One caller books an appointment, shown as it happens."""
    wanted = booking_call.wanted(datetime.now(ZoneInfo(machine.agent.timezone)).date())
    call_sid = machine.carrier.dial(CALLER, NUMBER, booking_call.steps(wanted))
    watch(machine, call_sid, show)
    call, wav = machine.carrier.call(call_sid), machine.carrier.wav(call_sid)
    bookings = [booking for booking in machine.bookings() if booking["phone"] == wanted.phone]
    seen = Evidence(machine.calls.log(call_sid), bookings, call["timeline"], interruptions(*voices(wav)))
    return Booked(call_sid, wanted, seen, wav, [*shortcomings(wanted, seen), *_phone_troubles(call)])


def watch(machine: Laptop, call_sid: str, show: Show) -> None:
    """Show the call's record as it is written, until the call is over. Gives up on a call without end."""
    shown: set[str] = set()
    deadline = time.monotonic() + CALL_S
    over = False
    while True:
        for entry in machine.calls.log(call_sid):
            if entry.key not in shown:
                shown.add(entry.key)
                show.line(entry.kind, entry.data)
        record = machine.calls.get(call_sid)
        if over and (record is None or record.ended_at is not None or time.monotonic() > deadline):
            return
        if not over and (time.monotonic() > deadline or machine.carrier.call(call_sid)["status"] in _OVER):
            over = True
            deadline = time.monotonic() + SETTLED_S
        machine.children.check()
        time.sleep(LOOK_EVERY_S)


def _keep(out: Path, machine: Laptop, booked: Booked) -> None:
    record = machine.calls.get(booked.call_sid)
    call = None if record is None else {**asdict(record), "next_step": repr(record.next_step)}
    lines = [{"at": line.at.astimezone(UTC).isoformat(), "kind": line.kind, **line.data} for line in booked.seen.log]
    (out / "record.json").write_text(json.dumps({"call": call, "log": lines}, indent=1, default=str) + "\n")
    (out / "call.wav").write_bytes(booked.wav)


def _figures(seen: Evidence) -> str:
    cut = cut_short_ms(seen)
    interrupted = "not interrupted" if cut is None else f"silent {cut} ms after an interruption"
    answers, bookings = len(gaps_ms(seen.log)), len(seen.bookings)
    return f"{answers} answers, median wait {median_gap_s(seen.log):.2f} s, {interrupted}, {bookings} booking"


def _phone_troubles(call: Json) -> list[str]:
    return [f"the caller's phone: {event['failed']}" for event in call["timeline"] if "failed" in event]
