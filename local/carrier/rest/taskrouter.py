"""TaskRouter's `/v1/Workspaces`: one workspace; activities, workers, task queues and workflows in it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.rest.form import Form, Refused, read_form
from local.carrier.rest.lists import meta_page
from local.carrier.taskrouter import (
    Activity,
    BadExpression,
    TaskQueue,
    TaskRouter,
    Worker,
    Workflow,
    fits,
)

MAX_RESERVATION_S = 86_400


class WorkspaceApi:
    """Handlers; the credentials have been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._router = exchange.router
        self._account_sid = exchange.plant.account_sid

    def routes(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]]:
        return [
            ("GET", "/Workspaces", self.workspaces),
            ("GET", "/Workspaces/{workspace}/Activities", self.activities),
            ("POST", "/Workspaces/{workspace}/Workers", self.create_worker),
            ("GET", "/Workspaces/{workspace}/Workers", self.workers),
            ("GET", "/Workspaces/{workspace}/Workers/{worker}", self.worker),
            ("POST", "/Workspaces/{workspace}/Workers/{worker}", self.update_worker),
            ("POST", "/Workspaces/{workspace}/TaskQueues", self.create_queue),
            ("POST", "/Workspaces/{workspace}/Workflows", self.create_workflow),
        ]

    async def workspaces(self, request: web.Request) -> web.Response:
        return meta_page(request, "workspaces", [self._json(self._router.sid, friendly_name="Switchboard")])

    async def activities(self, request: web.Request) -> web.Response:
        check_workspace(self._router, request)
        found = [
            self._json(each.sid, friendly_name=each.name, available=each.available)
            for each in self._router.activities.values()
        ]
        return meta_page(request, "activities", found)

    async def create_worker(self, request: web.Request) -> web.Response:
        check_workspace(self._router, request)
        form = await read_form(request)
        activity = self._activity(form) if "ActivitySid" in form else self._router.offline
        worker = Worker(name=_name(form), attributes=read_attributes(form), activity=activity)
        self._router.workers[worker.sid] = worker
        self._router.changed.set()
        return web.json_response(self._worker_json(worker), status=201)

    async def workers(self, request: web.Request) -> web.Response:
        check_workspace(self._router, request)
        return meta_page(request, "workers", [self._worker_json(each) for each in self._router.workers.values()])

    async def worker(self, request: web.Request) -> web.Response:
        return web.json_response(self._worker_json(find(self._router, request, self._router.workers, "worker")))

    async def update_worker(self, request: web.Request) -> web.Response:
        worker = find(self._router, request, self._router.workers, "worker")
        form = await read_form(request)
        if "Attributes" in form:
            worker.attributes = read_attributes(form)
        if "ActivitySid" in form:
            worker.activity = self._activity(form)
        self._router.changed.set()
        return web.json_response(self._worker_json(worker))

    async def create_queue(self, request: web.Request) -> web.Response:
        check_workspace(self._router, request)
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
        check_workspace(self._router, request)
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

    def _activity(self, form: Form) -> Activity:
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
            date_created=iso(worker.created),
        )

    def _json(self, sid: str, **more: object) -> dict[str, object]:
        return {"sid": sid, "account_sid": self._account_sid, "workspace_sid": self._router.sid, **more}


def _name(form: Form) -> str:
    name = form.get("FriendlyName")
    if not name:
        raise Refused(20001, why="'FriendlyName' is required")
    return name[:64]


def read_attributes(form: Form) -> dict[str, object]:
    try:
        attributes = json.loads(form.get("Attributes", "{}"))
    except ValueError:
        attributes = None
    if not isinstance(attributes, dict):
        raise Refused(20001, why="'Attributes' must be a JSON object")
    return attributes


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def check_workspace(router: TaskRouter, request: web.Request) -> None:
    """Raises Refused for another workspace."""
    if request.match_info["workspace"] != router.sid:
        raise Refused(20404, 404)


def find[Thing](router: TaskRouter, request: web.Request, things: Mapping[str, Thing], kind: str) -> Thing:
    """What the path names. Raises Refused."""
    check_workspace(router, request)
    found = things.get(request.match_info[kind])
    if found is None:
        raise Refused(20404, 404)
    return found
