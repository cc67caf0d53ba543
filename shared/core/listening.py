"""The agent's ear: voice activity and words become utterances, at the right moment."""

from dataclasses import dataclass, field

from shared.core.agent import SlotKind
from shared.core.endpointing import Question, endpoint_ms, is_open_ended
from shared.core.events import FinalHeard, HeardWord, PartialHeard
from shared.core.languages.language import Language
from shared.core.timers import Timer, Timers
from shared.core.turns import BEHIND_MS, UNSTABLE_GRACE_MS, WORDS_WAIT_MS, Hearing, is_echo
from shared.core.words import words_of

DEAF_MS = 25_000
"""Listening this long without a word counts as silence, whatever voice activity says: hold music, a television."""

SPEECH_MS = 500
"""Voice for so long is somebody speaking: no cough, no door."""


@dataclass(slots=True)
class Listening:
    timers: Timers
    language: Language
    hearing: Hearing = field(default_factory=Hearing)
    voiced: bool = False
    """Whether the caller is audible now."""
    paused: bool = False
    """Whether there is a gap in the caller's speech that may become its end."""
    voice_since: int = 0
    """When the caller became audible, the same way."""
    voice_ended: int = 0
    """When the caller was last audible, in ms since the stream began."""
    _known_until: int | None = None
    """Where the last word known ends; None if the recogniser does not tell, or has said all it will."""
    taken_until: int = 0
    """To where in the caller's sound the utterance last taken went, in the same ms."""
    over_since: int | None = None
    """When the caller had finished, in the same ms, as long as the turn is not taken; None while they may go on."""
    _wordless: bool = False
    _graced: bool = False
    _behind: bool = False
    """Whether the caller has been audible since the last words came."""

    @property
    def text(self) -> str:
        """The words of the utterance so far."""
        return self.hearing.text

    @property
    def spoke(self) -> bool:
        """Whether what was audible last was somebody speaking."""
        return self.voice_ended - self.voice_since >= SPEECH_MS

    @property
    def unheard(self) -> bool:
        """Whether the caller is saying, or has just said, something that is not all in the words so far."""
        awaited = {Timer.END_OF_TURN, Timer.WORDS} & self.timers.running
        return self.voiced or (not self.text and bool(awaited))

    def begin(self, silence_ms: int, question: Question, spoken: str) -> None:
        """The floor is the caller's. What was said meanwhile counts, unless it only meant "go on" or was our echo."""
        if self.text and not self.voiced:
            if self.is_backchannel(question.kind) or self.is_echo(spoken):
                self.hearing.clear()
            else:
                self.timers.set(Timer.END_OF_TURN, endpoint_ms(self.language, question, self.text))
        if not self.voiced:
            self.timers.set(Timer.SILENCE, silence_ms)
        self.timers.set(Timer.DEAF, DEAF_MS)

    def voice_began(self, at_ms: int) -> None:
        if not self.voiced:
            self.voice_since = at_ms
        self.voiced, self.paused, self._wordless, self._graced = True, False, False, False
        self._behind = True
        self.over_since = None
        self.hearing.audible_since = True
        self.timers.cancel(Timer.END_OF_TURN, Timer.WORDS, Timer.SILENCE)

    def voice_paused(self, at_ms: int, silence_ms: int) -> None:
        """The caller has been quiet for a moment."""
        self.paused = self.voiced
        self.voice_ended = at_ms - silence_ms

    def voice_stopped(self, at_ms: int, silence_ms: int, question: Question) -> None:
        """The caller is silent, since `silence_ms`."""
        self.voiced = self.paused = False
        self.voice_ended = at_ms - silence_ms
        self.timers.set(Timer.END_OF_TURN, endpoint_ms(self.language, question, self.text) - silence_ms)

    def words(self, event: PartialHeard | FinalHeard, at_ms: int, question: Question) -> str | None:
        """Recognition has something to say; the utterance last taken, if this corrects it."""
        self._behind = False
        corrected, before = None, words_of(self.text)
        if isinstance(event, PartialHeard):
            self.hearing.partial(event.result_id, event.text, event.stable_words)
            self._known_until = event.until_ms
        else:
            self._known_until = None
            corrected = self.hearing.final(event.result_id, event.text, event.words)
        if self.text and (self.over_since is None or words_of(self.text) != before):
            self._wait_for_the_end(at_ms, question)
        return corrected

    def may_be_over(self) -> bool:
        """Whether the caller may have finished: silent, or pausing after words that will not change; not half-way."""
        quiet = not self.voiced or (self.paused and self.hearing.settled)
        return (
            quiet and self.text != "" and not self._words_outstanding() and not is_open_ended(self.language, self.text)
        )

    def _words_outstanding(self) -> bool:
        """Whether the caller has said more than recognition has told yet."""
        return self._known_until is not None and self.voice_ended - self._known_until > BEHIND_MS

    def _wait_for_the_end(self, at_ms: int, question: Question) -> None:
        """There are words; those that voice activity missed end a turn as well."""
        self.timers.cancel(Timer.DEAF)
        if self.voiced:
            return
        least = 0 if self.hearing.settled else UNSTABLE_GRACE_MS
        if self._wordless or self.over_since is not None or Timer.END_OF_TURN in self.timers.running:
            self._wordless, self.over_since = False, None
            self.timers.cancel(Timer.WORDS)
            waited = at_ms - self.voice_ended
            self.timers.set(Timer.END_OF_TURN, max(least, endpoint_ms(self.language, question, self.text) - waited))
        else:
            self.voice_ended = at_ms
            self.timers.cancel(Timer.SILENCE)
            self.timers.set(Timer.END_OF_TURN, UNSTABLE_GRACE_MS)

    def is_over(self, at_ms: int) -> bool:
        """The end-of-turn timer rang: whether there is an utterance to take. If not, it is waited for a little."""
        if self.voiced:
            return False
        if not self.text:
            self._wordless = True
            self.timers.set(Timer.WORDS, WORDS_WAIT_MS)
            return False
        patience = WORDS_WAIT_MS - (at_ms - self.voice_ended)
        if self._words_outstanding() and patience > 0:
            self.timers.set(Timer.END_OF_TURN, patience)
            return False
        if (self._behind or not self.hearing.settled) and not self._graced:
            self._graced = True
            self.timers.set(Timer.END_OF_TURN, UNSTABLE_GRACE_MS)
            return False
        return True

    def heard(self) -> tuple[str, tuple[HeardWord, ...]]:
        """The utterance so far, and its words with their confidence where known."""
        return self.text, tuple(self.hearing.words)

    def take(self) -> tuple[str, tuple[HeardWord, ...]]:
        """The utterance, and its words with their confidence where known; the next one begins."""
        words = tuple(self.hearing.words)
        self._wordless, self._graced, self.over_since = False, False, None
        self.taken_until = self.voice_ended
        self.timers.cancel(Timer.END_OF_TURN, Timer.WORDS, Timer.SILENCE, Timer.DEAF)
        return self.hearing.take(), words

    def is_echo(self, spoken: str) -> bool:
        """Whether the words so far are the agent's own, come back."""
        return is_echo(self.text, spoken)

    def is_backchannel(self, expecting: SlotKind | None) -> bool:
        """Whether the words so far only say "I am listening"."""
        words = words_of(self.text)
        return expecting is not SlotKind.YES_NO and all(word in self.language.backchannels for word in words)
