"""TaskRouter's `/v1/Workspaces`: one workspace; workers, task queues, workflows, tasks and reservations in it."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.rest.form import Form, Refused, read_form
from local.carrier.rest.lists import meta_page
from local.carrier.taskrouter import (
    BadExpression,
    Reservation,
    Task,
    TaskQueue,
    Worker,
    Workflow,
    fits,
)

MAX_RESERVATION_S = 86_400


class TaskRouterApi:
    """Handlers; the credentials have been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._router = exchange.router
        self._account_sid = exchange.plant.account_sid

    def routes(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]]:
        task, reservation = "/Tasks/{task}", "/Tasks/{task}/Reservations/{reservation}"
        return [
            ("GET", "/Workspaces", self.workspaces),
            ("GET", "/Workspaces/{workspace}/Activities", self.activities),
            ("POST", "/Workspaces/{workspace}/Workers", self.create_worker),
            ("GET", "/Workspaces/{workspace}/Workers", self.workers),
            ("GET", "/Workspaces/{workspace}/Workers/{worker}", self.worker),
            ("POST", "/Workspaces/{workspace}/Workers/{worker}", self.update_worker),
            ("POST", "/Workspaces/{workspace}/TaskQueues", self.create_queue),
            ("POST", "/Workspaces/{workspace}/Workflows", self.create_workflow),
            ("GET", "/Workspaces/{workspace}/Tasks", self.tasks),
            ("GET", "/Workspaces/{workspace}" + task, self.task),
            ("POST", "/Workspaces/{workspace}" + task, self.update_task),
            ("GET", "/Workspaces/{workspace}" + task + "/Reservations", self.reservations),
            ("GET", "/Workspaces/{workspace}" + reservation, self.reservation),
            ("POST", "/Workspaces/{workspace}" + reservation, self.update_reservation),
        ]

    async def workspaces(self, request: web.Request) -> web.Response:
        return meta_page(request, "workspaces", [self._json(self._router.sid, friendly_name="Switchboard")])

    async def activities(self, request: web.Request) -> web.Response:
        self._check(request)
        found = [
            self._json(each.sid, friendly_name=each.name, available=each.available)
            for each in self._router.activities.values()
        ]
        return meta_page(request, "activities", found)

    async def create_worker(self, request: web.Request) -> web.Response:
        self._check(request)
        form = await read_form(request)
        activity = self._activity(form) if "ActivitySid" in form else self._router.offline
        worker = Worker(name=_name(form), attributes=_attributes(form), activity=activity)
        self._router.workers[worker.sid] = worker
        self._router.changed.set()
        return web.json_response(self._worker_json(worker), status=201)

    async def workers(self, request: web.Request) -> web.Response:
        self._check(request)
        return meta_page(request, "workers", [self._worker_json(each) for each in self._router.workers.values()])

    async def worker(self, request: web.Request) -> web.Response:
        return web.json_response(self._worker_json(self._find(request, self._router.workers, "worker")))

    async def update_worker(self, request: web.Request) -> web.Response:
        worker = self._find(request, self._router.workers, "worker")
        form = await read_form(request)
        if "Attributes" in form:
            worker.attributes = _attributes(form)
        if "ActivitySid" in form:
            worker.activity = self._activity(form)
        self._router.changed.set()
        return web.json_response(self._worker_json(worker))

    async def create_queue(self, request: web.Request) -> web.Response:
        self._check(request)
        form = await read_form(request)
        queue = TaskQueue(name=_name(form), target_workers=form.get("TargetWorkers", "1==1"))
        try:
            fits(Worker(name="", attributes={}, activity=self._router.idle), queue.target_workers)
        except BadExpression:
            raise Refused(20001, why="'TargetWorkers' is not simulated: use ==, !=, HAS, IN and AND") from None
        self._router.queues[queue.sid] = queue
        shown = self._json(queue.sid, friendly_name=queue.name, target_workers=queue.target_workers)
        return web.json_response(shown, status=201)

    async def create_workflow(self, request: web.Request) -> web.Response:
        """Of its configuration only the default filter's queue is simulated."""
        self._check(request)
        form = await read_form(request)
        workflow = Workflow(
            name=_name(form),
            queue=self._default_queue(form),
            assignment=form.webhook("AssignmentCallbackUrl", "AssignmentCallbackMethod", 21205),
            reservation_s=form.whole("TaskReservationTimeout", 120, 1, MAX_RESERVATION_S),
        )
        self._router.workflows[workflow.sid] = workflow
        shown = self._json(
            workflow.sid,
            friendly_name=workflow.name,
            configuration=form.get("Configuration"),
            assignment_callback_url=workflow.assignment.url if workflow.assignment else None,
            task_reservation_timeout=workflow.reservation_s,
        )
        return web.json_response(shown, status=201)

    async def tasks(self, request: web.Request) -> web.Response:
        self._check(request)
        status = request.query.get("AssignmentStatus")
        found = [task for task in self._router.tasks.values() if status in (None, task.status)]
        return meta_page(request, "tasks", [self._task_json(task) for task in found])

    async def task(self, request: web.Request) -> web.Response:
        return web.json_response(self._task_json(self._find(request, self._router.tasks, "task")))

    async def update_task(self, request: web.Request) -> web.Response:
        task = self._find(request, self._router.tasks, "task")
        form = await read_form(request)
        status = form.one_of("AssignmentStatus", "wrapping", "completed", "canceled")
        if "Attributes" in form:
            task.attributes = dict(_attributes(form))
        if status == "canceled" and task.status not in ("pending", "reserved"):
            raise Refused(20001, why="only a pending or reserved task can be canceled")
        if status == "wrapping" and task.status == "assigned":
            task.status = "wrapping"
        elif status == "completed" and task.status in ("assigned", "wrapping"):
            self._router.finish(task, "completed", form.get("Reason"))
        elif status == "canceled":
            self._router.finish(task, "canceled", form.get("Reason"))
        elif status:
            raise Refused(20001, why="only an assigned task can be completed")
        return web.json_response(self._task_json(task))

    async def reservations(self, request: web.Request) -> web.Response:
        task = self._find(request, self._router.tasks, "task")
        return meta_page(request, "reservations", [self._reservation_json(each) for each in task.reservations])

    async def reservation(self, request: web.Request) -> web.Response:
        return web.json_response(self._reservation_json(self._reservation(request)))

    async def update_reservation(self, request: web.Request) -> web.Response:
        """Accept or reject; instructions are for the assignment callback here."""
        reservation = self._reservation(request)
        form = await read_form(request)
        if "Instruction" in form:
            raise Refused(20001, why="'Instruction' is simulated in the assignment callback only")
        word = form.one_of("ReservationStatus", "accepted", "rejected")
        status: Literal["accepted", "rejected"] = "accepted" if word == "accepted" else "rejected"
        if word is None or reservation.status != "pending":
            raise Refused(20001, why="a pending reservation can be accepted or rejected")
        self._router.decide(reservation, status)
        return web.json_response(self._reservation_json(reservation))

    def _check(self, request: web.Request) -> None:
        if request.match_info["workspace"] != self._router.sid:
            raise Refused(20404, 404)

    def _find[Thing](self, request: web.Request, things: dict[str, Thing], kind: str) -> Thing:
        self._check(request)
        found = things.get(request.match_info[kind])
        if found is None:
            raise Refused(20404, 404)
        return found

    def _reservation(self, request: web.Request) -> Reservation:
        task = self._find(request, self._router.tasks, "task")
        found = next((each for each in task.reservations if each.sid == request.match_info["reservation"]), None)
        if found is None:
            raise Refused(20404, 404)
        return found

    def _activity(self, form: Form) -> Any:
        activity = self._router.activities.get(form.get("ActivitySid"))
        if activity is None:
            raise Refused(20001, why="'ActivitySid' is not an activity")
        return activity

    def _default_queue(self, form: Form) -> TaskQueue:
        try:
            routing = json.loads(form.get("Configuration"))["task_routing"]
            sid, filters = routing["default_filter"]["queue"], routing.get("filters")
        except (ValueError, KeyError, TypeError):
            raise Refused(20001, why="'Configuration' needs task_routing.default_filter.queue") from None
        if filters or sid not in self._router.queues:
            raise Refused(20001, why="'Configuration': filters are not simulated, and the queue must exist")
        return self._router.queues[sid]

    def _worker_json(self, worker: Worker) -> dict[str, object]:
        return self._json(
            worker.sid,
            friendly_name=worker.name,
            attributes=json.dumps(dict(worker.attributes)),
            activity_sid=worker.activity.sid,
            activity_name=worker.activity.name,
            available=worker.activity.available,
            date_created=_iso(worker.created),
        )

    def _task_json(self, task: Task) -> dict[str, object]:
        return self._json(
            task.sid,
            assignment_status=task.status,
            attributes=json.dumps(task.attributes),
            priority=task.priority,
            timeout=task.timeout_s,
            age=task.age_s,
            reason=task.reason or None,
            workflow_sid=task.workflow.sid,
            workflow_friendly_name=task.workflow.name,
            task_queue_sid=task.workflow.queue.sid,
            task_queue_friendly_name=task.workflow.queue.name,
            date_created=_iso(task.created),
        )

    def _reservation_json(self, reservation: Reservation) -> dict[str, object]:
        return self._json(
            reservation.sid,
            reservation_status=reservation.status,
            task_sid=reservation.task.sid,
            worker_sid=reservation.worker.sid,
            worker_name=reservation.worker.name,
            date_created=_iso(reservation.created),
        )

    def _json(self, sid: str, **more: object) -> dict[str, object]:
        return {"sid": sid, "account_sid": self._account_sid, "workspace_sid": self._router.sid, **more}


def _name(form: Form) -> str:
    name = form.get("FriendlyName")
    if not name:
        raise Refused(20001, why="'FriendlyName' is required")
    return name[:64]


def _attributes(form: Form) -> dict[str, object]:
    try:
        attributes = json.loads(form.get("Attributes", "{}"))
    except ValueError:
        attributes = None
    if not isinstance(attributes, dict):
        raise Refused(20001, why="'Attributes' must be a JSON object")
    return attributes


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
