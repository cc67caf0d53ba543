"""Every kind of not getting on, and where it leads: asked again, excused, and in the end to people or a goodbye."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared.core.agent import Agent, Route
from shared.core.events import JsonValue
from shared.core.journal import Journal
from shared.core.lines import Line, fixed
from shared.core.moves import Say
from shared.core.next_step import HandOver, HangUp, TakeMessage

RESULT = "result"
"""The kind of record that says what a call the agent makes has come to."""

OPT_OUT = "opt_out"
"""And the kind that says that they are not to be called again."""

ASKED = "asked"
"""The reason of a transfer that the caller wants."""


@dataclass(slots=True)
class WaysOut:
    """Counts how often in a row a call has not got on. `question` is what is still open, to be asked once more."""

    agent: Agent
    journal: Journal
    now: datetime
    """By the agent's own time, when the stream began."""
    _misunderstood: int = 0
    _silences: int = 0
    _faults: int = 0
    _in_vain: tuple[str, ...] = ()
    """Routes on which nobody took the call."""
    withheld: bool = False
    """Whether the caller's last words were a card's number, or a part of one."""

    def snapshot(self) -> dict[str, JsonValue]:
        """The counts, as JSON values."""
        counts = {"misunderstood": self._misunderstood, "silences": self._silences, "faults": self._faults}
        return {**counts, "in_vain": list(self._in_vain), "withheld": self.withheld}

    def restore(self, snapshot: object) -> None:
        """Take up the counts of an earlier stream."""
        if isinstance(snapshot, Mapping):
            self._misunderstood, self._silences, self._faults = (
                int(snapshot.get(name, 0)) for name in ("misunderstood", "silences", "faults")
            )
            self._in_vain = tuple(map(str, snapshot.get("in_vain", ())))
            self.withheld = snapshot.get("withheld") is True

    def fork(self, journal: Journal) -> Self:
        """The same, to be changed apart."""
        return replace(self, journal=journal)

    def in_vain(self, route: str) -> None:
        """Nobody took the call on this route: only a caller who asks for it has it tried again."""
        self._in_vain = (*self._in_vain, route)

    def caller_spoke(self) -> None:
        self._silences, self.withheld = 0, False

    def no_card_numbers(self, question: tuple[Line, ...]) -> Say:
        """Whoever says or types a card's number where it could be read is told how cards are taken."""
        self.withheld = True
        self.journal.note("card_number_withheld")
        return Say((fixed(self.agent.phrases.no_card_numbers), *question))

    def model_replied(self) -> None:
        self._faults = 0

    def understood(self) -> None:
        self._misunderstood = 0

    def not_understood(self, question: tuple[Line, ...]) -> Say:
        """Nobody can tell what the caller meant."""
        self._misunderstood += 1
        self.journal.note("not_understood", count=self._misunderstood)
        if self._misunderstood >= self.agent.limits.misunderstandings:
            return self.give_up("not_understood")
        phrases = self.agent.phrases.not_understood
        self.journal.answered(status="not_understood")
        return Say((fixed(phrases[(self._misunderstood - 1) % len(phrases)]), *question))

    def silence(self, question: tuple[Line, ...]) -> Say:
        """The caller has said nothing for a while."""
        prompts = self.agent.phrases.still_there
        if self._silences >= len(prompts):
            return self._goodbye("silent", self.agent.phrases.silent_goodbye)
        self._silences += 1
        return Say((fixed(prompts[self._silences - 1]), *question))

    def model_failed(self, reason: str, question: tuple[Line, ...]) -> Say:
        """The model is out of reach: once is excused, twice is given up."""
        self._faults += 1
        self.journal.note("fault", what="model", reason=reason)
        if self._faults > 1:
            return self.give_up("model")
        return Say((fixed(self.agent.phrases.trouble), *question))

    def tool_failed(self, reason: str) -> Say:
        """A tool is out of reach: people have to take over."""
        self.journal.note("fault", what="tool", reason=reason)
        return self.give_up("tool")

    def time_is_up(self) -> Say:
        return self._goodbye("time-limit", self.agent.phrases.time_is_up)

    def goodbye(self) -> Say:
        """The caller wants nothing more."""
        self.journal.answered(status="goodbye")
        return self._goodbye("goodbye", self.agent.phrases.goodbye)

    def goodbye_after(self, *before: Line) -> Say:
        """What the call was for is done, and said with `before`."""
        self.journal.note("outcome", outcome="goodbye")
        return Say((*before, fixed(self.agent.phrases.goodbye)), HangUp())

    def opted_out(self, by: str, words: str) -> Say:
        """They do not want to be called again: nothing else is said or done."""
        self.journal.note(OPT_OUT, by=by)
        self.journal.note("outcome", outcome="opted-out")
        return Say((fixed(words, protected=True),), HangUp())

    def give_up(self, reason: str) -> Say:
        """The agent's own way out."""
        return self.route(self.agent.route(self.agent.when_it_fails) or self.agent.routes[0], reason)

    def route(self, route: Route, reason: str, *before: Line) -> Say:
        """Leave the caller to people: put them through, or take a message where nobody is to be rung now."""
        self.journal.answered(status="transferred", to=route.name)
        self.journal.note("outcome", outcome=f"route:{route.name}", reason=reason)
        if route.result and reason == ASKED:
            self.journal.note(RESULT, result=route.result, details={})
        if route.open_at(self.now) and (reason == ASKED or route.name not in self._in_vain):
            return Say((*before, fixed(route.say)), HandOver(route.name, reason))
        why = route.nobody if route.open_at(self.now) else route.closed
        return self.message(route, reason, *before, fixed(why if route.destinations else route.say))

    def message(self, route: Route, reason: str, *before: Line) -> Say:
        """Have the caller leave a message for these people."""
        return Say(tuple(line for line in before if line.text), TakeMessage(route.message, reason))

    def _goodbye(self, outcome: str, words: str) -> Say:
        self.journal.note("outcome", outcome=outcome)
        return Say((fixed(words),), HangUp())
