"""Who is rung while the caller still hears that they are put through, and for how long."""

from dataclasses import dataclass

from shared.core.actions import Action, CallOff, RingAhead, SaveProgress
from shared.core.dialogue import Dialogue
from shared.core.next_step import HandOver, NextStep


@dataclass(slots=True)
class Ahead:
    """Adds actions to `out`. An interruption alone changes nothing: what it leads to does."""

    out: list[Action]
    _rung: HandOver | None = None

    def leads_to(self, end: NextStep | None, dialogue: Dialogue) -> None:
        """Where the call goes once everything has been heard: its people are rung, and nobody else any more."""
        step = end if isinstance(end, HandOver) else None
        if step == self._rung:
            return
        self.call_off()
        route = None if step is None else dialogue.agent.route(step.route)
        if step is not None and route is not None and route.rings_first:
            self._rung = step
            self.out += [SaveProgress(dialogue.snapshot()), RingAhead(step)]

    def call_off(self) -> None:
        """Nobody is to be rung any more."""
        if self._rung is not None:
            self._rung = None
            self.out.append(CallOff())
