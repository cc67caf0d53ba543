"""One call from the first ring to the last callback. Everything it starts ends with it, in one TaskGroup.

Obeying TwiML is not its business: it is given an interpreter, starts it when there is a document to obey, and replaces
it when the account redirects the call.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from local.carrier import errors
from local.carrier.courier import Attempt, Fields, Reply, Undelivered
from local.carrier.handset import Answer, Handset, Phone, PhoneBusy, PhoneFailed
from local.carrier.line import Line
from local.carrier.page import Fetch, Inline, Source
from local.carrier.plant import Plant
from local.carrier.record import Plan, Record, Status, Webhook
from local.carrier.timeline import Timeline

log = logging.getLogger(__name__)

_CLEANUP_S = 5
"""Longest wait for a verb to put its things away when the call leaves it."""

type Interpreter = Callable[[Call, Source], Awaitable[None]]


class CallOver(Exception):
    """The call is not in progress (any more)."""


class Call:
    """A call and its two ends: the account's webhooks on one side, a phone on the other."""

    def __init__(self, record: Record, plan: Plan, phone: Phone | None, plant: Plant, interpret: Interpreter) -> None:
        loop = asyncio.get_running_loop()
        self.record = record
        self.plan = plan
        self.plant = plant
        self.timeline = Timeline(record.sid, loop.time, plant.feed)
        self.handset = Handset()
        self.tape = plant.shelf.tape(record.sid, 2)
        self.line = Line(self.handset, self.tape, self.timeline)
        self.closed = asyncio.Event()
        """Set when the call is over and everything about it has been delivered or given up."""
        self._phone = phone
        self._interpret = interpret
        self._tasks: asyncio.TaskGroup | None = None
        self._program: asyncio.Task[None] | None = None
        self._outcome: asyncio.Future[Status] = loop.create_future()
        self._limit: asyncio.TimerHandle | None = None
        self._answered: list[asyncio.Task[None]] = []
        self.handset.note = partial(self.timeline.note, "phone")

    @property
    def answered(self) -> bool:
        return self.record.started is not None

    @property
    def caller_gone(self) -> bool:
        """Whether the phone hung up, rather than the account ending the call."""
        return self.handset.hung_up.is_set()

    async def run(self) -> None:
        """The whole call; returns when the last status callback is delivered or given up."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                hook = tasks.create_task(self._watch_hook())
                self._become(await self._live())
                await self._put_away([self._program] if self._program else [])
                await self._put_away([hook, *self._answered])
        finally:
            self._tasks = None
            self._become(Status.FAILED)
            if self._limit:
                self._limit.cancel()
            self.plant.shelf.finish(self.tape)
            if self._phone:
                await self._phone.ended(self.record.status.value)
            self.closed.set()

    def answer(self) -> None:
        """Pick up: the clock starts, the phone may talk. Nothing when already answered or over."""
        if self.answered or self._tasks is None or self._outcome.done():
            return
        self._become(Status.IN_PROGRESS)
        self._answered = [self._tasks.create_task(self.line.run()), self._tasks.create_task(self._talk())]
        self.limit(self.plan.time_limit_s)

    def limit(self, seconds: int) -> None:
        """End the call this long after its answer."""
        if self._limit:
            self._limit.cancel()
        left = seconds - self.line.now_ms / 1000
        self._limit = asyncio.get_running_loop().call_later(max(0.0, left), self._time_out)

    def end(self, status: Status = Status.COMPLETED) -> None:
        """Hang up with this final status. Nothing when the call has already ended."""
        if not self._outcome.done():
            self._outcome.set_result(status)

    def cancel(self) -> None:
        """Hang up, answered or not."""
        self.end(Status.COMPLETED if self.answered else Status.CANCELED)

    def redirect(self, source: Source) -> None:
        """Leave the present document for this one. Raises CallOver when the call is not in progress."""
        if self._tasks is None or self._outcome.done() or self.record.status is not Status.IN_PROGRESS:
            raise CallOver
        self._program = self._tasks.create_task(self._replace(self._program, source))

    def fault(self, code: int, why: str = "") -> None:
        """An entry in Twilio's error log."""
        self.timeline.note("error", code=code, level=errors.level(code).value, text=errors.text(code), why=why)

    async def request(self, webhook: Webhook, fields: Fields, purpose: str) -> Reply:
        """Ask one of the account's URLs, with the standard fields first. Raises Undelivered."""
        fields = [*self.record.fields(), *fields]
        watch = partial(self._note_attempt, purpose, webhook.method)
        return await self.plant.courier.send(webhook.url, webhook.method, fields, watch)

    def notify(self, webhook: Webhook, fields: Fields, purpose: str) -> None:
        """Tell one of the account's URLs something, beside whatever the call does; the answer does not matter."""
        if self._tasks is not None:
            self._tasks.create_task(self._deliver(webhook, fields, purpose))

    async def _live(self) -> Status:
        """From the first ring to the final status."""
        if self.record.direction == "inbound":
            self._become(Status.RINGING)
        elif (refusal := await self._ring()) is not None:
            return refusal
        if self.plan.voice:
            self._begin(Fetch(self.plan.voice.url, self.plan.voice.method, "voice"))
        elif self.plan.twiml is not None:
            self._begin(Inline(self.plan.twiml))
        else:
            return Status.FAILED
        return await self._outcome

    async def _ring(self) -> Status | None:
        """Ring the called phone. None when it was answered, else the final status."""
        self._become(Status.INITIATED)
        if self._phone is None or self._tasks is None:
            return Status.FAILED
        try:
            await self._phone.prepare(self.plant.voice)
        except PhoneBusy:
            self._phone = None
            self._become(Status.RINGING)
            return Status.BUSY
        except PhoneFailed as failed:
            self.timeline.note("phone", failed=str(failed))
            self._phone = None
            return Status.FAILED
        self._become(Status.RINGING)
        ringing = self._tasks.create_task(self._phone.ring())
        both: set[asyncio.Future[Status] | asyncio.Future[Answer]] = {ringing, self._outcome}
        await asyncio.wait(both, timeout=self.plan.ring_s, return_when=asyncio.FIRST_COMPLETED)
        if self._outcome.done():
            ringing.cancel()
            return self._outcome.result()
        if not ringing.done():
            ringing.cancel()
            return Status.NO_ANSWER
        if ringing.result() is Answer.BUSY:
            return Status.BUSY
        self.answer()
        return None

    def _begin(self, source: Source) -> None:
        if self._tasks is not None:
            self._program = self._tasks.create_task(self._obey(source))

    async def _obey(self, source: Source) -> None:
        try:
            await self._interpret(self, source)
        except Exception:
            # A defect of ours ends this call and no other.
            log.exception("interpreter of call %s failed", self.record.sid)
            self.end(Status.FAILED)

    async def _replace(self, previous: asyncio.Task[None] | None, source: Source) -> None:
        if previous:
            await self._put_away([previous])
        await self._obey(source)

    async def _put_away(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLEANUP_S)

    async def _talk(self) -> None:
        if self._phone is None:
            return
        try:
            await self._phone.talk(self.handset)
        except PhoneFailed as failed:
            self.timeline.note("phone", failed=str(failed))
            self.handset.hang_up()

    async def _watch_hook(self) -> None:
        await self.handset.hung_up.wait()
        self.cancel()

    def _time_out(self) -> None:
        self.fault(32015)
        self.end()

    def _become(self, status: Status) -> None:
        """Take a step of the status machine and tell whoever asked to be told."""
        now = datetime.now(UTC)
        if not self.record.advance(status, now):
            return
        self.timeline.note("status", status=status.value)
        if self.plan.status_callback and self.record.callback_event() in self.plan.status_events:
            self.notify(self.plan.status_callback, self.record.callback_fields(now), "status")

    async def _deliver(self, webhook: Webhook, fields: Fields, purpose: str) -> None:
        watch = partial(self._note_attempt, purpose, webhook.method)
        try:
            await self.plant.courier.send(webhook.url, webhook.method, fields, watch)
        except Undelivered as failed:
            self.fault(failed.code, purpose)

    def _note_attempt(self, purpose: str, method: str, attempt: Attempt) -> None:
        self.timeline.note(
            "webhook",
            purpose=purpose,
            method=method,
            url=attempt.url,
            attempt=attempt.number,
            status=attempt.status,
            fault=attempt.fault,
            took_ms=attempt.took_ms,
        )
