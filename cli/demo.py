"""`switchboard demo`: a whole call over the sockets, shown as it happens, kept, and judged."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from cli import booking_call
from cli.carrier import Json
from cli.laptop import CALLER, NUMBER, Laptop, laptop
from cli.recording import interruptions, voices
from cli.show import Show
from cli.verdict import Evidence, cut_short_ms, gaps_ms, median_gap_s, shortcomings
from shared.ports import CallRecord, LogEntry

CALL_S = 120
SETTLED_S = 10
LOOK_EVERY_S = 0.1

_OVER = ("completed", "busy", "failed", "no-answer", "canceled")


def demo(out: Path, console: Console) -> tuple[str, list[str]]:
    """Run it; its figures, and what fell short. Raises ChildFailed or CarrierRefused."""
    begun = time.monotonic()
    show = Show(console, "Ava")
    show.step("starting the telephone network, the small AWS, the model and the product")
    with laptop(out / "logs", show.step) as machine:
        show.step(f"ready after {time.monotonic() - begun:.1f} s; a caller dials {NUMBER}")
        day = booking_call.day_for(datetime.now(ZoneInfo(machine.agent.timezone)).date())
        call_sid = machine.carrier.dial(CALLER, NUMBER, booking_call.steps(day))
        watch(machine, call_sid, show)
        call = machine.carrier.call(call_sid)
        wav = machine.carrier.wav(call_sid)
        log = machine.calls.log(call_sid)
        seen = Evidence(log, machine.account.bookings(), call["timeline"], interruptions(*voices(wav)))
        _keep(out, wav, machine.calls.get(call_sid), log)
        show.step(f"recording {out / 'call.wav'}, record {out / 'record.json'}")
    short = [*shortcomings(booking_call.wanted(day), seen), *_phone_troubles(call)]
    return _figures(seen, time.monotonic() - begun), short


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


def _keep(out: Path, wav: bytes, record: CallRecord | None, log: Sequence[LogEntry]) -> None:
    (out / "call.wav").write_bytes(wav)
    lines = [{"at": entry.at.astimezone(UTC).isoformat(), "kind": entry.kind, **entry.data} for entry in log]
    call = None if record is None else {**asdict(record), "next_step": repr(record.next_step)}
    stored = {"call": call, "log": lines}
    (out / "record.json").write_text(json.dumps(stored, indent=1, default=str) + "\n")


def _figures(seen: Evidence, took_s: float) -> str:
    cut = cut_short_ms(seen)
    interrupted = "not interrupted" if cut is None else f"silent {cut} ms after an interruption"
    return (
        f"{len(gaps_ms(seen.log))} answers, median wait {median_gap_s(seen.log):.2f} s, {interrupted}, "
        f"{len(seen.bookings)} booking, {took_s:.0f} s in all"
    )


def _phone_troubles(call: Json) -> list[str]:
    return [f"the caller's phone: {event['failed']}" for event in call["timeline"] if "failed" in event]
