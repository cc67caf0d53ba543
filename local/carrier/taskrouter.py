"""TaskRouter, as far as calls need it: tasks made by <Enqueue workflowSid>, workers, and reservations between them.

One workspace. A worker who is available and fits the task queue's expression is reserved for the oldest task of the
highest priority; the workflow's assignment callback says what to do (`local.carrier.assignment`).
"""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from local.carrier.queues import Member
from local.carrier.record import Webhook, new_sid

DEFAULT_RESERVATION_S = 120
DEFAULT_TASK_S = 86_400
MAX_KEPT = 500

type TaskStatus = Literal["pending", "reserved", "assigned", "wrapping", "completed", "canceled"]
type ReservationStatus = Literal[
    "pending", "accepted", "rejected", "timeout", "canceled", "rescinded", "wrapping", "completed"
]
type Attributes = Mapping[str, object]

_CLAUSE = re.compile(r"""^\s*(\w+)\s*(==|!=|HAS|IN)\s*(.+?)\s*$""")


class BadExpression(ValueError):
    """An expression of target workers that this stand-in cannot evaluate."""


@dataclass(slots=True, kw_only=True)
class Activity:
    sid: str = field(default_factory=lambda: new_sid("WA"))
    name: str
    available: bool


@dataclass(slots=True, kw_only=True)
class Worker:
    """`contact_uri` in the attributes is where they are called."""

    sid: str = field(default_factory=lambda: new_sid("WK"))
    name: str
    attributes: Attributes
    activity: Activity
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    busy: bool = False


@dataclass(slots=True, kw_only=True)
class TaskQueue:
    sid: str = field(default_factory=lambda: new_sid("WQ"))
    name: str
    target_workers: str = "1==1"


@dataclass(slots=True, kw_only=True)
class Workflow:
    """Its configuration here is one task queue: the default filter's."""

    sid: str = field(default_factory=lambda: new_sid("WW"))
    name: str
    queue: TaskQueue
    assignment: Webhook | None = None
    reservation_s: int = DEFAULT_RESERVATION_S


@dataclass(eq=False, slots=True, kw_only=True)
class Task:
    """`member` is the call that waits; None once it has gone, and for tasks made through REST."""

    sid: str = field(default_factory=lambda: new_sid("WT"))
    workflow: Workflow
    attributes: dict[str, object]
    priority: int = 0
    timeout_s: int = DEFAULT_TASK_S
    member: Member | None = None
    status: TaskStatus = "pending"
    reason: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    reservations: "list[Reservation]" = field(default_factory=list)

    @property
    def age_s(self) -> int:
        return int((datetime.now(UTC) - self.created).total_seconds())


@dataclass(eq=False, slots=True, kw_only=True)
class Reservation:
    sid: str = field(default_factory=lambda: new_sid("WR"))
    task: Task
    worker: Worker
    status: ReservationStatus = "pending"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is no longer pending."""


class TaskRouter:
    """The workspace and all that is in it."""

    def __init__(self) -> None:
        self.sid = new_sid("WS")
        self.offline = Activity(name="Offline", available=False)
        self.idle = Activity(name="Available", available=True)
        self.activities = {activity.sid: activity for activity in (self.offline, self.idle)}
        self.workers: OrderedDict[str, Worker] = OrderedDict()
        self.queues: OrderedDict[str, TaskQueue] = OrderedDict()
        self.workflows: OrderedDict[str, Workflow] = OrderedDict()
        self.tasks: OrderedDict[str, Task] = OrderedDict()
        self.changed = asyncio.Event()
        """Set whenever a worker or a task may have become free."""

    def add(self, task: Task) -> None:
        self.tasks[task.sid] = task
        over = [sid for sid, each in self.tasks.items() if each.status in ("completed", "canceled")]
        for sid in over[: max(0, len(over) - MAX_KEPT)]:
            del self.tasks[sid]
        self.changed.set()

    def reserve(self, task: Task) -> Reservation | None:
        """A free worker for this task; those who let it pass once are not asked again while others are left."""
        passed = {reservation.worker.sid for reservation in task.reservations}
        fitting = [
            worker
            for worker in self.workers.values()
            if worker.activity.available and not worker.busy and fits(worker, task.workflow.queue.target_workers)
        ]
        worker = min(fitting, key=lambda each: each.sid in passed, default=None)
        if worker is None:
            return None
        worker.busy = True
        task.status = "reserved"
        reservation = Reservation(task=task, worker=worker)
        task.reservations.append(reservation)
        return reservation

    def reservation(self, sid: str) -> Reservation | None:
        """A pending or accepted one."""
        every = (each for task in self.tasks.values() for each in task.reservations)
        return next((each for each in every if each.sid == sid and each.status in ("pending", "accepted")), None)

    def decide(self, reservation: Reservation, status: ReservationStatus) -> None:
        """How the reservation ends, or begins to be work."""
        if reservation.status != "pending":
            return
        reservation.status = status
        if status == "accepted":
            reservation.task.status = "assigned"
        else:
            reservation.worker.busy = False
            if reservation.task.status == "reserved":
                reservation.task.status = "pending"
            if status == "timeout":
                reservation.worker.activity = self.offline
        reservation.decided.set()
        self.changed.set()

    def finish(self, task: Task, status: Literal["completed", "canceled"], reason: str = "") -> None:
        """The task is over; whoever was at it is free again."""
        if task.status in ("completed", "canceled"):
            return
        task.status, task.reason, task.member = status, reason, None
        for reservation in task.reservations:
            if reservation.status == "pending":
                self.decide(reservation, "canceled")
            elif reservation.status in ("accepted", "wrapping"):
                reservation.status = "completed"
                reservation.worker.busy = False
        self.changed.set()


def fits(worker: Worker, expression: str) -> bool:
    """`1==1`, or comparisons with the worker's attributes joined by AND. Raises BadExpression."""
    if expression.strip() in ("", "1==1", "1 == 1"):
        return True
    return all(_holds(worker.attributes, clause) for clause in re.split(r"\s+AND\s+", expression))


def _holds(attributes: Attributes, clause: str) -> bool:
    found = _CLAUSE.match(clause)
    if found is None:
        raise BadExpression(clause)
    name, operator, written = found.groups()
    try:
        wanted = json.loads(written.replace("'", '"'))
    except ValueError:
        raise BadExpression(clause) from None
    value = attributes.get(name)
    match operator:
        case "==":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case "HAS":
            # On anything but a list it never holds, and nobody says so; as at Twilio.
            return isinstance(value, list) and wanted in value
        case _:
            return isinstance(wanted, list) and value in wanted
