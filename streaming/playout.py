"""The agent's voice on its way to the carrier: segments in order, whole frames, a mark behind each.

Segments are synthesised side by side and sent one after the other; those of a turn that is held wait. The carrier
buffers and plays at its own pace, so sound goes out as it comes; only multiples of 160 bytes (20 ms) do, and the last
frame of a segment is filled with silence.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from shared.core.events import SegmentFailed, SegmentPlayed, SegmentSent, SegmentStarted
from shared.wire import mulaw, twilio_media

MESSAGE_BYTES = 20 * mulaw.FRAME_BYTES
"""At most 400 ms of sound a message: few enough messages, and none of them big."""
MAX_SEGMENT_BYTES = 60_000 * mulaw.BYTES_PER_MS
"""A minute of one segment: a sentence is seconds. What exceeds it fails."""

type Voiced = SegmentStarted | SegmentSent | SegmentPlayed | SegmentFailed


class Line(Protocol):
    """The socket, as far as the voice needs it."""

    stream_sid: str

    def write(self, text: str) -> None: ...

    def clear(self) -> None: ...


@dataclass(slots=True)
class _Segment:
    turn: int
    number: int
    waiting: bytearray = field(default_factory=bytearray)
    sent: int = 0
    made: int = 0
    ended: bool = False


class Playout:
    """The segments not yet sent to their end, in the order they will be heard."""

    def __init__(self, line: Line, told: Callable[[Voiced], None]) -> None:
        self._line = line
        self._told = told
        self._queue: deque[_Segment] = deque()
        self._held = -1
        self._sounding = False

    def add(self, turn: int, number: int, *, held: bool = False) -> None:
        """Keep a place for a segment, behind those already added. If held, its turn makes no sound before `release`."""
        if held:
            self._held = turn
        self._queue.append(_Segment(turn, number))

    def release(self, turn: int) -> None:
        """What was held of a turn may be heard."""
        if self._held == turn:
            self._held = -1
            self._send()

    def feed(self, turn: int, number: int, ulaw: bytes) -> None:
        """Some more of a segment's sound: mu-law 8 kHz of any length. A segment that was dropped is ignored."""
        segment = self._find(turn, number)
        if segment is None:
            return
        segment.made += len(ulaw)
        if segment.made > MAX_SEGMENT_BYTES:
            self.fail(turn, number, "too-long")
            return
        segment.waiting += ulaw
        self._send()

    def end(self, turn: int, number: int) -> None:
        """A segment's sound is complete; without any it has failed."""
        segment = self._find(turn, number)
        if segment is None:
            return
        if not segment.made:
            self.fail(turn, number, "no-sound")
            return
        segment.ended = True
        segment.waiting += mulaw.SILENCE * (-len(segment.waiting) % mulaw.FRAME_BYTES)
        self._send()

    def fail(self, turn: int, number: int, reason: str) -> None:
        """A segment will not be completed: those behind it move up."""
        segment = self._find(turn, number)
        if segment is not None:
            self._queue.remove(segment)
            self._told(SegmentFailed(turn, number, reason))
            self._send()

    def stop(self, turn: int) -> None:
        """Silence now: drop the segments of this turn and those before it, and flush what the carrier has of them."""
        self._queue = deque(segment for segment in self._queue if segment.turn > turn)
        if self._sounding:
            self._sounding = False
            self._line.clear()
        self._send()

    def returned(self, mark: str) -> bool:
        """A mark came back: played, or cleared, which the turn's owner can tell. False if it is not one of ours."""
        turn, _, number = mark.partition(":")
        if not (turn.isdecimal() and number.isdecimal() and len(mark) < 40):
            return False
        self._told(SegmentPlayed(int(turn), int(number)))
        return True

    def _send(self) -> None:
        """Send what can be sent. Telling may change the queue, so look again after each."""
        while self._queue:
            segment = self._queue[0]
            if segment.turn == self._held:
                return
            whole = len(segment.waiting) - len(segment.waiting) % mulaw.FRAME_BYTES
            if whole:
                self._write(segment, whole)
            elif segment.ended:
                self._queue.popleft()
                self._line.write(twilio_media.mark(self._line.stream_sid, f"{segment.turn}:{segment.number}"))
                self._told(SegmentSent(segment.turn, segment.number, segment.sent // mulaw.BYTES_PER_MS))
            else:
                return

    def _write(self, segment: _Segment, size: int) -> None:
        sound = bytes(segment.waiting[:size])
        del segment.waiting[:size]
        first = not segment.sent
        segment.sent += size
        self._sounding = True
        for start in range(0, size, MESSAGE_BYTES):
            self._line.write(twilio_media.media(self._line.stream_sid, sound[start : start + MESSAGE_BYTES]))
        if first:
            self._told(SegmentStarted(segment.turn, segment.number))

    def _find(self, turn: int, number: int) -> _Segment | None:
        return next((s for s in self._queue if s.turn == turn and s.number == number), None)
