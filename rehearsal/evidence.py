"""What a call left behind, wherever it was made, and how that falls short of what its scenario expects."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rehearsal.scenario import Day, Expect
from shared.core.events import JsonValue
from shared.ports import CallRecord, LogEntry

_DID_SOMETHING: Final = "tool"
_WITHIN_SPEECH_MS: Final = 600
"""A pause of one voice shorter than this does not end what it says."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One voice without a pause, in ms since the call was answered."""

    who: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Evidence:
    state: CallRecord | None
    log: Sequence[LogEntry]
    timeline: Sequence[Mapping[str, Any]]
    """The carrier's events."""
    duration_ms: int
    """From the answer to the end."""
    told: Sequence[Mapping[str, JsonValue]] = ()
    """What people were told of the caller, at each transfer."""
    people_heard: Sequence[str] = ()
    """The lines those heard who picked up, in the order of their calls."""
    caller_heard: Sequence[str] = ()
    quiet_ms: int = 0
    """The longest in which the caller, without the agent, neither heard nor said anything."""
    rang: Sequence[datetime] = ()
    """When people's phones began to ring."""
    still_ringing: Sequence[str] = ()
    """Whose phone rings, or is off the hook, when all is over."""

    def data(self, kind: str) -> list[Mapping[str, Any]]:
        """The record's lines of one kind."""
        return [entry.data for entry in self.log if entry.kind == kind]

    def said(self, who: str) -> list[str]:
        return [str(line["text"]) for line in self.data(who)]

    def stretches(self) -> list[Stretch]:
        """What was audible on the line, in the order it began."""
        begun: dict[str, int] = {}
        found = []
        for event in self.timeline:
            if event["kind"] != "sound":
                continue
            who, at_ms = event["who"], event["line_ms"]
            if event["speaking"]:
                begun[who] = at_ms
            elif who in begun:
                found.append(Stretch(who, begun.pop(who), at_ms))
        found += [Stretch(who, start, self.duration_ms) for who, start in begun.items()]
        return sorted(found, key=lambda stretch: stretch.start_ms)

    def heard_gaps_ms(self) -> list[int]:
        """From each of the caller's last sounds to the first sound of the agent's answer."""
        gaps, caller_end = [], None
        agent_end = 0
        for stretch in self.stretches():
            if stretch.who == "caller":
                caller_end = stretch.end_ms
            else:
                if caller_end is not None and agent_end <= caller_end <= stretch.start_ms:
                    gaps.append(stretch.start_ms - caller_end)
                caller_end, agent_end = None, max(agent_end, stretch.end_ms)
        return gaps

    def talked_over_ms(self) -> list[int]:
        """How long the agent spoke on each time the caller began to speak over it."""
        mine = _joined(self.stretches(), "caller")
        theirs = _joined(self.stretches(), "agent")
        return [
            other.end_ms - one.start_ms
            for one in mine
            for other in theirs
            if other.start_ms < one.start_ms < other.end_ms
        ]

    def phone_failed(self) -> str | None:
        return next((str(event["failed"]) for event in self.timeline if "failed" in event), None)


def shortcomings(expect: Expect, seen: Evidence, day: Day) -> list[str]:
    """In words; empty when all came as expected."""
    return [*_words(expect, seen, day), *_doings(expect, seen, day), *_people(expect, seen), *_timings(expect, seen)]


def _words(expect: Expect, seen: Evidence, day: Day) -> Iterator[str]:
    if (failed := seen.phone_failed()) is not None:
        yield f"the caller's phone: {failed}"
    heard = _plain(" ".join(seen.said("agent")))
    rest = heard
    for text in expect.agent_says:
        _, found, after = rest.partition(_plain(day.fill(text)))
        if not found:
            yield f"the agent has not said {text!r}" + (" at that point" if _plain(day.fill(text)) in heard else "")
        else:
            rest = after
    for text in expect.agent_never_says:
        if _plain(day.fill(text)) in heard:
            yield f"the agent has said {text!r}"
    if expect.caller_heard_as is not None:
        turns = [_plain(turn) for turn in seen.said("caller")]
        wanted = [_plain(day.fill(turn)) for turn in expect.caller_heard_as]
        if turns != wanted:
            yield f"the caller was heard as {turns}, not {wanted}"


def _doings(expect: Expect, seen: Evidence, day: Day) -> Iterator[str]:
    if expect.tools is not None:
        done = seen.data(_DID_SOMETHING)
        if [tool.name for tool in expect.tools] != [run["name"] for run in done]:
            yield f"tools that ran: {[run['name'] for run in done]}"
        for tool, run in zip(expect.tools, done, strict=False):
            for name, value in tool.arguments.items():
                if (given := run["arguments"].get(name)) != day.fill(value):
                    yield f"{tool.name}: {name} is {given!r}, not {day.fill(value)!r}"
    outcomes = [str(line["outcome"]) for line in seen.data("outcome")]
    if expect.outcome is not None and outcomes[-1:] != [expect.outcome]:
        yield f"the outcome is {outcomes}, not {expect.outcome}"
    if expect.message is not None and expect.message != bool(seen.data("message-recorded")):
        yield "a message was left" if seen.data("message-recorded") else "no message was left"
    counts = Counter(entry.kind for entry in seen.log)
    for kind, count in expect.record.items():
        if counts[kind] != count:
            yield f"the record has {counts[kind]} x {kind}, not {count}"
    streams = 0 if seen.state is None else seen.state.streams
    if expect.streams is not None and streams != expect.streams:
        yield f"{streams} streams, not {expect.streams}"


def _people(expect: Expect, seen: Evidence) -> Iterator[str]:
    for who, wanted, heard in (
        ("people", expect.people_hear, seen.people_heard),
        ("the caller", expect.caller_hears, seen.caller_heard),
    ):
        rest = _plain(" ".join(heard))
        for text in wanted:
            _, found, rest = rest.partition(_plain(text))
            if not found:
                yield f"{who} have not heard {text!r}, but {list(heard)}"
    moves = [str(line.get("to") or line["back"]) for line in seen.data("transfer")]
    if expect.transfer is not None and moves != list(expect.transfer):
        yield f"the caller was led {moves}, not {list(expect.transfer)}"
    if expect.told is not None:
        for name, value in expect.told.model_dump(exclude_none=True).items():
            given = seen.told[-1].get(name) if seen.told else None
            if isinstance(given, list):
                given = {str(one["name"]): one["value"] for one in given if isinstance(one, Mapping)}
            if given != value:
                yield f"people were told {name} {given!r}, not {value!r}"
    if seen.still_ringing:
        yield f"phones are still in use: {list(seen.still_ringing)}"


def _timings(expect: Expect, seen: Evidence) -> Iterator[str]:
    longest = max(seen.heard_gaps_ms(), default=0)
    if expect.heard_gap_ms is not None and longest > expect.heard_gap_ms:
        yield f"the caller waited {longest} ms for an answer, more than {expect.heard_gap_ms}"
    if expect.quiet_ms is not None and seen.quiet_ms > expect.quiet_ms:
        yield f"the caller was in silence for {seen.quiet_ms} ms, more than {expect.quiet_ms}"
    over = max(seen.talked_over_ms(), default=0)
    if expect.stops_within_ms is not None and over > expect.stops_within_ms:
        yield f"the agent spoke on for {over} ms over the caller, more than {expect.stops_within_ms}"


def _joined(stretches: Sequence[Stretch], who: str) -> list[Stretch]:
    joined: list[Stretch] = []
    for stretch in stretches:
        if stretch.who != who:
            continue
        if joined and stretch.start_ms - joined[-1].end_ms < _WITHIN_SPEECH_MS:
            joined[-1] = Stretch(who, joined[-1].start_ms, stretch.end_ms)
        else:
            joined.append(stretch)
    return joined


def _plain(text: str) -> str:
    """Words only, so that neither case nor punctuation tells texts apart."""
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower()).split())
