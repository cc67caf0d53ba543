"""The caller's sound on its way to recognition, and the words that come back; in between the language may change."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from shared.core.agent import Agent
from shared.core.events import Event, FinalHeard, JsonValue, PartialHeard, RecognitionFailed
from shared.ports import ProviderError, Recognition, Refused, SpeechToText, Transcript
from shared.wire import mulaw

KEPT_BYTES = 10_000 * mulaw.BYTES_PER_MS
"""Of the latest sound, for a stream that has to hear it anew: longer than an answer that changes the language takes."""

log = logging.getLogger(__name__)


class Hearing:
    """One call's recognition: one stream after another, each in its language, in tasks of the call's TaskGroup.

    What a stream has to say after the next was opened is not heard any more.
    """

    def __init__(
        self,
        speech: SpeechToText,
        tasks: asyncio.TaskGroup,
        *,
        about: Mapping[str, JsonValue],
        emit: Callable[[Event], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._speech = speech
        self._tasks = tasks
        self._about = about
        self._emit = emit
        self._now_ms = now_ms
        self._recognition: Recognition | None = None
        self._listening: asyncio.Task[None] | None = None
        self._streams = 0
        self._kept = bytearray()  # the latest sound, if it may be needed again
        self._waiting = bytearray()  # sound for a stream that is not open yet
        self._keeps = False
        self._bytes = 0  # of sound so far
        self._origin = 0  # which of them was the present stream's first
        self.dropped_ms = 0
        """Sound that no vendor was there to take, of the streams that are over."""

    def open(self, agent: Agent, vocabulary: str | None, *, again_ms: int = 0) -> None:
        """Hear in the agent's language from now on, and the last `again_ms` of sound, in whole frames, once more."""
        if self._listening is not None:
            self._listening.cancel()
        self._recognition = None
        self._keeps = bool(agent.siblings)
        frames = -(-again_ms * mulaw.BYTES_PER_MS // mulaw.FRAME_BYTES)
        again = min(len(self._kept), frames * mulaw.FRAME_BYTES)
        self._waiting = self._kept[len(self._kept) - again :]
        self._origin = self._bytes - again
        self._streams += 1
        self._listening = self._tasks.create_task(self._listen(agent, vocabulary, self._streams), name="recognition")

    def send(self, ulaw: bytes) -> None:
        """Some more of the caller's sound: mu-law at 8 kHz."""
        self._bytes += len(ulaw)
        if self._keeps:
            self._kept += ulaw
            del self._kept[:-KEPT_BYTES]
        if self._recognition is not None:
            self._recognition.send(ulaw)
        else:
            self._waiting += ulaw
            del self._waiting[:-KEPT_BYTES]

    def flush(self) -> None:
        """Ask for the words so far: the caller may have finished."""
        if self._recognition is not None:
            self._recognition.flush()

    def close(self) -> None:
        """Let go of the streams, whose tasks end with their group."""
        self._recognition = self._listening = None

    async def _listen(self, agent: Agent, vocabulary: str | None, number: int) -> None:
        reason = "closed"
        listening = self._speech.listen(language=agent.language, mixed_with=agent.mixed_with, vocabulary=vocabulary)
        try:
            async with listening as recognition:
                if self._waiting:
                    recognition.send(bytes(self._waiting))
                    self._waiting.clear()
                self._recognition = recognition
                try:
                    async for transcript in recognition.results():
                        self._emit(self._heard(transcript, "" if number == 1 else f"{number}-"))
                finally:
                    self.dropped_ms += recognition.dropped_ms
        except ProviderError as error:
            reason = type(error).__name__
            if vocabulary is not None and isinstance(error, Refused):
                # A vocabulary that is not there, or not in this language, is no reason to hear nothing at all.
                log.warning("vocabulary_refused", extra={**self._about, "provider": "recognition"})
                self._listening = None
                self.open(agent, None)
                return
        log.warning("provider_failed", extra={**self._about, "provider": "recognition", "error": reason})
        self._emit(RecognitionFailed(reason))

    def _heard(self, transcript: Transcript, prefix: str) -> PartialHeard | FinalHeard:
        """As the core has it. `prefix` tells the results of one stream from another's."""
        result_id = prefix + transcript.result_id
        if not transcript.is_final:
            end_ms = transcript.words[-1].end_ms if transcript.words else 0
            began = self._now_ms() - (self._bytes - self._origin) // mulaw.BYTES_PER_MS
            return PartialHeard(result_id, transcript.text, transcript.stable_words, began + end_ms if end_ms else None)
        words = tuple((word.text, word.confidence) for word in transcript.words if word.confidence is not None)
        return FinalHeard(result_id, transcript.text, words)
