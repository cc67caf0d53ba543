"""The agent's voice: segments sent out in order, and what became of each."""

from dataclasses import dataclass, field, replace

from shared.core.actions import Action, Release, Speak, StopSpeaking
from shared.core.languages.language import Language
from shared.core.lines import Line
from shared.core.playback import Playback
from shared.core.segments import segments_of
from shared.core.timers import Timer, Timers

SOUND_MS = 5_000
"""To a segment's first sound, and beyond the expected end of playback for a mark that does not come."""


@dataclass(slots=True)
class Speaking:
    """Speaks by adding actions to `out`. Segment numbers rise over the whole call.

    While `held`, what is said is only prepared: fixed lines, and the first of the others, which is all that has to be
    ready at once; the rest is synthesised when it is `released`.
    """

    out: list[Action]
    timers: Timers
    language: Language
    playback: Playback = field(default_factory=Playback)
    held: bool = False
    held_chars: int = 0
    """Characters synthesised in vain if what is held is not released."""
    _waiting: list[Speak] = field(default_factory=list)
    _last: int = 0

    def say(self, turn: int, line: Line) -> None:
        """Speak a line whose text is known, sentence by sentence."""
        for text in segments_of(line.text, self.language):
            self.segment(turn, replace(line, text=text))

    def segment(self, turn: int, line: Line) -> None:
        self._last += 1
        self.playback.add(self._last, line)
        speak = Speak(turn, self._last, line.text, line.fixed, self.held)
        if self._waiting or (self.held and self.held_chars and not line.fixed):
            self._waiting.append(replace(speak, held=False))
            return
        self.held_chars += len(line.text) if self.held and not line.fixed else 0
        self.out.append(speak)
        self.timers.set(Timer.SOUND, SOUND_MS)

    def hold(self) -> None:
        self.held = True

    def release(self, turn: int) -> None:
        """What is held may be heard."""
        self.out += [Release(turn), *self._waiting]
        self._unhold()
        if self.playback.active:
            self.timers.set(Timer.SOUND, SOUND_MS)

    def _unhold(self) -> None:
        self.held, self.held_chars = False, 0
        self._waiting.clear()

    def started(self, segment: int, at_ms: int) -> None:
        self.playback.started(segment, at_ms)
        self.timers.set(Timer.SOUND, SOUND_MS)

    def sent(self, segment: int, audio_ms: int, at_ms: int) -> None:
        self.playback.sent(segment, audio_ms)
        self.timers.set(Timer.SOUND, self.playback.ends_in(at_ms) + SOUND_MS)

    def played(self, segment: int) -> str:
        """The text now heard to its end."""
        texts = self.playback.played(segment)
        if not self.playback.active:
            self.timers.cancel(Timer.SOUND)
        return " ".join(texts)

    def overdue(self) -> str | None:
        """The marks did not come: take what was sent as heard. None if some segment never had any sound."""
        return None if self.playback.silent() else " ".join(self.playback.drain())

    def stop(self, turn: int, at_ms: int) -> tuple[str, list[Line]]:
        """Be silent at once: (the words heard of what was playing, the segments not heard to their end)."""
        self._unhold()
        if not self.playback.active:
            return "", []
        self.timers.cancel(Timer.SOUND)
        self.out.append(StopSpeaking(turn))
        return self.playback.interrupt(at_ms)
