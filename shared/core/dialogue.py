"""What to say and do next, given what the caller said: tasks, ways out, and every kind of not getting on.

Text in, moves out; of sound, timers and turns it knows nothing (`shared.core.call` does). Each way of not getting on
ends at people: too many misunderstandings, a slot that will not fill, a tool that fails, a model that is gone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from shared.core.actions import Message, Record, ToolSpec
from shared.core.agenda import Agenda
from shared.core.agent import Agent, Route, Slot, SlotKind
from shared.core.conversation import Conversation
from shared.core.events import HeardWord, JsonValue
from shared.core.lines import Line, filled, fixed
from shared.core.next_step import HangUp, NextStep, TakeMessage
from shared.core.prompt import END_CALL, TRANSFER, system_message, tool_specs
from shared.core.slots import yes_or_no
from shared.core.tasks import CANCELLED, CONFIRMATION, Ask, Fetch, Run


@dataclass(frozen=True, slots=True)
class Say:
    """Say these lines; then listen, or, with `end`, leave the call to its next step."""

    lines: tuple[Line, ...]
    end: NextStep | None = None


@dataclass(frozen=True, slots=True)
class Think:
    """Ask the model."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Run a tool; the dialogue goes on with its result. `key` names the effect."""

    name: str
    arguments: Mapping[str, str]
    key: str


type Move = Say | Think | Use


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model named. `arguments` is JSON text, unchecked."""

    call_id: str
    name: str
    arguments: str


@dataclass(slots=True)
class Dialogue:
    agent: Agent
    call_sid: str
    now: datetime
    conversation: Conversation = field(default_factory=Conversation)
    agenda: Agenda = field(default_factory=Agenda)
    notes: list[Record] = field(default_factory=list)
    """Lines for the call's record, to be taken away after each move."""
    _words: tuple[HeardWord, ...] = ()
    _call: ToolCall | None = None
    _step: Fetch | Run | None = None
    _runs: int = 0
    _misunderstood: int = 0
    _silences: int = 0
    _faults: int = 0

    def greet(self) -> Say:
        """The first words, all of them fixed: they never wait for a model."""
        texts = (fixed(self.agent.greeting), fixed(self.agent.disclosure, protected=True), fixed(self.agent.question))
        return Say(tuple(line for line in texts if line.text))

    def go_on(self) -> Say:
        """After a lost stream: excuse it, and repeat what was asked."""
        return Say((fixed(self.agent.phrases.cut_off), *self._question()))

    def heard(self, text: str, words: tuple[HeardWord, ...] = ()) -> Move:
        """The caller has finished an utterance. A plain yes or no to what was read back needs no model."""
        self._silences = 0
        self._words = words
        self.conversation.caller_said(text)
        self._call = None
        progress = self.agenda.progress
        if progress is not None and progress.waiting_for == CONFIRMATION and (answer := yes_or_no(text)) is not None:
            return self._agreed(answer)
        messages = (system_message(self.agent, self.now, progress), *self.conversation.messages)
        return Think(messages, tool_specs(self.agent))

    def replied(self, text: str, calls: Sequence[ToolCall]) -> Move | None:
        """The model has finished: it has said `text`, and named these tools. None when there is nothing to add."""
        self._faults = 0
        wanted = [call for call in calls if call.name != END_CALL] or list(calls[:1])
        if not wanted:
            if not text:
                return self._not_understood()
            self._misunderstood = 0
            question = self._question()
            return Say(question) if question else None
        self._call = wanted[0]
        move = self._called(wanted[0])
        for call in wanted[1:]:
            arguments = _arguments(call)
            other = self.agent.task(call.name) or self._named_route(call, arguments)
            if other is not None:
                self.agenda.add(other, arguments, self.now.date())
        return move

    def returned(self, result: Mapping[str, JsonValue]) -> Move:
        """The tool asked for by `Use` has answered."""
        step, progress = self._step, self.agenda.progress
        self._step = None
        if step is None or progress is None:
            return self._not_understood()
        if isinstance(step, Fetch):
            found = result.get("options")
            options = [str(option) for option in found] if isinstance(found, list) else []
            progress.offer(step.slot, options, self.now.date())
            return self._advance() if options else self._problem(f"no_{step.slot}")
        self._note("tool", name=step.tool, arguments=dict(step.arguments), result=dict(result))
        if (reason := result.get("problem")) is not None:
            return self._problem(str(reason))
        self._runs += 1
        extra = {key: str(value) for key, value in result.items() if isinstance(value, str | int)}
        self._answered({"status": "done", **extra})
        return self._finished(filled(progress.task.done, extra | progress.spoken()))

    def tool_failed(self, reason: str) -> Say:
        """The tool is out of reach: people have to take over."""
        self._step = None
        self._note("fault", what="tool", reason=reason)
        return self.give_up("tool")

    def model_failed(self, reason: str) -> Say:
        """The model is out of reach: once is excused, twice is given up."""
        self._faults += 1
        self._note("fault", what="model", reason=reason)
        if self._faults > 1:
            return self.give_up("model")
        return Say((fixed(self.agent.phrases.trouble), *self._question()))

    def silence(self) -> Say:
        """The caller has said nothing for a while."""
        prompts = self.agent.phrases.still_there
        if self._silences >= len(prompts):
            self._note("outcome", outcome="silent")
            return Say((fixed(self.agent.phrases.silent_goodbye),), HangUp())
        self._silences += 1
        return Say((fixed(prompts[self._silences - 1]), *self._question()))

    def keyed(self, digits: str) -> Move:
        """An entry on the keypad: a value for the slot waited for, an option by its number, or 0 for people."""
        self._silences = 0
        progress, slot = self.agenda.progress, self.agenda.slot
        if progress is not None and progress.waiting_for == CONFIRMATION and digits in ("1", "2"):
            return self._agreed(digits == "1")
        said = None if progress is None or slot is None else _keyed_value(slot, digits, progress.offered)
        if progress is not None and slot is not None and said is not None:
            progress.fill({slot.name: said}, self.now.date())
            return self._advance()
        return self.give_up("keypad") if digits == "0" else self._not_understood()

    def time_is_up(self) -> Say:
        self._note("outcome", outcome="time-limit")
        return Say((fixed(self.agent.phrases.time_is_up),), HangUp())

    def give_up(self, reason: str) -> Say:
        """Leave the caller to the agent's way out."""
        route = self.agent.route(self.agent.when_it_fails) or self.agent.routes[0]
        return self._route(route, reason)

    def _called(self, call: ToolCall) -> Move:
        arguments = _arguments(call)
        task = self.agent.task(call.name)
        if task is not None:
            self._misunderstood = 0
            if self.agenda.take_up(task):
                self._note("intent", intent=task.name)
            if arguments.get(CANCELLED) is True:
                self._note("dropped", task=task.name)
                self._answered({"status": "dropped"})
                return self._finished(fixed(self.agent.phrases.dropped))
            if self.agenda.progress is not None:
                self.agenda.progress.fill(arguments, self.now.date(), self._words)
            return self._declined() or self._advance()
        if call.name == END_CALL:
            self._answered({"status": "goodbye"})
            self._note("outcome", outcome="goodbye")
            return Say((fixed(self.agent.phrases.goodbye),), HangUp())
        route = self._named_route(call, arguments)
        if route is not None:
            self._note("intent", intent=f"{TRANSFER}:{route.name}")
            return self._route(route, "asked")
        return self._not_understood()

    def _agreed(self, agreed: bool) -> Move:
        if self.agenda.progress is not None:
            self.agenda.progress.agree(agreed)
        return self._declined() or self._advance()

    def _declined(self) -> Say | None:
        """After a plain no to what was read back: what to change."""
        progress = self.agenda.progress
        if progress is None or progress.rejected != CONFIRMATION:
            return None
        self._answered({"status": "asked", "waiting_for": "what to change"})
        return Say((fixed(self.agent.phrases.what_to_change),))

    def _advance(self, *before: Line) -> Move:
        progress = self.agenda.progress
        if progress is None:
            return Say(before)
        step = progress.next()
        match step:
            case Ask(waiting_for, line):
                if progress.tries >= self.agent.limits.misunderstandings:
                    return self.give_up(f"slot:{waiting_for}")
                if progress.tries or progress.rejected is not None:
                    self._note("asked_again", slot=waiting_for, unsure=waiting_for in progress.doubted)
                self._answered({"status": "asked", "waiting_for": waiting_for})
                return Say((*before, line))
            case Fetch(slot, tool, arguments):
                self._step = step
                return Use(tool, arguments, ":".join((self.call_sid, progress.task.name, slot, *arguments.values())))
            case Run(tool, arguments):
                self._step = step
                return Use(tool, arguments, f"{self.call_sid}:{progress.task.name}:{self._runs}")
        assert_never(step)

    def _finished(self, done: Line) -> Move:
        """A task is over: go on with what else was wanted, or ask."""
        following = self.agenda.finish()
        if isinstance(following, Route):
            return self._route(following, "asked", done)
        return self._advance(done) if following else Say((done, fixed(self.agent.phrases.anything_else)))

    def _problem(self, reason: str) -> Move:
        """A tool said no; the agent file says what that means."""
        progress = self.agenda.progress
        problem = None if progress is None else progress.task.problems.get(reason)
        self._note("problem", reason=reason, foreseen=problem is not None)
        if progress is None or problem is None:
            return self.give_up("tool")
        line = filled(problem.say, progress.spoken())
        if problem.ask_again:
            progress.ask_anew(problem.ask_again)
            return self._advance(line)
        self._answered({"status": "problem", "reason": reason})
        return self._finished(line)

    def _not_understood(self) -> Say:
        self._misunderstood += 1
        self._note("not_understood", count=self._misunderstood)
        if self._misunderstood >= self.agent.limits.misunderstandings:
            return self.give_up("not_understood")
        phrases = self.agent.phrases.not_understood
        self._answered({"status": "not_understood"})
        return Say((fixed(phrases[(self._misunderstood - 1) % len(phrases)]), *self._question()))

    def _named_route(self, call: ToolCall, arguments: Mapping[str, JsonValue]) -> Route | None:
        return self.agent.route(str(arguments.get("to", ""))) if call.name == TRANSFER else None

    def _route(self, route: Route, reason: str, *before: Line) -> Say:
        self._answered({"status": "transferred", "to": route.name})
        self._note("outcome", outcome=f"route:{route.name}", reason=reason)
        return Say((*before, fixed(route.say)), TakeMessage(route.message, reason))

    def _question(self) -> tuple[Line, ...]:
        """The question still open, to be asked once more."""
        line = None if self.agenda.progress is None else self.agenda.progress.question()
        return () if line is None else (line,)

    def _answered(self, result: Mapping[str, JsonValue]) -> None:
        if self._call is not None:
            call, self._call = self._call, None
            self.conversation.tool_used(call.call_id, call.name, call.arguments, json.dumps(result))

    def _note(self, kind: str, **data: JsonValue) -> None:
        self.notes.append(Record(kind, data))

    def snapshot(self) -> dict[str, JsonValue]:
        """Where the conversation stands, as JSON values."""
        return {"messages": self.conversation.snapshot(), "task": self.agenda.snapshot(), "runs": self._runs}

    def restore(self, snapshot: Mapping[str, JsonValue]) -> None:
        """Take up a snapshot made by an earlier stream of the same call."""
        self.conversation = Conversation.restore(snapshot.get("messages"))
        self.agenda = Agenda.restore(self.agent, snapshot.get("task"), self.now.date())
        runs = snapshot.get("runs")
        self._runs = int(runs) if isinstance(runs, int | float) else 0


def _arguments(call: ToolCall) -> Mapping[str, JsonValue]:
    """The arguments, if they are a JSON object; the model's mistakes are no reason to stop."""
    try:
        found = json.loads(call.arguments or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _keyed_value(slot: Slot, digits: str, offered: Sequence[str]) -> str | None:
    """What an entry means for a slot: its digits, 1 for yes, or the option of that number among those said."""
    if slot.kind in (SlotKind.DIGITS, SlotKind.PHONE, SlotKind.NUMBER):
        return digits
    if slot.kind is SlotKind.YES_NO:
        return {"1": "yes", "2": "no"}.get(digits)
    return offered[int(digits) - 1] if digits.isdigit() and 1 <= int(digits) <= len(offered) else None
