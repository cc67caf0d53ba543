"""A caller waits for a worker: <Enqueue workflowSid>, the assignment callback and its instructions."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from local.carrier.handset import Answer
from local.carrier.phones.script import HangUp, Wait
from local.carrier.server import CallHandle
from tests.local.carrier.office import CALLER, CLINIC, VOICE, Telephony
from tests.local.carrier.people import HUMAN, OTHER, someone
from tests.local.carrier.rest.conftest import Sdk


@dataclass
class Floor:
    """A workspace with a queue, a workflow and workers, made by the SDK."""

    line: Telephony
    sdk: Sdk
    sid: str
    workflow: str
    activities: dict[str, str]

    async def ask(self, what: Any) -> Any:
        return await self.sdk(lambda c: what(c.taskrouter.v1.workspaces(self.sid)))

    async def worker(self, name: str, phone: str, *, activity: str = "Available", **attributes: Any) -> str:
        written = json.dumps({"contact_uri": phone, "skills": ["billing"], **attributes})
        fields = {"friendly_name": name, "attributes": written, "activity_sid": self.activities[activity]}
        made = await self.ask(lambda w: w.workers.create(**fields))
        return str(made.sid)

    def instruct(self, *answers: dict[str, Any]) -> None:
        self.line.office.page("/assign", *(web.json_response(answer) for answer in answers))

    async def caller(self, task: str = '{"intent": "billing"}') -> CallHandle:
        noun = f"<Task priority='3'>{task}</Task>"
        self.line.office.page("/voice", f'<Enqueue workflowSid="{self.workflow}" action="/left">{noun}</Enqueue>')
        self.line.office.page("/left", "<Hangup/>")
        return await self.line.call()

    async def task(self) -> Any:
        (task,) = await self.ask(lambda w: w.tasks.list())
        return task


@pytest.fixture
async def floor(line: Telephony, sdk: Sdk) -> Floor:
    def build(client: Any) -> tuple[str, str, dict[str, str]]:
        (workspace,) = client.taskrouter.v1.workspaces.list()
        room = client.taskrouter.v1.workspaces(workspace.sid)
        queue = room.task_queues.create(friendly_name="billing", target_workers='skills HAS "billing"')
        routing = {"task_routing": {"default_filter": {"queue": queue.sid}}}
        workflow = room.workflows.create(
            friendly_name="calls",
            configuration=json.dumps(routing),
            assignment_callback_url=f"{VOICE}/assign",
            task_reservation_timeout=5,
        )
        return workspace.sid, workflow.sid, {each.friendly_name: each.sid for each in room.activities.list()}

    return Floor(line, sdk, *await sdk(build))


DEQUEUE = {"instruction": "dequeue", "from": CLINIC, "timeout": 5}


async def test_a_worker_is_called_and_connected_with_the_one_who_waits(floor: Floor) -> None:
    worker = await floor.worker("Alice", HUMAN)
    someone(floor.line, Wait(ms=400), HangUp())
    floor.instruct({**DEQUEUE, "post_work_activity_sid": floor.activities["Offline"]})
    call = await floor.caller()
    asked = await floor.line.office.until("/assign")
    assert asked.signed
    assert asked.fields["WorkerSid"] == worker
    attributes = json.loads(asked.fields["TaskAttributes"])
    assert attributes["intent"] == "billing"
    assert (attributes["call_sid"], attributes["from"]) == (call.sid, CALLER)
    left = await floor.line.office.until("/left")
    assert left.fields["QueueResult"] == "bridged"
    assert await call.ended(5) == "completed"
    task = await floor.task()
    assert (task.sid, task.assignment_status, task.priority) == (asked.fields["TaskSid"], "completed", 3)
    (reservation,) = await floor.ask(lambda w: w.tasks(task.sid).reservations.list())
    assert (reservation.sid, reservation.reservation_status) == (asked.fields["ReservationSid"], "completed")
    assert (await floor.ask(lambda w: w.workers(worker).fetch())).activity_name == "Offline"


async def test_who_does_not_answer_goes_offline_and_the_next_is_called(floor: Floor) -> None:
    first = await floor.worker("Alice", OTHER)
    await floor.worker("Bob", HUMAN)
    someone(floor.line, at=OTHER, answer=Answer.BUSY)
    someone(floor.line, Wait(ms=200), HangUp())
    floor.instruct(DEQUEUE)
    call = await floor.caller()
    assert (await floor.line.office.until("/left")).fields["QueueResult"] == "bridged"
    await call.ended(5)
    assert (await floor.ask(lambda w: w.workers(first).fetch())).activity_name == "Offline"
    task = await floor.task()
    reservations = await floor.ask(lambda w: w.tasks(task.sid).reservations.list())
    assert [each.reservation_status for each in reservations] == ["timeout", "completed"]


async def test_nobody_is_asked_who_is_not_there_or_not_able_until_they_are(floor: Floor) -> None:
    away = await floor.worker("Alice", HUMAN, activity="Offline")
    await floor.worker("Bob", OTHER, skills=["sales"])
    someone(floor.line, Wait(ms=200), HangUp())
    floor.instruct(DEQUEUE)
    call = await floor.caller()
    await call.timeline.until("queue", 5, state="waiting")
    assert (await floor.task()).assignment_status == "pending"
    available = floor.activities["Available"]
    await floor.ask(lambda w: w.workers(away).update(activity_sid=available))
    assert (await floor.line.office.until("/left")).fields["QueueResult"] == "bridged"
    await call.ended(5)


async def test_a_rejected_task_goes_to_another_and_a_caller_who_leaves_cancels_it(floor: Floor) -> None:
    await floor.worker("Alice", HUMAN)
    await floor.worker("Bob", OTHER)
    floor.instruct({"instruction": "reject"}, {})
    call = await floor.caller()
    await floor.line.office.until("/assign", 2)
    workers = [request.fields["WorkerName"] for request in floor.line.office.at("/assign")]
    assert workers[:2] == ["Alice", "Bob"]
    call.hang_up()
    assert await call.ended(5) == "completed"
    task = await floor.task()
    assert (task.assignment_status, task.reason) == ("canceled", "hangup")


async def test_both_may_meet_in_a_conference(floor: Floor) -> None:
    await floor.worker("Alice", HUMAN)
    someone(floor.line, Wait(ms=60_000))
    floor.instruct({"instruction": "conference", "from": CLINIC, "end_conference_on_customer_exit": True})
    call = await floor.caller()
    assert (await floor.line.office.until("/left")).fields["QueueResult"] == "redirected"
    await call.timeline.until("conference", 5, event="participant-join")
    task = await floor.task()
    conference = floor.line.carrier.exchange.conferences.find(task.sid)
    assert conference is not None
    assert task.assignment_status == "assigned"
    completed = await floor.ask(lambda w: w.tasks(task.sid).update(assignment_status="completed", reason="solved"))
    assert (completed.assignment_status, completed.reason) == ("completed", "solved")
    call.hang_up()
    await call.ended(5)
    legs = [other for other in floor.line.carrier.calls() if other.sid != call.sid]
    assert [await leg.ended(5) for leg in legs] == ["completed"]


async def test_a_redirect_leads_the_caller_to_a_document(floor: Floor) -> None:
    await floor.worker("Alice", HUMAN)
    floor.instruct({"instruction": "redirect", "url": f"{VOICE}/elsewhere", "accept": True})
    floor.line.office.page("/elsewhere", "<Hangup/>")
    call = await floor.caller()
    await floor.line.office.until("/elsewhere")
    assert await call.ended(5) == "completed"
    assert (await floor.task()).assignment_status == "assigned"


async def test_a_called_worker_may_take_the_caller_by_the_reservation(floor: Floor) -> None:
    await floor.worker("Alice", HUMAN)
    someone(floor.line, Wait(ms=400), HangUp())

    async def take(request: web.Request) -> web.StreamResponse:
        reservation = floor.line.office.at("/assign")[0].fields["ReservationSid"]
        document = f'<Response><Dial><Queue reservationSid="{reservation}"/></Dial></Response>'
        return web.Response(text=document, content_type="text/xml")

    floor.line.office.page("/worker", take)
    floor.instruct({"instruction": "call", "from": CLINIC, "url": f"{VOICE}/worker"})
    call = await floor.caller()
    assert (await floor.line.office.until("/left")).fields["QueueResult"] == "bridged"
    assert await call.ended(5) == "completed"
    assert (await floor.task()).assignment_status == "completed"


@pytest.mark.parametrize(
    "instruction",
    [
        {"instruction": "dance"},
        {"instruction": "call", "from": CLINIC},
        {"instruction": "dequeue", "from": "+14155559999"},
    ],
)
async def test_an_instruction_that_cannot_be_obeyed_is_in_the_log(floor: Floor, instruction: dict[str, Any]) -> None:
    await floor.worker("Alice", HUMAN)
    floor.instruct(instruction)
    call = await floor.caller()
    await call.timeline.until("error", 5, code=40001)
    call.hang_up()
    await call.ended(5)


async def test_a_reservation_can_be_answered_over_rest(floor: Floor) -> None:
    await floor.worker("Alice", HUMAN)
    floor.instruct({})
    call = await floor.caller()
    await floor.line.office.until("/assign")
    task = await floor.task()
    (pending,) = await floor.ask(lambda w: w.tasks(task.sid).reservations.list())
    taken = await floor.ask(lambda w: w.tasks(task.sid).reservations(pending.sid).update(reservation_status="accepted"))
    assert taken.reservation_status == "accepted"
    call.hang_up()
    await call.ended(5)


async def test_what_is_not_simulated_is_refused(floor: Floor) -> None:
    room = floor.sid
    expression = await floor.sdk.refusal(
        lambda c: c.taskrouter.v1.workspaces(room).task_queues.create(
            friendly_name="q", target_workers="a CONTAINS 'b'"
        )
    )
    assert expression.code == 20001
    filters = {"task_routing": {"filters": [{}], "default_filter": {"queue": "WQ1"}}}
    workflow = await floor.sdk.refusal(
        lambda c: c.taskrouter.v1.workspaces(room).workflows.create(
            friendly_name="w", configuration=json.dumps(filters)
        )
    )
    assert workflow.code == 20001
    other = await floor.sdk.refusal(lambda c: c.taskrouter.v1.workspaces("WS0").workers("WK0").fetch())
    assert other.status == 404
