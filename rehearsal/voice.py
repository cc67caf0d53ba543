"""A voice whose sound can be read (`rehearsal.speech`): the agent's, behind its port, and the carrier's own."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Final

from local.carrier import speech as carrier_speech
from local.carrier.sound import FRAME_MS
from rehearsal.speech import Speech, Spoken
from shared.core.agent import Voice as VoiceOf
from shared.wire import mulaw

_CHUNK: Final = 100 * mulaw.BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class VoicePace:
    """How fast sound is made."""

    first_byte_ms: int = 100
    first_byte_spread: float = 0.2
    speed: float = 5.0
    """How many times faster than it plays."""


class SpokenVoice:
    """TextToSpeech. Cached phrases are there at once when they are asked for again."""

    def __init__(self, speech: Speech, pace: VoicePace, draw: random.Random) -> None:
        self._speech, self._pace, self._draw = speech, pace, draw
        self._kept: set[str] = set()

    def keep(self, text: str) -> None:
        """Have it ready."""
        self._kept.add(text)

    async def speak(self, text: str, voice: VoiceOf, *, cached: bool = False) -> AsyncGenerator[bytes]:
        ulaw = self._speech.say(text).ulaw
        if cached and text in self._kept:
            yield ulaw
            return
        pace = self._pace
        await asyncio.sleep(pace.first_byte_ms / 1000 * self._draw.lognormvariate(0, pace.first_byte_spread))
        for at in range(0, len(ulaw), _CHUNK):
            yield ulaw[at : at + _CHUNK]
            await asyncio.sleep(_CHUNK / mulaw.BYTES_PER_MS / 1000 / pace.speed)
        if cached:
            self._kept.add(text)


class CarrierVoice(carrier_speech.Voice):
    """What the carrier's <Say> and its phones speak with."""

    def __init__(self, speech: Speech) -> None:
        super().__init__(None)
        self._speech = speech

    async def say(self, text: str, voice: str = "") -> bytes:
        return self._speech.say(text).ulaw


class CarrierEar(carrier_speech.Hearing):
    """What the carrier's <Gather> hears with."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    async def recognise(self, sound: AsyncIterator[bytes], language: str) -> carrier_speech.Transcript:
        heard: dict[tuple[Spoken, int], str] = {}
        async for ulaw in sound:
            for at in range(0, len(ulaw), mulaw.FRAME_BYTES):
                if (read := self._speech.read(ulaw[at : at + mulaw.FRAME_BYTES])) is not None:
                    spoken, at_ms = read
                    heard |= {(spoken, word.end_ms): word.text for word in spoken.said_by(at_ms + FRAME_MS)}
        return carrier_speech.Transcript([" ".join(heard.values())], [0.95 for _ in heard])
