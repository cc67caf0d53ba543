"""One call from the first ring to the last callback. Everything it starts ends with it, in one TaskGroup.

Obeying TwiML is not its business: it is given an interpreter, starts it when there is a document to obey, and replaces
the document when the account redirects the call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from local.carrier.courier import Fields
from local.carrier.handset import Answer, Handset, Phone, PhoneBusy, PhoneFailed
from local.carrier.line import Line
from local.carrier.mail import Mail
from local.carrier.page import Fetch, Inline, Source
from local.carrier.plant import Plant
from local.carrier.record import Plan, Record, Status, Webhook
from local.carrier.running import Running, put_away
from local.carrier.timeline import Timeline

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
        self.mail = Mail(plant.courier, self.timeline)
        self.handset = Handset(partial(self.timeline.note, "phone"))
        self.tape = plant.shelf.tape(record.sid, 2)
        self.line = Line(self.handset, self.tape, self.timeline, plant.pace)
        self.closed = asyncio.Event()
        """Set when the call is over and everything about it has been delivered or given up."""
        self._phone = phone
        self._interpret = interpret
        self._tasks: asyncio.TaskGroup | None = None
        self._document: Running | None = None
        self._outcome: asyncio.Future[Status] = loop.create_future()
        self._limit: asyncio.TimerHandle | None = None
        self._connected: list[asyncio.Task[None]] = []

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
            async with asyncio.TaskGroup() as self._tasks:
                self._document = Running(self._tasks, partial(self._interpret, self), partial(self.end, Status.FAILED))
                hook = self._tasks.create_task(self._watch_hook())
                self._become(await self._live(self._tasks, self._document))
                await self._document.stop()
                await put_away([hook, *self._connected])
        finally:
            self._tasks = None
            # Only after a defect: a call that ran to its end has its final status.
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
        self._connected = [self._tasks.create_task(self.line.run()), self._tasks.create_task(self._talk())]
        self.limit(self.plan.time_limit_s)

    def limit(self, seconds: int) -> None:
        """End the call this long after its answer (warning 32015)."""

        def time_out() -> None:
            self.timeline.fault(32015)
            self.end()

        if self._limit:
            self._limit.cancel()
        left = (seconds - self.line.now_ms / 1000) / self.plant.pace
        self._limit = asyncio.get_running_loop().call_later(max(0.0, left), time_out)

    def end(self, status: Status = Status.COMPLETED) -> None:
        """Hang up with this final status. Nothing when the call has already ended."""
        if not self._outcome.done():
            self._outcome.set_result(status)

    def cancel(self) -> None:
        """Hang up, answered or not."""
        self.end(Status.COMPLETED if self.answered else Status.CANCELED)

    def redirect(self, source: Source) -> None:
        """Leave the present document for this one. Raises CallOver when the call is not in progress."""
        if self._document is None or self._outcome.done() or self.record.status is not Status.IN_PROGRESS:
            raise CallOver
        self._document.replace(source)

    def notify(self, webhook: Webhook, fields: Fields, purpose: str) -> None:
        """Tell one of the account's URLs exactly these fields, beside whatever the call does."""
        if self._tasks is not None:
            self._tasks.create_task(self.mail.tell(webhook, fields, purpose))

    async def _live(self, tasks: asyncio.TaskGroup, document: Running) -> Status:
        """From the first ring to the final status."""
        if self.record.direction == "inbound":
            self._become(Status.RINGING)
        elif (refusal := await self._ring(tasks)) is not None:
            return refusal
        if self.plan.voice:
            document.replace(Fetch(self.plan.voice.url, self.plan.voice.method, "voice"))
        elif self.plan.twiml is not None:
            document.replace(Inline(self.plan.twiml))
        else:
            return Status.FAILED
        return await self._outcome

    async def _ring(self, tasks: asyncio.TaskGroup) -> Status | None:
        """Ring the called phone. None when it was answered, else the final status."""
        self._become(Status.INITIATED)
        phone, self._phone = self._phone, None
        if phone is None:
            return Status.FAILED
        try:
            await phone.prepare(self.plant.voice)
        except PhoneFailed as failed:
            self.timeline.note("phone", failed=str(failed))
            self._become(Status.RINGING)
            return Status.BUSY if isinstance(failed, PhoneBusy) else Status.FAILED
        self._phone = phone
        self._become(Status.RINGING)
        ringing = tasks.create_task(phone.ring())
        both: set[asyncio.Future[Status] | asyncio.Future[Answer]] = {ringing, self._outcome}
        await asyncio.wait(both, timeout=self.plan.ring_s / self.plant.pace, return_when=asyncio.FIRST_COMPLETED)
        if self._outcome.done() or not ringing.done():
            ringing.cancel()
            return self._outcome.result() if self._outcome.done() else Status.NO_ANSWER
        if ringing.result() is Answer.BUSY:
            return Status.BUSY
        self.answer()
        return None

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

    def _become(self, status: Status) -> None:
        """Take a step of the status machine and tell whoever asked to be told."""
        now = datetime.now(UTC)
        if not self.record.advance(status, now):
            return
        self.timeline.note("status", status=status.value)
        if self.plan.status_callback and self.record.callback_event() in self.plan.status_events:
            self.notify(self.plan.status_callback, self.record.callback_fields(now), "status")
