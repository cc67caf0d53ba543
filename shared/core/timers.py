"""The call's timers by name: what may ring, and the certainty that nothing rings after the end."""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.actions import Action, CancelTimer, SetTimer


class Timer(StrEnum):
    """Why a call may be woken."""

    END_OF_TURN = "end-of-turn"
    WORDS = "words"
    BARGE_IN = "barge-in"
    SILENCE = "silence"
    DEAF = "deaf"
    MODEL = "model"
    TOOL = "tool"
    FILLER = "filler"
    SOUND = "sound"
    KEYPAD = "keypad"
    CALL = "call"


@dataclass(slots=True)
class Timers:
    """Sets and cancels timers by adding actions to `out`."""

    out: list[Action]
    running: set[Timer] = field(default_factory=set)

    def set(self, timer: Timer, ms: int) -> None:
        """Ring after `ms`; one of that name already running is replaced."""
        self.running.add(timer)
        self.out.append(SetTimer(timer, max(0, ms)))

    def begin(self, timer: Timer, ms: int) -> None:
        """Ring after `ms`, unless one of that name is running already."""
        if timer not in self.running:
            self.set(timer, ms)

    def cancel(self, *timers: Timer) -> None:
        for timer in timers:
            if timer in self.running:
                self.running.discard(timer)
                self.out.append(CancelTimer(timer))

    def cancel_all(self) -> None:
        self.cancel(*sorted(self.running))

    def rang(self, name: str) -> Timer | None:
        """The timer of that name if it was running; it no longer is."""
        timer = next((timer for timer in self.running if timer == name), None)
        self.running -= {timer}
        return timer
