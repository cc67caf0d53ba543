"""One ear or voice standing in for another, behind the same port: before the first sound, and for recognition in
mid-call. They know no vendor, only ports (`shared.failover`).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Final

from shared.core.agent import Voice
from shared.failover import Candidate, first_to_answer, in_order
from shared.ports import ProviderError, Recognition, SpeechToText, TextToSpeech, Transcript
from shared.speech.ear import beside
from shared.wire import mulaw

REPLAY_BYTES: Final = 10_000 * mulaw.BYTES_PER_MS
"""Sound since the last final that the next recogniser is sent."""

_RESULTS: Final = 64


class SpeaksInTurn:
    """TextToSpeech by the first of several that begins."""

    def __init__(self, candidates: Sequence[Candidate[TextToSpeech]]) -> None:
        self._candidates = candidates

    async def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        """A phrase that the first choice has kept is heard from it, however it fares."""
        first = self._candidates[0]
        if cached and not first.is_well:
            async with aclosing(first.port.speak(text, voice, cached=True)) as kept:
                if chunk := await _at_once(kept):
                    yield chunk
                    async for chunk in kept:
                        yield chunk
                    return
        asked = first_to_answer(self._candidates, lambda port: port.speak(text, voice, cached=cached))
        async with aclosing(asked) as chunks:
            async for chunk in chunks:
                yield chunk


async def _at_once(chunks: AsyncGenerator[bytes]) -> bytes:
    """The first chunk if it is there without waiting; else nothing."""
    try:
        async with asyncio.timeout(0):
            return await anext(chunks, b"")
    except (ProviderError, TimeoutError):
        return b""


class HearsInTurn:
    """SpeechToText by one of several, and in mid-call by the next, which is sent the sound since the last final."""

    def __init__(self, candidates: Sequence[Candidate[SpeechToText]]) -> None:
        self._candidates = candidates

    @asynccontextmanager
    async def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AsyncIterator[Recognition]:
        def ask(port: SpeechToText) -> AbstractAsyncContextManager[Recognition]:
            return port.listen(language=language, mixed_with=mixed_with, vocabulary=vocabulary)

        stream = _Relay(in_order(self._candidates), ask)
        async with beside(stream.run()):
            yield stream


class _Relay:
    """One caller's sound, and whoever hears it now."""

    def __init__(
        self,
        candidates: Sequence[Candidate[SpeechToText]],
        ask: Callable[[SpeechToText], AbstractAsyncContextManager[Recognition]],
    ) -> None:
        self._candidates = candidates
        self._ask = ask
        self._transcripts: asyncio.Queue[Transcript] = asyncio.Queue(_RESULTS)
        self._failure: ProviderError | None = None
        self._stream: Recognition | None = None
        self._streams = 0
        self._heard = False
        self._sound = bytearray()
        self._start = 0  # offset in the call of the first byte kept
        self._origin = 0  # offset that the present stream calls 0
        self._flushed = 0  # offset at which the words were last asked for
        self._open_id = ""  # the result whose final has not come
        self._orphan_id = ""  # one that the last stream left; the next result continues it
        self._orphan_heir = ""  # the present stream's name for that
        self._dropped_ms = 0  # before the present stream

    @property
    def dropped_ms(self) -> int:
        return self._dropped_ms + (self._stream.dropped_ms if self._stream is not None else 0)

    def send(self, ulaw: bytes) -> None:
        self._sound += ulaw
        overflow = len(self._sound) - REPLAY_BYTES
        if overflow > 0:
            self._forget(self._start + overflow)
            self._dropped_ms += overflow // mulaw.BYTES_PER_MS if self._stream is None else 0
        if self._stream is not None:
            self._stream.send(ulaw)

    def flush(self) -> None:
        self._flushed = self._start + len(self._sound)
        if self._stream is not None:
            self._stream.flush()

    async def results(self) -> AsyncGenerator[Transcript]:
        while True:
            try:
                transcript = await self._transcripts.get()
            except asyncio.QueueShutDown:
                break
            yield transcript
        if self._failure is not None:
            raise self._failure

    async def run(self) -> None:
        """One recogniser after the other, round and round, until each has failed in a row without a result."""
        fruitless = 0
        try:
            while True:
                candidate = self._candidates[self._streams % len(self._candidates)]
                self._heard = False
                error = await self._listen(candidate)
                if error is None:
                    return
                candidate.failed(error)
                fruitless = 0 if self._heard else fruitless + 1
                if fruitless >= len(self._candidates):
                    self._failure = error
                    return
        finally:
            self._transcripts.shutdown()

    async def _listen(self, candidate: Candidate[SpeechToText]) -> ProviderError | None:
        self._streams += 1
        self._orphan_id, self._orphan_heir = self._open_id, ""
        async with self._ask(candidate.port) as stream:
            self._origin = self._start
            if self._sound:
                stream.send(bytes(self._sound))
            self._stream = stream
            try:
                async with aclosing(stream.results()) as results:
                    async for transcript in results:
                        if not self._heard:
                            self._heard = True
                            candidate.answered()
                        await self._transcripts.put(self._in_call(transcript))
            except ProviderError as error:
                return error
            finally:
                self._stream = None
                self._dropped_ms += stream.dropped_ms
        return None

    def _in_call(self, transcript: Transcript) -> Transcript:
        """With the call's own times, and a name that no other stream has given."""
        shift_ms = self._origin // mulaw.BYTES_PER_MS
        words = transcript.words
        if shift_ms:
            words = tuple(
                replace(word, start_ms=word.start_ms + shift_ms, end_ms=word.end_ms + shift_ms) for word in words
            )
        if self._orphan_id and not self._orphan_heir:
            self._orphan_heir = transcript.result_id
        name = transcript.result_id if self._streams == 1 else f"{self._streams}-{transcript.result_id}"
        if transcript.result_id == self._orphan_heir:
            name = self._orphan_id
        self._open_id = "" if transcript.is_final else name
        if transcript.is_final:
            self._orphan_id = self._orphan_heir = ""
            self._forget(words[-1].end_ms * mulaw.BYTES_PER_MS if words else self._flushed)
        return replace(transcript, result_id=name, words=words)

    def _forget(self, offset: int) -> None:
        offset = min(offset, self._start + len(self._sound))
        if offset > self._start:
            del self._sound[: offset - self._start]
            self._start = offset
