"""Recognition that takes the words from the sound (`rehearsal.speech`), as late as real recognisers give them."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from local.carrier.sound import FRAME_MS
from rehearsal.speech import Speech, Spoken
from shared.ports import ProviderError, Transcript, Word
from shared.wire import mulaw

RESULTS: Final = 64


@dataclass(frozen=True, slots=True)
class HearingPace:
    """How late words come. The finals' median is what Amazon Transcribe takes (1,136 ms; p90 1,527, p99 1,897)."""

    partial_ms: int = 250
    """From the end of a word until a partial has it."""
    final_ms: int = 1_136
    """From the end of the voice until the final; speech that goes on before it goes on the same result."""
    final_spread: float = 0.23
    """Of the finals' logarithms, of which this is the standard deviation."""
    unstable_words: int = 1
    """Trailing words of a partial that may still change."""


class Ear:
    """Hears one stream of sound, frame by frame; `told` gets what is understood."""

    def __init__(
        self, speech: Speech, pace: HearingPace, draw: random.Random, told: Callable[[Transcript], None]
    ) -> None:
        self._speech = speech
        self._pace = pace
        self._draw = draw
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._heard_ms = 0
        self._spoken: Spoken | None = None
        self._at_ms = 0
        self._words: list[Word] = []
        self._results = 0
        self._final: asyncio.TimerHandle | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    def hear(self, ulaw: bytes) -> None:
        """Take mu-law that begins at the edge of a frame, any length of it."""
        sound = self._rest + ulaw
        whole = len(sound) - len(sound) % mulaw.FRAME_BYTES
        for at in range(0, whole, mulaw.FRAME_BYTES):
            self._frame(sound[at : at + mulaw.FRAME_BYTES])
        self._rest = sound[whole:]

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _frame(self, frame: bytes) -> None:
        self._heard_ms += FRAME_MS
        read = self._speech.read(frame)
        if read is None:
            self._spoken = None
            return
        spoken, at_ms = read
        begun = 0 if spoken is not self._spoken or at_ms < self._at_ms else self._at_ms
        self._spoken, self._at_ms = spoken, at_ms + FRAME_MS
        if self._final is not None:
            self._timers.discard(self._final)
            self._final.cancel()
            self._final = None
        new = [word for word in spoken.words if max(begun, at_ms) < word.end_ms <= self._at_ms]
        for word in new:
            start = self._heard_ms - (self._at_ms - word.start_ms)
            self._words.append(Word(word.text, max(0, start), self._heard_ms - (self._at_ms - word.end_ms), 0.95))
            self._later(self._pace.partial_ms, self._partial, tuple(self._words), self._results)
        if self._words:
            wait = self._pace.final_ms * self._draw.lognormvariate(0, self._pace.final_spread)
            self._final = self._later(wait, self._finish)

    def _partial(self, words: tuple[Word, ...], result: int) -> None:
        if result == self._results:
            stable = max(0, len(words) - self._pace.unstable_words)
            self._told(Transcript(f"r{result}", _text(words), False, stable, words))

    def _finish(self) -> None:
        words, self._words, self._final = tuple(self._words), [], None
        result, self._results = self._results, self._results + 1
        self._told(Transcript(f"r{result}", _text(words), True, len(words), words))

    def _later(self, ms: float, work: Callable[..., None], *arguments: object) -> asyncio.TimerHandle:
        def fire() -> None:
            self._timers.discard(timer)
            work(*arguments)

        timer = self._loop.call_later(ms / 1000, fire)
        self._timers.add(timer)
        return timer


class _Stream:
    dropped_ms = 0

    def __init__(self, ear: Callable[[Callable[[Transcript], None]], Ear]) -> None:
        self._results: asyncio.Queue[Transcript] = asyncio.Queue(RESULTS)
        self._failure: ProviderError | None = None
        self._ear = ear(self._results.put_nowait)

    def send(self, ulaw: bytes) -> None:
        self._ear.hear(ulaw)

    def flush(self) -> None:
        """As with Amazon Transcribe, which cannot be asked."""

    async def results(self) -> AsyncGenerator[Transcript]:
        while True:
            yield await self._results.get()

    def close(self) -> None:
        self._ear.close()


class Hearing:
    """SpeechToText."""

    def __init__(self, speech: Speech, pace: HearingPace, draw: random.Random) -> None:
        self._speech, self._pace, self._draw = speech, pace, draw

    @asynccontextmanager
    async def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AsyncIterator[_Stream]:
        stream = _Stream(lambda told: Ear(self._speech, self._pace, self._draw, told))
        try:
            yield stream
        finally:
            stream.close()


def _text(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)
