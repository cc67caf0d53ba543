"""Calls of scripted phones on the machine under test, and what they leave behind."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.carrier import Carrier, Json
from cli.laptop import NUMBER, Laptop
from shared.ports import CallRecord, LogEntry

VOICE = "Polly.Matthew-Neural"
PATIENCE_MS = 20_000
OVER = ("completed", "busy", "failed", "no-answer", "canceled")
LOOK_EVERY_S = 0.1


def say(text: str) -> Json:
    return {"do": "say", "text": text, "voice": VOICE}


def listen(quiet_ms: int = 700) -> Json:
    """Until the agent has spoken and then been quiet for so long."""
    return {"do": "listen", "quiet_ms": quiet_ms, "within_ms": PATIENCE_MS}


def interrupt(text: str, after_ms: int) -> Json:
    """Speak when the agent has spoken for so long."""
    return {"do": "interrupt", "text": text, "voice": VOICE, "after_ms": after_ms, "within_ms": PATIENCE_MS}


def press(digits: str) -> Json:
    return {"do": "press", "digits": digits, "gap_ms": 120}


def play(wav_base64: str) -> Json:
    return {"do": "play", "wav": wav_base64}


def wait(ms: int) -> Json:
    return {"do": "wait", "ms": ms}


HANG_UP: Json = {"do": "hang_up"}


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over."""

    sid: str
    status: str
    state: CallRecord | None
    log: Sequence[LogEntry]
    timeline: Sequence[Mapping[str, Any]]

    def data(self, kind: str) -> list[Mapping[str, Any]]:
        """The record's lines of one kind."""
        return [entry.data for entry in self.log if entry.kind == kind]

    def said(self, who: str) -> str:
        """All that the caller or the agent said, as the record has it."""
        return " ".join(str(line["text"]) for line in self.data(who))

    def events(self, kind: str, **details: object) -> list[Mapping[str, Any]]:
        """The carrier's events of one kind with these details."""
        return [event for event in self.timeline if event["kind"] == kind and details.items() <= event.items()]


def dial(machine: Laptop, from_: str, *steps: Json, carrier: Carrier | None = None) -> str:
    """A phone calls the clinic; the CallSid."""
    return (carrier or machine.carrier).dial(from_, NUMBER, steps)


def until(condition: Callable[[], bool], within_s: float, what: str) -> None:
    """Wait until it is so. Fails with `what`."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(LOOK_EVERY_S)


def until_heard(machine: Laptop, call_sid: str, text: str, within_s: float) -> None:
    """Wait until the agent has been heard saying this. Fails with the call's record."""

    def lines() -> list[tuple[str, object]]:
        return [(entry.kind, entry.data) for entry in machine.calls.log(call_sid)]

    def said() -> bool:
        spoken = (entry.data["text"] for entry in machine.calls.log(call_sid) if entry.kind == "agent")
        return text in " ".join(map(str, spoken))

    try:
        until(said, within_s, f"{text!r} by the agent")
    except AssertionError as late:
        late.add_note("\n".join(map(str, lines())))
        raise


def ended(machine: Laptop, call_sid: str, within_s: float, carrier: Carrier | None = None) -> Ended:
    """Wait until the call is over, at the carrier and in the table; hangs up and fails when it does not end."""
    carrier = carrier or machine.carrier

    def over() -> bool:
        state = machine.calls.get(call_sid)
        known = state is None or state.ended_at is not None
        return known and carrier.call(call_sid)["status"] in OVER

    try:
        until(over, within_s, "the end of the call")
    finally:
        carrier.hang_up(call_sid)
    call = carrier.call(call_sid)
    state = machine.calls.get(call_sid)
    return Ended(call_sid, call["status"], state, machine.calls.log(call_sid), call["timeline"])


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def word_error_rate(said: str, recognised: str) -> float:
    """Insertions, deletions and substitutions for each word said (Levenshtein distance over words)."""
    want, got = words(said), words(recognised)
    row = list(range(len(got) + 1))
    for i, wanted in enumerate(want, 1):
        before, row[0] = row[0], i
        for j, word in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (wanted != word))
    return row[-1] / len(want)
