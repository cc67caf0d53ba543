"""Offering a TaskRouter task to workers: the assignment callback, and the instruction it answers.

Only calls are tasks here. An instruction that this stand-in does not know is told to the error log, and the reservation
runs out.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.carrier.call import Call, CallOver
from local.carrier.courier import Undelivered
from local.carrier.legs import Leg
from local.carrier.page import Fetch, Inline
from local.carrier.queues import Claim, Member
from local.carrier.record import Plan, Webhook, is_e164, is_sip
from local.carrier.taskrouter import Reservation, Task, TaskRouter
from local.carrier.waits import first
from shared.wire import twiml
from shared.wire.twiml_dialing import Conference, Dial

_DEFAULT_RING_S = 60


class BadInstruction(ValueError):
    """The answer to an assignment callback cannot be obeyed; TaskRouter's error 40001 in the log."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A reservation of a waiting call's task, and the answer to its assignment callback."""

    router: TaskRouter
    reservation: Reservation
    member: Member
    answer: dict[str, Any]

    @property
    def call(self) -> Call:
        return self.member.call

    def text(self, name: str, default: str = "") -> str:
        value = self.answer.get(name, default)
        return value if isinstance(value, str) else str(value)


async def route(router: TaskRouter, task: Task, member: Member) -> None:
    """Until the task is over: to one worker after the other while it is pending. Then waits to be cancelled."""
    while task.status not in ("completed", "canceled"):
        router.changed.clear()
        reservation = router.reserve(task) if task.status == "pending" else None
        if reservation is None:
            await router.changed.wait()
        else:
            await _offer(router, reservation, member)


async def _offer(router: TaskRouter, reservation: Reservation, member: Member) -> None:
    """Returns when it is decided, and done; a reservation that is not decided in time runs out."""

    async def ask_and_do() -> None:
        answer = await _ask(router, reservation, member)
        if answer is not None:
            await _obey(_Offer(router, reservation, member, answer))
        await reservation.decided.wait()

    async def run_out() -> None:
        limit_s = reservation.task.workflow.reservation_s / member.call.plant.pace
        if await first(reservation.decided.wait(), timeout_s=limit_s) is not None:
            await asyncio.Event().wait()

    try:
        await first(ask_and_do(), run_out())
    finally:
        router.decide(reservation, "timeout" if not member.gone.is_set() else "canceled")


async def _ask(router: TaskRouter, reservation: Reservation, member: Member) -> dict[str, Any] | None:
    """The instruction; None, and noted, when there is none."""
    task, worker = reservation.task, reservation.worker
    if task.workflow.assignment is None:
        return None
    fields = [
        ("Timestamp", str(int(datetime.now(UTC).timestamp()))),
        ("AccountSid", member.call.record.account_sid),
        ("WorkspaceSid", router.sid),
        ("WorkflowSid", task.workflow.sid),
        ("TaskQueueSid", task.workflow.queue.sid),
        ("WorkerSid", worker.sid),
        ("WorkerName", worker.name),
        ("WorkerAttributes", json.dumps(dict(worker.attributes))),
        ("TaskSid", task.sid),
        ("TaskAttributes", json.dumps(task.attributes)),
        ("TaskAge", str(task.age_s)),
        ("TaskPriority", str(task.priority)),
        ("ReservationSid", reservation.sid),
    ]
    try:
        reply = await member.call.mail.request(task.workflow.assignment, fields, "assignment")
        answer = json.loads(reply.body or b"{}")
    except (Undelivered, ValueError) as failed:
        member.call.timeline.fault(getattr(failed, "code", 40001), "assignment callback")
        return None
    return answer if isinstance(answer, dict) and "instruction" in answer else None


async def _obey(offer: _Offer) -> None:
    router, reservation = offer.router, offer.reservation
    try:
        match offer.answer["instruction"]:
            case "accept":
                router.decide(reservation, "accepted")
            case "reject":
                _move(offer, "activity_sid")
                router.decide(reservation, "rejected")
            case "dequeue":
                await _dequeue(offer)
            case "conference":
                await _confer(offer)
            case "call":
                await _call(offer)
            case "redirect":
                _redirect(offer)
            case unknown:
                raise BadInstruction(f"instruction {str(unknown)[:40]!r}")
    except BadInstruction as bad:
        offer.call.timeline.fault(40001, str(bad))


async def _dequeue(offer: _Offer) -> None:
    """The worker is called and connected with the one who waits."""
    leg = Leg(_ring(offer, Plan(twiml="<Response/>", ring_s=_ring_s(offer))))
    try:
        await leg.decided()
        if not leg.call.answered or not await leg.accepted():
            offer.router.decide(offer.reservation, "timeout")
            return
        claim = Claim(by=leg.call.record.sid)
        if offer.member.queue.give(offer.member, claim):
            leg.connect(claim.bridge)
            offer.router.decide(offer.reservation, "accepted")
            # Where the worker is after the call can be said now: until its end they are taken.
            _move(offer, "post_work_activity_sid")
            await claim.bridge.over.wait()
    finally:
        leg.hang_up()


async def _confer(offer: _Offer) -> None:
    """Both meet in a conference named after the task; the one who waits is led there when the worker picks up."""
    name = offer.reservation.task.sid
    worker_leaves = bool(offer.answer.get("end_conference_on_exit", False))
    caller_leaves = bool(offer.answer.get("end_conference_on_customer_exit", False))
    noun = Conference(name, end_conference_on_exit=worker_leaves, beep="false")
    leg = _ring(offer, Plan(twiml=twiml.response(Dial(nouns=(noun,))), ring_s=_ring_s(offer)))
    await first(leg.picked_up.wait(), leg.over.wait())
    if not leg.answered:
        offer.router.decide(offer.reservation, "timeout")
        return
    offer.router.decide(offer.reservation, "accepted")
    noun = Conference(name, end_conference_on_exit=caller_leaves, beep="false")
    _lead(offer.call, Inline(twiml.response(Dial(nouns=(noun,)))))


async def _call(offer: _Offer) -> None:
    """The worker is called and hears a document, which may take the one who waits: <Queue reservationSid>."""
    url = offer.text("url")
    if not url:
        raise BadInstruction("call without url")
    leg = _ring(offer, Plan(voice=Webhook(url), ring_s=_ring_s(offer)))
    await first(leg.picked_up.wait(), leg.over.wait())
    if not leg.answered:
        offer.router.decide(offer.reservation, "timeout")
    elif offer.answer.get("accept"):
        offer.router.decide(offer.reservation, "accepted")


def _redirect(offer: _Offer) -> None:
    """A call is led to a document: by default the one that waits."""
    url = offer.text("url")
    if not url or offer.text("call_sid", offer.call.record.sid) != offer.call.record.sid:
        raise BadInstruction("redirect needs a url, and the waiting call's call_sid")
    if offer.answer.get("accept"):
        offer.router.decide(offer.reservation, "accepted")
    _lead(offer.call, Fetch(url, "POST", "update"))


def _lead(call: Call, source: Fetch | Inline) -> None:
    try:
        call.redirect(source)
    except CallOver:
        call.timeline.note("queue", state="gone before it was led on")


def _ring(offer: _Offer, plan: Plan) -> Call:
    """Raises BadInstruction when there is nobody to call, or in nobody's name."""
    to = offer.text("to") or str(offer.reservation.worker.attributes.get("contact_uri", ""))
    from_ = offer.text("from") or offer.call.record.to
    if not is_e164(to) and not is_sip(to):
        raise BadInstruction("no number of the worker: 'to', or contact_uri in the attributes")
    if not offer.call.host.owns(from_):
        raise BadInstruction("'from' is not a number of this account")
    call = offer.call.host.dial_out(from_, to, plan)
    offer.call.timeline.note("leg", leg_sid=call.record.sid)
    return call


def _ring_s(offer: _Offer) -> int:
    given = offer.text("timeout", str(_DEFAULT_RING_S))
    if not given.isdigit() or not 1 <= int(given) <= 600:
        raise BadInstruction("'timeout' is 1 to 600 seconds")
    return int(given)


def _move(offer: _Offer, name: str) -> None:
    """The worker's next activity, where the answer names one."""
    activity = offer.router.activities.get(offer.text(name))
    if activity:
        offer.reservation.worker.activity = activity
    elif offer.text(name):
        raise BadInstruction(f"{name} is no activity")
