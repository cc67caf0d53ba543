"""<Enqueue>: the call waits with music, until somebody takes it, it leaves, or it is led elsewhere."""

import asyncio
import json

from local.carrier.assignment import route
from local.carrier.call import Call
from local.carrier.courier import Undelivered
from local.carrier.page import End, Leave, Next, Page, ask
from local.carrier.queues import MAX_NAME_CHARS, Claim, Member, Queue
from local.carrier.taskrouter import DEFAULT_TASK_S, Task
from local.carrier.twiml import BadTwiml, Element, Rule, anything, http_method, whole
from local.carrier.verbs.flow import HANGUP
from local.carrier.verbs.gather import GATHER
from local.carrier.verbs.verb import Verb
from local.carrier.verbs.waiting import WAITING_VERBS, accompany, play_tune
from local.carrier.waits import first

_RULE = Rule(
    {
        "action": anything,
        "method": http_method,
        "waitUrl": anything,
        "waitUrlMethod": http_method,
        "maxQueueSize": whole(1, 5000),
        "workflowSid": anything,
    },
    children={"Task": Rule({"priority": whole(0, 2**31 - 1), "timeout": whole(1, 1_209_600)}, text=True)},
    text=False,
)


async def _leave(call: Call, verb: Element, page: Page) -> Next:
    return Leave()


async def _stay(call: Call, verb: Element, page: Page) -> Next:
    call.timeline.fault(12200, "Leave outside a queue")
    return None


LEAVE = Verb(Rule(), _stay)
_TASK_FIELDS = ("CallSid", "From", "To", "Caller", "Called", "Direction", "CallStatus", "AccountSid", "ApiVersion")
_VERBS = {**WAITING_VERBS, "Gather": GATHER, "Hangup": HANGUP, "Leave": Verb(Rule(), _leave)}


async def _enqueue(call: Call, verb: Element, page: Page) -> Next:
    action = page.action(verb)
    queue, task = _queue(call, verb), _task(call, verb)
    if queue is None:
        return ask(action, [("QueueResult", "error")])
    member = queue.enter(call)
    if member is None:
        return ask(action, [("QueueResult", "queue-full")])
    call.timeline.note("queue", queue_sid=queue.sid, state="waiting")
    result = "hangup"
    if task:
        task.member = member
    try:
        result = await _wait(call, verb, page, member, task)
    except asyncio.CancelledError:
        claimed = "bridged" if member.claim.done() else "hangup"
        result = claimed if call.ending else "redirected-from-bridged" if member.claim.done() else "redirected"
        if action:
            call.notify(action, [*call.record.fields(), *_fields(member, result)], "action")
        raise
    finally:
        queue.leave(member)
        if task and (result != "redirected" or task.status != "assigned"):
            # Who was redirected to their worker is still being served.
            call.host.router.finish(task, "completed" if task.status == "assigned" else "canceled", result)
        call.timeline.note("queue", queue_sid=queue.sid, state="left", result=result)
    return End() if result == "hangup" else ask(action, _fields(member, result))


async def _wait(call: Call, verb: Element, page: Page, member: Member, task: Task | None) -> str:
    """The QueueResult."""
    if task:
        call.host.router.add(task)
    routing = call.beside(route(call.host.router, task, member)) if task else None
    try:
        return await _serve(call, verb, page, member, task)
    finally:
        if routing:
            routing.cancel()


async def _serve(call: Call, verb: Element, page: Page, member: Member, task: Task | None) -> str:
    step: Next = None
    failed = False

    async def listen() -> None:
        nonlocal step
        step = await _music(call, verb, page, member)

    try:
        await first(listen(), asyncio.wait({member.claim}), _expire(call, task))
    except* (Undelivered, BadTwiml) as failures:
        failed = True
        for failure in failures.exceptions:
            call.timeline.fault(getattr(failure, "code", 11200), "Enqueue waitUrl")
    if failed:
        return "error"
    if member.claim.done():
        await _talk(call, member, member.claim.result())
        return "bridged"
    expired = task is not None and task.status == "canceled"
    return "leave" if expired or isinstance(step, Leave) else "hangup"


async def _expire(call: Call, task: Task | None) -> None:
    """Returns when nobody took the task in its time to live. Twilio does not say what its call does then: it leaves."""
    if task is None:
        await asyncio.Event().wait()
    else:
        await call.line.wait(task.timeout_s * 1000)
        if task.status == "assigned":
            await asyncio.Event().wait()
        call.host.router.finish(task, "canceled", "Task TTL Exceeded")


async def _music(call: Call, verb: Element, page: Page, member: Member) -> Next:
    music = page.webhook(verb, "waitUrl")
    if music:
        return await accompany(call, music, verbs=_VERBS, fields=member.fields, after="again")
    if "waitUrl" in verb.attributes:
        await asyncio.Event().wait()
    await play_tune(call.line)
    return None


async def _talk(call: Call, member: Member, claim: Claim) -> None:
    """With whoever took the call out of the queue, after the whisper for this side."""
    if claim.whisper:
        told = [("QueueSid", member.queue.sid), ("QueueTime", str(member.waited_s)), ("DequeingCallSid", claim.by)]
        try:
            await accompany(call, claim.whisper, fields=lambda: told, after="return")
        except (Undelivered, BadTwiml) as failed:
            call.timeline.fault(failed.code, "Queue url")
    call.timeline.note("queue", queue_sid=member.queue.sid, state="bridged", by=claim.by)
    claim.ready.set()
    await claim.bridge.talk(call.line)


def _queue(call: Call, verb: Element) -> Queue | None:
    if workflow := verb.get("workflowSid", ""):
        if workflow not in call.host.router.workflows:
            call.timeline.fault(12200, "Enqueue workflowSid")
            return None
        return call.host.queues.open(workflow)
    if not 0 < len(verb.text) <= MAX_NAME_CHARS:
        call.timeline.fault(12200, "Enqueue: the name of a queue has 1 to 64 characters")
        return None
    queue = call.host.queues.open(verb.text)
    if "maxQueueSize" in verb.attributes:
        queue.most = verb.number("maxQueueSize", queue.most)
    return queue


def _task(call: Call, verb: Element) -> Task | None:
    """Of a workflow: the attributes given, and what the call says of itself."""
    workflow = call.host.router.workflows.get(verb.get("workflowSid", ""))
    if workflow is None:
        return None
    given = next((child for child in verb.children if child.name == "Task"), Element("Task"))
    try:
        attributes = json.loads(given.text or "{}")
    except ValueError:
        attributes = None
    if not isinstance(attributes, dict):
        call.timeline.fault(12200, "Task: not a JSON object")
        attributes = {}
    told = {
        "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_"): value
        for name, value in call.record.fields()
        if name in _TASK_FIELDS
    }
    return Task(
        workflow=workflow,
        attributes=told | attributes,
        priority=given.number("priority", 0),
        timeout_s=given.number("timeout", DEFAULT_TASK_S),
    )


def _fields(member: Member, result: str) -> list[tuple[str, str]]:
    return [("QueueResult", result), ("QueueSid", member.queue.sid), ("QueueTime", str(member.waited_s))]


ENQUEUE = Verb(_RULE, _enqueue)
