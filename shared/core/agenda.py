"""What the caller wants, in order: the task under way, and what else was asked for in the same breath."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from shared.core.agent import Agent, Route, Slot, SlotKind, Task
from shared.core.events import JsonValue
from shared.core.tasks import Progress


@dataclass(slots=True)
class Agenda:
    progress: Progress | None = None
    """The task under way."""
    _later: list[Progress | Route] = field(default_factory=list)

    def fork(self) -> Self:
        """The same, to be changed apart."""
        later = [item.fork() if isinstance(item, Progress) else item for item in self._later]
        return replace(self, progress=self.progress and self.progress.fork(), _later=later)

    @property
    def expecting(self) -> SlotKind | None:
        """The kind of answer now waited for; None while anything may be said."""
        return None if self.progress is None else self.progress.expecting

    @property
    def slot(self) -> Slot | None:
        """The slot now waited for."""
        return None if self.progress is None else self.progress.slot(self.progress.waiting_for)

    def change_to(self, agent: Agent) -> None:
        """The same, as `agent` words it: one of the same tasks and routes."""
        for progress in (self.progress, *self._later):
            if isinstance(progress, Progress):
                progress.task = agent.task(progress.task.name) or progress.task
        self._later = [agent.route(item.name) or item if isinstance(item, Route) else item for item in self._later]

    def take_up(self, task: Task) -> bool:
        """Make `task` the one under way, where it was left if it was; another under way waits. True if it is new."""
        if self.progress is not None and self.progress.task is task:
            return False
        if self.progress is not None:
            self._later.append(self.progress)
        known = next((item for item in self._later if isinstance(item, Progress) and item.task is task), None)
        self._later = [item for item in self._later if item is not known]
        self.progress = known or Progress(task)
        return known is None

    def add(self, wanted: Task | Route, arguments: Mapping[str, JsonValue], today: date) -> None:
        """Keep something else the caller wants for afterwards."""
        if isinstance(wanted, Route):
            self._later.append(wanted)
        elif self.progress is None or self.progress.task is not wanted:
            waiting = Progress(wanted)
            waiting.fill(arguments, today)
            self._later.append(waiting)

    def precede(self, route: Route, task: Task) -> bool:
        """Do `task` now, and then put the caller through by `route`. True if the task is new."""
        self._later = [item for item in self._later if item is not route]
        new = self.take_up(task)
        self._later.insert(0, route)
        return new

    def awaits(self, route: Route) -> bool:
        """Whether the caller is put through by `route` after what is under way."""
        return any(item is route for item in self._later)

    def finish(self) -> Progress | Route | None:
        """The task under way is over; what comes next, if anything. A task that comes next is then under way."""
        following = self._later.pop(0) if self._later else None
        self.progress = following if isinstance(following, Progress) else None
        return following

    def snapshot(self) -> dict[str, JsonValue] | None:
        """The task under way and what comes after it, as JSON values."""
        if self.progress is None and not self._later:
            return None
        under_way = {} if self.progress is None else self.progress.snapshot()
        return {**under_way, "later": [_kept(item) for item in self._later]}

    @classmethod
    def restore(cls, agent: Agent, snapshot: object, today: date) -> "Agenda":
        """Take up a snapshot; its values are validated again."""
        progress = _taken_up(agent, snapshot, today)
        later = snapshot.get("later") if isinstance(snapshot, Mapping) else None
        found = [_taken_up(agent, item, today) for item in later] if isinstance(later, list) else []
        under_way = progress if isinstance(progress, Progress) else None
        return cls(under_way, [item for item in found if item is not None])


def _kept(item: Progress | Route) -> dict[str, JsonValue]:
    return item.snapshot() if isinstance(item, Progress) else {"route": item.name}


def _taken_up(agent: Agent, kept: object, today: date) -> Progress | Route | None:
    """None for what the agent file does not know any more."""
    if not isinstance(kept, Mapping):
        return None
    task = agent.task(str(kept.get("task")))
    return agent.route(str(kept.get("route"))) if task is None else Progress.restore(task, kept, today)
