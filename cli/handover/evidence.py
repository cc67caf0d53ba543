"""What a handed-over call was like, by what it left behind: its record, the carrier's timelines, the recording.

Times are in ms; where they are compared across calls and machines' parts, since 1970: all of it is on one machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cli.recording import longest_silence_ms, voices
from shared.ports import LogEntry

FIRST_RING_MS: Final = 1_000
NETWORK_MS: Final = 500
"""What a telephone network takes at the least from an order until the phone rings; the stand-in takes nothing."""
WHISPER_MS: Final = 500
SILENCE_MS: Final = 3_000
SUGGESTION_MS: Final = 2_000

type Call = Mapping[str, Any]
"""As the carrier shows it, with its timeline."""


@dataclass(frozen=True, slots=True)
class Timings:
    """What nobody measured is None."""

    decision_to_ring_ms: int | None
    """From what the agent decided to the first ring, which the caller does not wait for: they hear what was decided."""
    said_to_ring_ms: int | None
    """From the end of saying so to the first ring; negative before it."""
    word_ms: int | None
    """From what the agent decided to the end of saying so."""
    desk_ms: int | None
    """From the order to ring until the desk showed the call; negative before it."""
    whisper_ms: int | None
    """From picking up to the first sound."""
    silence_ms: int
    """The longest the caller heard nothing and said nothing, on the way to people and back."""
    suggestion_ms: int | None
    """From the end of the sentence that needs it to the desk showing it."""


def timings(
    log: Sequence[LogEntry], call: Call, leg: Call | None, wav: bytes, desk_ms: int, suggested_ms: int
) -> Timings:
    """`wav` is stereo: the caller, what they heard. `desk_ms` and `suggested_ms` are when the desk showed the call, and
    a suggestion; 0 is never."""
    ends_ms = _at(call, "stream", state="stopped")
    decided_ms = next((_since_1970(line.at) for line in log if _hands_over(line)), None)
    rings_ms = None if leg is None else _at(leg, "status", status="ringing")
    return Timings(
        decision_to_ring_ms=_between(decided_ms, rings_ms),
        said_to_ring_ms=_between(ends_ms, rings_ms),
        word_ms=_between(decided_ms, ends_ms),
        desk_ms=_between(rings_ms, desk_ms or None),
        whisper_ms=None if leg is None else _between(_at(leg, "status", status="in-progress"), _first_sound(leg)),
        silence_ms=longest_silence_ms(on_the_way(call), *voices(wav)),
        suggestion_ms=_between(_asked(call, suggested_ms), suggested_ms or None),
    )


def shortcomings(of: Timings) -> Iterator[str]:
    """In words."""
    yield from _late("the first ring", of.decision_to_ring_ms, FIRST_RING_MS)
    yield from _late("the whisper", of.whisper_ms, WHISPER_MS)
    if of.silence_ms > SILENCE_MS:
        yield f"the caller heard nothing for {of.silence_ms} ms"
    yield from _late("the call on the desk", of.desk_ms, NETWORK_MS)
    if of.suggestion_ms is not None:
        yield from _late("the suggestion", of.suggestion_ms, SUGGESTION_MS)


def _late(what: str, after_ms: int | None, at_most_ms: int) -> Iterator[str]:
    if after_ms is None:
        yield f"{what} never came"
    elif after_ms > at_most_ms:
        yield f"{what} came after {after_ms} ms"


def _hands_over(line: LogEntry) -> bool:
    return line.kind == "outcome" and str(line.data.get("outcome")).startswith("route:")


def on_the_way(call: Call) -> list[tuple[int, int]]:
    """When the caller was with neither the agent nor a person, from and to, on the recording."""
    answered_ms = _offset(call, "status", status="in-progress")
    streams = [event for event in call["timeline"] if event["kind"] == "stream"]
    left = next((event["at_ms"] - answered_ms for event in streams if event["state"] == "stopped"), None)
    if left is None:
        return []
    met = [event["line_ms"] for event in call["timeline"] if event["kind"] == "sound" and event["who"] == "other"]
    started = (event["at_ms"] - answered_ms for event in streams if event["state"] == "started")
    until = next((at_ms for at_ms in started if at_ms > max([left, *met])), call["duration_ms"])
    return [(left, met[0]), (met[-1], until)] if met else [(left, until)]


def _asked(call: Call, suggested_ms: int) -> int | None:
    """The end of what the caller said last before."""
    ends = [
        _created(call) + event["at_ms"]
        for event in call["timeline"]
        if event["kind"] == "sound" and event["who"] == "caller" and not event["speaking"]
    ]
    return max((end for end in ends if end <= suggested_ms), default=None)


def _first_sound(leg: Call) -> int | None:
    return _at(leg, "sound", who="agent", speaking=True)


def _at(call: Call, kind: str, **details: object) -> int | None:
    """When something first happened on a call, since 1970."""
    at_ms = _offset(call, kind, **details)
    return None if at_ms < 0 else _created(call) + at_ms


def _offset(call: Call, kind: str, **details: object) -> int:
    found = (event for event in call["timeline"] if event["kind"] == kind and details.items() <= event.items())
    return next((int(event["at_ms"]) for event in found), -1)


def _created(call: Call) -> int:
    return _since_1970(datetime.fromisoformat(call["created"]))


def _since_1970(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _between(earlier: int | None, later: int | None) -> int | None:
    return None if earlier is None or later is None else later - earlier
