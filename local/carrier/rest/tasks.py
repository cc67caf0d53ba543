"""TaskRouter's tasks and the reservations of workers for them: list, fetch, complete, cancel, accept, reject."""

import json
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.rest.form import Refused, read_form
from local.carrier.rest.lists import meta_page
from local.carrier.rest.taskrouter import check_workspace, find, iso, read_attributes
from local.carrier.taskrouter import Reservation, Task


class TasksApi:
    """Handlers; the credentials have been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._router = exchange.router
        self._account_sid = exchange.plant.account_sid

    def routes(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]]:
        tasks = "/Workspaces/{workspace}/Tasks"
        task, reservation = tasks + "/{task}", tasks + "/{task}/Reservations/{reservation}"
        return [
            ("GET", tasks, self.tasks),
            ("GET", task, self.task),
            ("POST", task, self.update_task),
            ("GET", task + "/Reservations", self.reservations),
            ("GET", reservation, self.reservation),
            ("POST", reservation, self.update_reservation),
        ]

    async def tasks(self, request: web.Request) -> web.Response:
        check_workspace(self._router, request)
        status = request.query.get("AssignmentStatus")
        found = [task for task in self._router.tasks.values() if status in (None, task.status)]
        return meta_page(request, "tasks", [self._task_json(task) for task in found])

    async def task(self, request: web.Request) -> web.Response:
        return web.json_response(self._task_json(find(self._router, request, self._router.tasks, "task")))

    async def update_task(self, request: web.Request) -> web.Response:
        task = find(self._router, request, self._router.tasks, "task")
        form = await read_form(request)
        status = form.one_of("AssignmentStatus", "wrapping", "completed", "canceled")
        if "Attributes" in form:
            task.attributes = dict(read_attributes(form))
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
        task = find(self._router, request, self._router.tasks, "task")
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

    def _reservation(self, request: web.Request) -> Reservation:
        task = find(self._router, request, self._router.tasks, "task")
        found = next((each for each in task.reservations if each.sid == request.match_info["reservation"]), None)
        if found is None:
            raise Refused(20404, 404)
        return found

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
            date_created=iso(task.created),
        )

    def _reservation_json(self, reservation: Reservation) -> dict[str, object]:
        return self._json(
            reservation.sid,
            reservation_status=reservation.status,
            task_sid=reservation.task.sid,
            worker_sid=reservation.worker.sid,
            worker_name=reservation.worker.name,
            date_created=iso(reservation.created),
        )

    def _json(self, sid: str, **more: object) -> dict[str, object]:
        return {"sid": sid, "account_sid": self._account_sid, "workspace_sid": self._router.sid, **more}
