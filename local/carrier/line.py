"""The two voices of an answered call, moved every 20 ms on an absolute schedule.

One tick takes 160 bytes from the caller's mouth and 160 bytes of what waits to be played to them, records both, and
gives the caller's frame to whoever listens. A late tick is made up at once, so the line never drifts from the clock.
"""

import asyncio
from collections.abc import Callable

from local.carrier.ear import Ear
from local.carrier.handset import Handset
from local.carrier.playout import Playout
from local.carrier.sound import FRAME_MS
from local.carrier.tape import Tape
from local.carrier.timeline import Timeline


class Line:
    """Sound between one handset and the carrier. Times are ms since the call was answered."""

    def __init__(self, handset: Handset, tape: Tape, timeline: Timeline, pace: float) -> None:
        self.playout = Playout()
        self.caller = Ear()
        self.frame_listeners: set[Callable[[bytes], None]] = set()
        self.key_listeners: set[Callable[[str], None]] = set()
        self.mark_listener: Callable[[str], None] | None = None
        self.ticks = 0
        self.worst_late_ms = 0
        self._agent = Ear()
        self._handset = handset
        self._tape = tape
        self._timeline = timeline
        self._answered_ms = 0
        self._pace = pace
        self._beat = asyncio.Event()

    @property
    def now_ms(self) -> int:
        return self.ticks * FRAME_MS

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
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

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds, looking every tick. The call's end bounds the wait."""
        while not condition():
            self._beat.clear()
            await self._beat.wait()

    def _tick(self) -> None:
        voice, pressed = self._handset.take()
        agent = self.playout.take()
        self.ticks += 1
        self._handset.hear(agent)
        self._tape.write(voice, agent)
        self._listen("caller", self.caller, voice)
        self._listen("agent", self._agent, agent)
        for digit in pressed:
            self._timeline.note("digit")
            for key_listener in tuple(self.key_listeners):
                key_listener(digit)
        for frame_listener in tuple(self.frame_listeners):
            frame_listener(voice)
        if self.mark_listener:
            for name in self.playout.due():
                self.mark_listener(name)
        self._beat.set()

    def _listen(self, who: str, ear: Ear, frame: bytes) -> None:
        if ear.hear(frame):
            line_ms = ear.started_ms if ear.speaking else ear.stopped_ms
            self._timeline.note(
                "sound", at_ms=self._answered_ms + line_ms, who=who, speaking=ear.speaking, line_ms=line_ms
            )
