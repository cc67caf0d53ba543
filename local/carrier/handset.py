"""The other end of the line: what a phone speaks, hears and presses."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from local.carrier.ear import Ear
from local.carrier.sound import FRAME_MS, MAX_SECONDS, SILENT_FRAME
from local.carrier.speech import Voice
from shared.wire import mulaw

_MAX_MOUTH = MAX_SECONDS * 1000 * mulaw.BYTES_PER_MS
_MAX_KEYS = 100
KEYS = frozenset("0123456789*#ABCD")


class Answer(Enum):
    """What a ringing phone does."""

    PICKED_UP = "picked up"
    BUSY = "busy"


class PhoneFailed(Exception):
    """The phone could not do what it was told, for example waited too long; it hangs up. A phone that could not be
    rung at all says with which SIP code."""

    sip = 404


class PhoneBusy(PhoneFailed):
    """The phone is in another call."""

    sip = 486


class Unconnected(PhoneFailed):
    """The network cannot connect the call."""

    def __init__(self, sip: int) -> None:
        super().__init__(f"not connected ({sip})")
        self.sip = sip


class Handset:
    """Mouth, ear, keypad and hook of one phone on one call, moved every 20 ms by the line."""

    def __init__(self, note: Callable[..., None], call_sid: str = "") -> None:
        self._mouth = bytearray()
        self._keys: deque[str] = deque()
        self._beat = asyncio.Event()
        self.ear = Ear()
        self.now_ms = 0
        """What has passed of the call since its answer."""
        self.hung_up = asyncio.Event()
        self.listener: Callable[[bytes], None] | None = None
        """Also given every frame heard."""
        self.kept: list[bytes] = []
        """What was said to it and it kept, as a mailbox does."""
        self.received = ""
        """Keys the other side has pressed."""
        self.call_sid = call_sid
        self.note = note
        """Writes into the call's timeline."""

    @property
    def speaking(self) -> bool:
        return bool(self._mouth)

    def speak(self, ulaw: bytes) -> None:
        """Queue sound to speak, after what is already queued; at most ten minutes are kept."""
        self._mouth += ulaw[: max(0, _MAX_MOUTH - len(self._mouth))]

    def trim(self, most_bytes: int, kept_bytes: int) -> None:
        """When more than `most_bytes` wait to be spoken, forget the oldest down to `kept_bytes`."""
        if len(self._mouth) > most_bytes:
            del self._mouth[: len(self._mouth) - kept_bytes]

    def press(self, digits: str) -> None:
        """Press keys: 0-9, *, #, A-D. Others, and more than 100 at once, are ignored.

        A key is told beside the sound, as modern lines do; its tone is not in the sound.
        """
        pressed = [digit for digit in digits if digit in KEYS]
        self._keys.extend(pressed[: _MAX_KEYS - len(self._keys)])

    def hang_up(self) -> None:
        self.hung_up.set()

    async def until(self, condition: Callable[[], bool], within_ms: int) -> None:
        """Wait until the condition holds, looking every 20 ms of the line. Raises TimeoutError."""
        end = self.now_ms + within_ms
        while not condition():
            if self.now_ms >= end:
                raise TimeoutError
            self._beat.clear()
            await self._beat.wait()

    async def wait(self, duration_ms: int) -> None:
        """Let so much of the call pass."""
        end = self.now_ms + duration_ms
        await self.until(lambda: self.now_ms >= end, duration_ms)

    def take(self) -> tuple[bytes, list[str]]:
        """For the line: the next 20 ms of the mouth, and the keys pressed since the last."""
        pressed = list(self._keys)
        self._keys.clear()
        if not self._mouth:
            return SILENT_FRAME, pressed
        frame = bytes(self._mouth[: mulaw.FRAME_BYTES])
        del self._mouth[: mulaw.FRAME_BYTES]
        return frame.ljust(mulaw.FRAME_BYTES, mulaw.SILENCE), pressed

    def hear(self, frame: bytes) -> None:
        """For the line: 20 ms of what the other side says."""
        self.now_ms += FRAME_MS
        self.ear.hear(frame)
        if self.listener:
            self.listener(frame)
        self._beat.set()


class Phone(Protocol):
    """Somebody who can be called or call. One phone serves one call at a time."""

    async def prepare(self, voice: Voice) -> None:
        """Before the call: whatever takes time, such as synthesising the lines. Raises PhoneFailed."""

    async def ring(self) -> Answer:
        """The phone rings; returning decides, never returning is no answer."""

    async def talk(self, handset: Handset) -> None:
        """The call is connected. Returning leaves the line open; cancelled when the call ends."""

    async def ended(self, status: str) -> None:
        """The call is over, with Twilio's final status."""
