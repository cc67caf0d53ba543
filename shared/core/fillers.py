"""A few words while something of ours is slow: three seconds of silence and more sound like a lost call."""

from dataclasses import dataclass

from shared.core.floor import Floor
from shared.core.lines import fixed
from shared.core.timers import Timer

_AGAIN_MS = 300
"""Until it is looked again whether they are in place."""


@dataclass(slots=True)
class Fillers:
    """The agent's pleas for a moment, in turn. They are no answers."""

    floor: Floor
    _said: int = 0

    def say(self) -> None:
        """A tool or the model is slow. While the model's words are being said, or the caller may go on, not yet."""
        floor = self.floor
        if floor.reply is not None and (floor.draft is not None or floor.speaking.playback.active):
            floor.timers.set(Timer.FILLER, _AGAIN_MS)
            return
        phrases = floor.dialogue.agent.phrases.one_moment
        floor.speaking.say(floor.turn, fixed(phrases[self._said % len(phrases)]))
        self._said += 1
