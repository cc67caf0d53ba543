"""Tasks carried out: from what the model passed on, through questions and agreement, to what a tool has done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self, assert_never

from shared.core import paying
from shared.core.agenda import Agenda
from shared.core.agent import Agent, Route, Slot, SlotKind, Task
from shared.core.called_back import TALK_TO_PEOPLE
from shared.core.events import HeardWord, JsonValue
from shared.core.journal import Journal
from shared.core.lines import Line, filled, fixed
from shared.core.moves import Move, Say, Use
from shared.core.steps import Ask, Check, Fetch, Run, Settle
from shared.core.tasks import CANCELLED, CHECKED, CONFIRMATION, Progress
from shared.core.ways_out import ASKED, RESULT, WaysOut

_TYPED = (SlotKind.DIGITS, SlotKind.PHONE, SlotKind.NUMBER)
"""Kinds of answer whose value is what a keypad gives."""


@dataclass(slots=True)
class Errands:
    agent: Agent
    call_sid: str
    today: date
    journal: Journal
    ways_out: WaysOut
    agenda: Agenda = field(default_factory=Agenda)
    runs: int = 0
    """Tools that have done something: part of the name of each effect, so that a repeat is known as one."""
    settled: set[str] = field(default_factory=set)
    """Tasks that were done, or given up: no route begins with them again."""
    bills: dict[str, str] = field(default_factory=dict)
    """What was paid in this call, or may have been: by bill, the phase."""
    begun: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    """What was heard of tasks that are still to come, by task: by people, or in a call before this one."""
    step: Fetch | Run | None = None
    """What was asked for by `Use` and has not answered."""

    def fork(self, journal: Journal, ways_out: WaysOut) -> Self:
        """The same, to be changed apart."""
        return replace(
            self,
            journal=journal,
            ways_out=ways_out,
            agenda=self.agenda.fork(),
            settled=set(self.settled),
            bills=dict(self.bills),
            begun=dict(self.begun),
        )

    def snapshot(self) -> dict[str, JsonValue]:
        """What is under way and was done, as JSON values."""
        done = {"runs": self.runs, "settled": sorted(self.settled), "bills": dict(self.bills)}
        return {"task": self.agenda.snapshot(), **done, "begun": {task: dict(of) for task, of in self.begun.items()}}

    def restore(self, snapshot: Mapping[str, JsonValue]) -> None:
        """Take up a snapshot made by an earlier stream of the same call."""
        self.agenda = Agenda.restore(self.agent, snapshot.get("task"), self.today)
        runs, settled, bills = snapshot.get("runs"), snapshot.get("settled"), snapshot.get("bills")
        self.runs = int(runs) if isinstance(runs, int | float) else 0
        self.settled = set(map(str, settled)) if isinstance(settled, list) else set()
        self.bills = {str(bill): str(came) for bill, came in bills.items()} if isinstance(bills, dict) else {}
        begun = snapshot.get("begun")
        by_task = begun.items() if isinstance(begun, Mapping) else ()
        self.begun = {str(task): {**of} for task, of in by_task if isinstance(of, Mapping)}

    def change_to(self, agent: Agent) -> None:
        """Go on as `agent`, which does the same in other words."""
        self.agent = agent
        self.agenda.change_to(agent)

    @property
    def awaits_agreement(self) -> bool:
        """Whether details were read back and wait for a yes."""
        return self.agenda.progress is not None and self.agenda.progress.waiting_for in (CONFIRMATION, CHECKED)

    def question(self) -> tuple[Line, ...]:
        """The question still open, to be asked once more."""
        progress = self.agenda.progress
        if progress is None:
            return ()
        line = self._check(progress.check()) if progress.waiting_for == CHECKED else progress.question()
        return () if line is None else (line,)

    def heard_elsewhere(self, heard: Mapping[str, Mapping[str, JsonValue]], *before: Line) -> Move | None:
        """People have heard values of the task under way: go on with what is still missing; None if they have not.

        Those of other tasks are kept until they are begun.
        """
        progress = self.agenda.progress
        values = heard.get(progress.task.name) if progress is not None else None
        for task, of in heard.items():
            if of is not values and task not in self.settled:
                self.begun[task] = {**self.begun.get(task, {}), **of}
        if progress is None or not values:
            return None
        progress.fill(values, self.today)
        return self.advance(*before)

    def take_up(self, task: Task, arguments: Mapping[str, JsonValue], words: Sequence[HeardWord]) -> Move:
        """The model has named a task, with what the caller said about it; one that comes before people leads there."""
        route = self._begun_by(task)
        if route is not None and arguments.get(CANCELLED) is not True:
            if route.open_at(self.ways_out.now):
                self.agenda.add(task, arguments, self.today)
            return self.lead_to(route, ASKED)
        self._note(task, new=self.agenda.take_up(task))
        if arguments.get(CANCELLED) is True:
            return self.dropped()
        if self.agenda.progress is not None:
            self.agenda.progress.fill(arguments, self.today, words)
        return self._declined() or self.advance()

    def begin(self, task: Task, *before: Line) -> Move:
        """The agent itself comes to this task."""
        self._note(task, new=self.agenda.take_up(task))
        return self.advance(*before)

    def call_back(self, earlier: Mapping[str, JsonValue], *before: Line) -> Move:
        """Go on where the call stopped in which this one was asked for: with people, if they are wanted still."""
        self.restore(earlier)
        task, route = self.agent.task(TALK_TO_PEOPLE), self.agent.route(str(earlier.get("route")))
        if task is not None and route is not None:
            self.agenda.precede(route, task)
        return self.advance(*before)

    def _note(self, task: Task, *, new: bool) -> None:
        """Of a task that is new: that it is wanted, and what was heard of it before."""
        if new:
            self.journal.note("intent", intent=task.name)
            if self.agenda.progress is not None:
                self.agenda.progress.fill(self.begun.pop(task.name, {}), self.today)

    def agreed(self, agreed: bool) -> Move:
        """The caller's plain answer to what was read back."""
        if self.agenda.progress is not None:
            self.agenda.progress.agree(agreed)
        return self._declined() or self.advance()

    def keyed(self, digits: str) -> Move | None:
        """An entry on the keypad, if it means anything here: a value, an option by its number, or an agreement."""
        progress, slot = self.agenda.progress, self.agenda.slot
        if self.awaits_agreement and digits in ("1", "2"):
            return self.agreed(digits == "1")
        said = None if progress is None or slot is None else _keyed_value(slot, digits, progress.offered)
        if progress is None or slot is None or said is None:
            return None
        progress.fill({slot.name: said}, self.today)
        return self.advance()

    def lead_to(self, route: Route, reason: str, *before: Line) -> Move:
        """The caller wants people."""
        if route.destinations and not route.open_at(self.ways_out.now):
            return self.instead(route, reason, route.closed, *before)
        task = self._comes_first(route)
        if task is None:
            return self.ways_out.route(route, reason, *before)
        self._note(task, new=self.agenda.precede(route, task))
        return self.advance(*before)

    def instead(self, route: Route, reason: str, why: str, *before: Line) -> Move:
        """These people cannot be had now: say `why`, and do what the route says otherwise."""
        lines = (*before, fixed(why)) if why else before
        task = self.agent.task(route.otherwise)
        if task is None:
            return self.ways_out.message(route, reason, *lines)
        return self.begin(task, *lines)

    def _begun_by(self, task: Task) -> Route | None:
        """The route that begins with this task, unless it is on the way there already."""
        under_way = self.agenda.progress is not None and self.agenda.progress.task is task
        if under_way or task.name in self.settled:
            return None
        routes = [route for route in self.agent.routes if task.name in route.first]
        return None if any(map(self.agenda.awaits, routes)) else next(iter(routes), None)

    def _comes_first(self, route: Route) -> Task | None:
        """What is still to be done before the caller is put through; nothing for one who asks for people again."""
        if self.agenda.progress is not None and self.agenda.awaits(route):
            return None
        tasks = (self.agent.task(name) for name in route.first if name not in self.settled)
        return next((task for task in tasks if task is not None), None)

    def returned(self, result: Mapping[str, JsonValue]) -> Move | None:
        """The tool asked for by `Use` has answered; None if nobody waits for it any more."""
        step, progress = self.step, self.agenda.progress
        self.step = None
        if step is None or progress is None:
            return None
        if isinstance(step, Fetch):
            found = result.get("options")
            options = [str(option) for option in found] if isinstance(found, list) else []
            progress.offer(step.slot, options, self.today)
            return self.advance() if options else self._problem(f"no_{step.slot}")
        told = {name: value for name, value in step.arguments.items() if not progress.is_secret(name)}
        self.journal.note("tool", name=step.tool, arguments=told, result=dict(result))
        if (reason := result.get("problem")) is not None:
            return self._problem(str(reason))
        self.runs += 1
        if identity := result.get("identity"):
            self.journal.note("identity", identity=str(identity))
        if progress.task.pay is not None:
            return paying.billed(self, progress, progress.task.pay, result)
        extra = {key: str(value) for key, value in result.items() if isinstance(value, str | int)}
        return self.done(progress, extra)

    def advance(self, *before: Line) -> Move:
        """Do what comes next in the task under way."""
        progress = self.agenda.progress
        if progress is None:
            return Say(before)
        step = progress.next()
        match step:
            case Ask(waiting_for, line):
                if progress.tries >= self.agent.limits.misunderstandings:
                    return self.ways_out.give_up(f"slot:{waiting_for}")
                unsure = progress.unsure == waiting_for
                if progress.tries or progress.rejected is not None or unsure:
                    self.journal.note("asked_again", slot=waiting_for, unsure=unsure)
                self.journal.answered(status="asked", waiting_for=waiting_for)
                return Say((*before, *((fixed(self.agent.phrases.unsure),) if unsure else ()), line, *self._by_keys()))
            case Check(slot):
                if progress.tries >= self.agent.limits.misunderstandings:
                    return self.ways_out.give_up(f"slot:{slot}")
                self.journal.note("checked", slot=slot)
                self.journal.answered(status="asked", waiting_for=CHECKED)
                return Say((*before, self._check(step)))
            case Fetch(slot, tool, arguments):
                self.step = step
                return Use(tool, arguments, ":".join((self.call_sid, progress.task.name, slot, *arguments.values())))
            case Settle(agreed):
                return paying.agreed(self, progress, agreed)
            case Run(tool="") if progress.task.pay is not None:
                return paying.billed(self, progress, progress.task.pay, {}, *before)
            case Run(tool=""):
                return self.done(progress, {}, *before)
            case Run(tool, arguments):
                self.step = step
                return Use(tool, arguments, f"{self.call_sid}:{progress.task.name}:{self.runs}")
        assert_never(step)

    def _check(self, check: Check) -> Line:
        return filled(self.agent.phrases.check, {"value": check.spoken})

    def _by_keys(self) -> tuple[Line, ...]:
        """A way around bad hearing: the keypad, for what was heard badly before and can be typed."""
        progress, slot = self.agenda.progress, self.agenda.slot
        if progress is None or slot is None or slot.name not in progress.doubted or slot.kind not in _TYPED:
            return ()
        return (fixed(self.agent.phrases.use_keypad),)

    def _declined(self) -> Say | None:
        """After a plain no to what was read back: what to change."""
        progress = self.agenda.progress
        if progress is None or progress.rejected != CONFIRMATION:
            return None
        if progress.task.declined:
            self.journal.note("dropped", task=progress.task.name)
            self.journal.answered(status="declined")
            self.agenda.finish()
            return Say((filled(progress.task.declined, progress.spoken()),))
        self.journal.answered(status="asked", waiting_for="what to change")
        return Say((fixed(self.agent.phrases.what_to_change),))

    def done(self, progress: Progress, extra: Mapping[str, str], *before: Line) -> Move:
        """What the task is for has been done."""
        task = progress.task
        self.journal.answered(**{"status": "done", **extra})
        if task.result:
            told = {name: value for name, value in progress.values.items() if not progress.is_secret(name)}
            self.journal.note(RESULT, result=task.result, details=told)
        done = filled(task.done, {**extra, **progress.spoken()})
        return self.ways_out.goodbye_after(*before, done) if task.ends else self.finished(done, *before)

    def finished(self, done: Line, *before: Line) -> Move:
        """A task is over: go on with what else was wanted, or ask."""
        if self.agenda.progress is not None:
            self.settled.add(self.agenda.progress.task.name)
        following = self.agenda.finish()
        if isinstance(following, Route):
            return self.lead_to(following, ASKED, *before, done)
        return (
            self.advance(*before, done) if following else Say((*before, done, fixed(self.agent.phrases.anything_else)))
        )

    def dropped(self) -> Move:
        """The caller does not want it any more."""
        if self.agenda.progress is not None:
            self.journal.note("dropped", task=self.agenda.progress.task.name)
        self.journal.answered(status="dropped")
        return self.finished(fixed(self.agent.phrases.dropped))

    def _problem(self, reason: str) -> Move:
        """A tool said no; the agent file says what that means."""
        progress = self.agenda.progress
        problem = None if progress is None else progress.task.problems.get(reason)
        self.journal.note("problem", reason=reason, foreseen=problem is not None)
        if progress is None or problem is None:
            return self.ways_out.give_up("tool")
        line = filled(problem.say, progress.spoken())
        progress.refused += 1
        if problem.ask_again and (problem.at_most is None or progress.refused <= problem.at_most):
            progress.ask_anew(problem.ask_again)
            return self.advance(line)
        self.journal.answered(status="problem", reason=reason)
        return self.finished(line)


def _keyed_value(slot: Slot, digits: str, offered: Sequence[str]) -> str | None:
    """What an entry means for a slot: its digits, 1 for yes, or the option of that number among those said."""
    if slot.kind in _TYPED:
        return digits
    if slot.kind is SlotKind.YES_NO:
        return {"1": "yes", "2": "no"}.get(digits)
    return offered[int(digits) - 1] if digits.isdigit() and 1 <= int(digits) <= len(offered) else None
