"""The agent's ear: voice activity and words become utterances, at the right moment."""

from dataclasses import dataclass, field

from shared.core import english
from shared.core.agent import SlotKind
from shared.core.events import FinalHeard, HeardWord, PartialHeard
from shared.core.numbers import words_of
from shared.core.timers import Timer, Timers
from shared.core.turns import UNSTABLE_GRACE_MS, WORDS_WAIT_MS, Hearing, endpoint_ms

DEAF_MS = 25_000
"""Listening this long without a word counts as silence, whatever voice activity says: hold music, a television."""


@dataclass(slots=True)
class Listening:
    timers: Timers
    hearing: Hearing = field(default_factory=Hearing)
    voiced: bool = False
    """Whether the caller is audible now."""
    voice_ended: int = 0
    """When the caller was last audible, in ms since the stream began."""
    _wordless: bool = False
    _graced: bool = False

    @property
    def text(self) -> str:
        """The words of the utterance so far."""
        return self.hearing.text

    def begin(self, silence_ms: int, expecting: SlotKind | None) -> None:
        """The floor is the caller's. What was said meanwhile counts, unless it only meant "go on"."""
        if self.text and not self.voiced:
            if self.is_backchannel(expecting):
                self.hearing.clear()
            else:
                self.timers.set(Timer.END_OF_TURN, endpoint_ms(expecting))
        if not self.voiced:
            self.timers.set(Timer.SILENCE, silence_ms)
        self.timers.set(Timer.DEAF, DEAF_MS)

    def voice_began(self) -> None:
        self.voiced, self._wordless, self._graced = True, False, False
        self.hearing.audible_since = True
        self.timers.cancel(Timer.END_OF_TURN, Timer.WORDS, Timer.SILENCE)

    def voice_stopped(self, at_ms: int, silence_ms: int, expecting: SlotKind | None) -> None:
        """The caller is silent, since `silence_ms`."""
        self.voiced = False
        self.voice_ended = at_ms - silence_ms
        self.timers.set(Timer.END_OF_TURN, endpoint_ms(expecting) - silence_ms)

    def words(self, event: PartialHeard | FinalHeard, at_ms: int) -> str | None:
        """Recognition has something to say; the utterance last taken, if this corrects it."""
        corrected = None
        if isinstance(event, PartialHeard):
            self.hearing.partial(event.result_id, event.text, event.stable_words)
        else:
            corrected = self.hearing.final(event.result_id, event.text, event.words)
        if self.text:
            self._wait_for_the_end(at_ms)
        return corrected

    def _wait_for_the_end(self, at_ms: int) -> None:
        """There are words; those that voice activity missed end a turn as well."""
        self.timers.cancel(Timer.DEAF)
        if self.voiced:
            return
        if self._wordless:
            self._wordless = False
            self.timers.cancel(Timer.WORDS)
            self.timers.set(Timer.END_OF_TURN, 0 if self.hearing.settled else UNSTABLE_GRACE_MS)
        elif Timer.END_OF_TURN not in self.timers.running:
            self.voice_ended = at_ms
            self.timers.cancel(Timer.SILENCE)
            self.timers.set(Timer.END_OF_TURN, UNSTABLE_GRACE_MS)

    def is_over(self) -> bool:
        """The end-of-turn timer rang: whether there is an utterance to take. If not, it is waited for a little."""
        if self.voiced:
            return False
        if not self.text:
            self._wordless = True
            self.timers.set(Timer.WORDS, WORDS_WAIT_MS)
            return False
        if not self.hearing.settled and not self._graced:
            self._graced = True
            self.timers.set(Timer.END_OF_TURN, UNSTABLE_GRACE_MS)
            return False
        return True

    def take(self) -> tuple[str, tuple[HeardWord, ...]]:
        """The utterance, and its words with their confidence where known; the next one begins."""
        words = tuple(self.hearing.words)
        self._wordless, self._graced = False, False
        self.timers.cancel(Timer.END_OF_TURN, Timer.WORDS, Timer.SILENCE, Timer.DEAF)
        return self.hearing.take(), words

    def is_backchannel(self, expecting: SlotKind | None) -> bool:
        """Whether the words so far only say "I am listening"."""
        words = words_of(self.text)
        return expecting is not SlotKind.YES_NO and all(word in english.BACKCHANNELS for word in words)
