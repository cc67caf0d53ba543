"""A caller who wants something: knows what to answer to what, asks again when not understood, and has patience."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from local.carrier.ear import LOUD
from local.carrier.handset import Answer, Handset
from local.carrier.sound import FRAME_MS, loudness
from local.carrier.speech import Voice
from rehearsal.speech import Speech
from shared.wire import mulaw

WISHES: Final = ("Do you have parking?", "I'd like to book a cleaning on Monday at noon please")
MESSAGE: Final = "This is Grace Miller, please call me back about a cleaning on Monday"
PHONE: Final = "4155550142"

_ANSWERS: Final = (
    (r"after the tone", "message"),
    (r"what would you like to come in for|was that a cleaning", "A cleaning please"),
    (r"(what|which) day", "On Monday please"),
    (r"which would you like", "At noon please"),
    (r"first and last name", "My name is Grace Miller"),
    (r"phone number|number again", "keys"),
    (r"is that right", "Yes please"),
    (r"anything else", "No thank you goodbye"),
    (r"how can i help", "wish"),
    (r"say that again|didn't get that|another way|still there|are you there|not sure i heard", "again"),
    (r"goodbye", "bye"),
)
"""The first that fits what the agent said last."""

QUIET_MS: Final = 900
"""The other side has finished: it is silent for so long after a question or a way on,"""
LONG_QUIET_MS: Final = 1_500
"""or after anything else, unless it asked for a moment."""
NOBODY_MS: Final = 9_000
"""Silence after which a person says hello."""
HELLOS: Final = 2
"""After so many without an answer, they hang up."""
_MOMENT: Final = re.compile(r"(one moment|just a second|let me check)[^.]*\.?$", re.IGNORECASE)


@dataclass(slots=True)
class Heard:
    """What reached the caller's ear, in ms since the call was answered."""

    loud_ms: list[int] = field(default_factory=list)
    """Frames in which either side was audible, by their time."""
    moments_ms: list[int] = field(default_factory=list)
    """When the caller was asked to wait a moment."""
    lines: list[tuple[int, str]] = field(default_factory=list)
    """Words of the other side, each with its time."""
    ended_ms: int = 0

    def words_after(self, ms: int) -> str:
        return " ".join(word for at, word in self.lines if at > ms)


class Customer:
    """A phone. `speaks` is told when the caller first says something."""

    def __init__(self, speech: Speech, speaks: Callable[[], None]) -> None:
        self._speech = speech
        self._speaks = speaks
        self._wishes = list(WISHES)
        self._last = ""
        self._last_at = -1
        self._beeped = False
        self.heard = Heard()

    async def prepare(self, voice: Voice) -> None: ...

    async def ring(self) -> Answer:
        return Answer.PICKED_UP

    async def ended(self, status: str) -> None: ...

    async def talk(self, handset: Handset) -> None:
        handset.listener = lambda frame: self._hear(handset, frame)
        hellos = 0
        while True:
            answer = await self._turn(handset)
            if answer == "hello":
                hellos += 1
                if hellos > HELLOS:
                    handset.hang_up()
                    return
                await self._say(handset, "Hello? Are you there?", keep=False)
                continue
            hellos = 0
            match answer:
                case "message":
                    await handset.until(lambda: self._beeped, 10_000)
                    await handset.wait(400)
                    await self._say(handset, MESSAGE, keep=False)
                    handset.press("#")
                case "keys":
                    self._last_at = handset.now_ms
                    handset.press(PHONE + "#")
                case "bye":
                    await handset.wait(1_000)
                    handset.hang_up()
                    return
                case "again":
                    await self._say(handset, self._last or self._wish())
                case "wish":
                    await self._say(handset, self._wish())
                case _:
                    await self._say(handset, answer)

    async def _turn(self, handset: Handset) -> str:
        """Wait for one's turn, and know what to say."""
        waits_from = handset.now_ms
        while True:
            await handset.wait(FRAME_MS)
            quiet = handset.ear.quiet_ms
            if quiet < QUIET_MS and not self._beeped:
                continue
            said = self.heard.words_after(self._last_at)
            if not said or _MOMENT.search(said):
                if min(quiet, handset.now_ms - waits_from) >= NOBODY_MS:
                    return "hello"
                continue
            plain = said.lower()
            answer = next((answer for pattern, answer in _ANSWERS if re.search(pattern, plain)), None)
            if answer == "message" and self._beeped:
                return answer
            if answer is not None and answer != "message" and quiet >= QUIET_MS:
                return answer
            if quiet >= LONG_QUIET_MS and answer is None:
                return "wish" if self._wishes else "again"
            if min(quiet, handset.now_ms - waits_from) >= NOBODY_MS:
                return "hello"

    def _wish(self) -> str:
        return self._wishes.pop(0) if self._wishes else WISHES[-1]

    async def _say(self, handset: Handset, text: str, *, keep: bool = True) -> None:
        self._speaks()
        if keep:
            self._last = text
        sound = self._speech.say(text).ulaw
        handset.speak(sound)
        await handset.until(lambda: not handset.speaking, len(sound) // mulaw.BYTES_PER_MS + 1000)
        self._last_at = handset.now_ms
        self._beeped = False

    def _hear(self, handset: Handset, frame: bytes) -> None:
        now, heard = handset.now_ms, self.heard
        heard.ended_ms = now
        loud = loudness(frame) >= LOUD
        if loud or handset.speaking:
            heard.loud_ms.append(now)
        read = self._speech.read(frame)
        if read is None:
            self._beeped = self._beeped or loud
            return
        spoken, at_ms = read
        for word in spoken.words:
            if at_ms < word.end_ms <= at_ms + FRAME_MS:
                heard.lines.append((now, word.text))
        if at_ms + FRAME_MS >= spoken.duration_ms and _MOMENT.search(spoken.text):
            heard.moments_ms.append(now)
