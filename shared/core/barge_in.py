"""When the caller's voice stops the agent's, and what happens when it should not have.

Voice alone stops the agent after a moment, words as soon as they mean it. A cough, "uh-huh" and the agent's own voice
coming back do not: what they kept from the caller is said again. On a line that has echoed once, voice alone is
believed no more. A line that has to be heard, and a tool at work, are never stopped.
"""

from dataclasses import dataclass

from shared.core.floor import Floor
from shared.core.lines import Line
from shared.core.listening import DEAF_MS
from shared.core.moves import Say
from shared.core.next_step import NextStep
from shared.core.timers import Timer
from shared.core.turns import BARGE_IN_MS, interrupts


@dataclass(slots=True)
class _Unheard:
    """What an interruption kept from the caller, and where it would have led."""

    lines: list[Line]
    end: NextStep | None


@dataclass(slots=True)
class BargeIn:
    floor: Floor
    _unheard: _Unheard | None = None
    _echoes: bool = False
    """Whether the agent's own voice has come back on this line."""

    def voice(self) -> None:
        """Somebody is audible over the agent."""
        if not self._echoes:
            self.floor.timers.begin(Timer.BARGE_IN, BARGE_IN_MS)

    def words(self) -> None:
        """These words were said over the agent."""
        listening = self.floor.listening
        if self.floor.draft is not None or not self.floor.speaking.playback.active:
            return
        if listening.is_echo(self.floor.spoken):
            self._echoes = True
        elif interrupts(listening.language, listening.text, self.floor.dialogue.expecting):
            self.stop()

    def stop(self) -> None:
        """Fall silent, unless this has to be heard."""
        if self.floor.locked or not self.floor.speaking.playback.active:
            return
        end = self.floor.end
        self._unheard = _Unheard(self.floor.fall_silent(), end)
        self.floor.timers.set(Timer.DEAF, DEAF_MS)

    def was_meant(self) -> None:
        """It was the caller who spoke: what they interrupted is not said again."""
        self._unheard = None

    def is_false_alarm(self) -> bool:
        """Whether the agent was stopped, and by nothing that was said to it."""
        listening = self.floor.listening
        if self._unheard is None:
            return False
        echo = listening.is_echo(self.floor.spoken)
        self._echoes |= echo
        return echo or listening.is_backchannel(self.floor.dialogue.expecting)

    def resume(self) -> bool:
        """Go on from the first segment not heard to its end; False if nothing was interrupted."""
        unheard, self._unheard = self._unheard, None
        self.floor.listening.hearing.clear()
        if unheard is None:
            return False
        self.floor.note("false_interruption")
        self.floor.interject(Say(tuple(unheard.lines), unheard.end))
        return True
