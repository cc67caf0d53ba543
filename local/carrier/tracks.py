"""A call with everybody in it: one track a voice, on the call's own clock.

First the caller, then what the account played to them, then everybody else they met, oldest first.
"""

from collections.abc import Iterable, Iterator

from local.carrier.call import Call
from local.carrier.sound import FRAME_MS, interleave, wav_header
from shared.wire import mulaw

_BLOCK_FRAMES = 250


def companions(call: Call, calls: Iterable[Call]) -> list[Call]:
    """Those of these calls that this one was connected with: legs of a <Dial>, a conference, a queue."""
    sid, parent = call.record.sid, call.record.parent_sid
    rooms = _rooms(call)
    return [
        other
        for other in calls
        if other is not call
        and other.answered
        and (other.record.parent_sid == sid or other.record.sid == parent or rooms & _rooms(other))
    ]


def wav(call: Call, others: list[Call]) -> Iterator[bytes]:
    """A 16-bit WAV file with 2 + len(others) channels, a piece at a time."""
    frames = call.tape.frames
    yield wav_header(2 + len(others), frames * mulaw.FRAME_BYTES)
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        voices = [call.tape.voice(0, first, count), _played(call, first, count)]
        voices += [other.tape.voice(0, first - _offset(call, other), count) for other in others]
        yield interleave(*voices)


def _played(call: Call, first: int, count: int) -> bytes:
    """What the account played: all that was heard until others came, and since then kept apart."""
    since = call.line.apart_since
    if call.line.apart is None or first + count <= since:
        return call.tape.voice(1, first, count)
    before = max(0, since - first)
    return call.tape.voice(1, first, before) + call.line.apart.voice(0, first + before - since, count - before)


def _offset(call: Call, other: Call) -> int:
    """How many frames later the other was answered."""
    return round((other.line.begun_s - call.line.begun_s) * call.plant.pace * 1000 / FRAME_MS)


def _rooms(call: Call) -> set[object]:
    """Conferences and queue claims it took part in."""
    found: set[object] = {event.detail["conference_sid"] for event in call.timeline.of("conference")}
    for event in call.timeline.of("queue", state="bridged"):
        found |= {event.detail["by"]}
    return found | {call.record.sid}
