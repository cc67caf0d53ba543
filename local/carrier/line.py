"""The two voices of an answered call, moved every 20 ms on an absolute schedule.

One tick takes 160 bytes from the caller's mouth and 160 bytes of what they hear: what waits to be played to them, and
the others when the line has a seat in a room. It records both, and gives both to whoever listens. A late tick is made
up at once, so the line never drifts from the clock.
"""

import asyncio
from collections.abc import Callable

from local.carrier.ear import Ear
from local.carrier.handset import Handset
from local.carrier.playout import Playout
from local.carrier.room import Seat
from local.carrier.sound import FRAME_MS, SILENT_FRAME, mix
from local.carrier.tape import Tape
from local.carrier.timeline import Timeline


class Line:
    """Sound between one handset and the carrier. Times are ms since the call was answered."""

    def __init__(
        self,
        handset: Handset,
        tape: Tape,
        timeline: Timeline,
        pace: float,
        new_tape: Callable[[], Tape] | None = None,
    ) -> None:
        self.playout = Playout()
        self.caller = Ear()
        self.frame_listeners: set[Callable[[bytes], None]] = set()
        self.both_listeners: set[Callable[[bytes, bytes], None]] = set()
        """Given what the phone says and what it hears, in this order."""
        self.speech_listener: Callable[[bool], None] | None = None
        """Told when the phone begins and ceases to speak."""
        self.key_listeners: set[Callable[[str], None]] = set()
        self.mark_listener: Callable[[str], None] | None = None
        self.ticks = 0
        self.worst_late_ms = 0
        self._announcements = Playout()
        self.begun_s = 0.0
        """On the loop's clock."""
        self.apart: Tape | None = None
        """What was played since the first time others were heard too, kept apart from them."""
        self.apart_since = 0
        self._new_tape = new_tape
        self._seat: Seat | None = None
        self._seated_ms = 0
        self._agent = Ear()
        self._other = Ear()
        self._handset = handset
        self._tape = tape
        self._timeline = timeline
        self._answered_ms = 0
        self._pace = pace
        self._beat = asyncio.Event()

    @property
    def tapes(self) -> list[Tape]:
        """What was recorded of it."""
        return [self._tape, *([self.apart] if self.apart else [])]

    @property
    def now_ms(self) -> int:
        return self.ticks * FRAME_MS

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        begun = self.begun_s = loop.time()
        self._answered_ms = self._timeline.now_ms()
        while True:
            wait = begun + self.now_ms / 1000 / self._pace - loop.time()
            self.worst_late_ms = max(self.worst_late_ms, round(-wait * 1000))
            # Even a late tick gives others their turn.
            await asyncio.sleep(max(0.0, wait))
            self._tick()

    async def wait(self, duration_ms: int) -> None:
        """Let so much of the call pass."""
        end = self.now_ms + duration_ms
        await self.until(lambda: self.now_ms >= end)

    async def play(self, sound: bytes) -> None:
        """Play mu-law to the caller and wait until it has been played; stops at once when cancelled."""
        try:
            self.playout.feed(sound)
            await self.until(lambda: self.playout.idle)
        finally:
            self.playout.clear()

    def connect(self, seat: Seat | None) -> None:
        """From now on the phone is among others, in this seat of a room; None is alone again."""
        self._seat = seat
        self._seated_ms = self.now_ms
        self._other = Ear()
        if self.apart is None and self._new_tape:
            self.apart, self.apart_since = self._new_tape(), self.ticks

    async def announce(self, sound: bytes) -> None:
        """Play mu-law over whatever else is heard, after earlier announcements, and wait until it has been played."""
        self._announcements.feed(sound)
        await self.until(lambda: self._announcements.idle)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds, looking every tick. The call's end bounds the wait."""
        while not condition():
            self._beat.clear()
            await self._beat.wait()

    def _tick(self) -> None:
        voice, pressed = self._handset.take()
        played = self.playout.take()
        others = self._seat.exchange(voice) if self._seat else SILENT_FRAME
        heard = mix((played, self._announcements.take(), others))
        self.ticks += 1
        self._handset.hear(heard)
        self._tape.write(voice, heard)
        if self.apart:
            self.apart.write(played)
        self._listen("caller", self.caller, voice)
        self._listen("agent", self._agent, played)
        if self._seat:
            self._listen("other", self._other, others, self._seated_ms)
        self._tell(voice, heard, pressed)
        self._beat.set()

    def _tell(self, voice: bytes, heard: bytes, pressed: list[str]) -> None:
        for digit in pressed:
            self._timeline.note("digit")
            for key_listener in tuple(self.key_listeners):
                key_listener(digit)
        for frame_listener in tuple(self.frame_listeners):
            frame_listener(voice)
        for listener in tuple(self.both_listeners):
            listener(voice, heard)
        if self.mark_listener:
            for name in self.playout.due():
                self.mark_listener(name)

    def _listen(self, who: str, ear: Ear, frame: bytes, since_ms: int = 0) -> None:
        if not ear.hear(frame):
            return
        line_ms = since_ms + (ear.started_ms if ear.speaking else ear.stopped_ms)
        self._timeline.note("sound", at_ms=self._answered_ms + line_ms, who=who, speaking=ear.speaking, line_ms=line_ms)
        if ear is self.caller and self.speech_listener:
            self.speech_listener(ear.speaking)
