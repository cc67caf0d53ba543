"""One call from the first ring to the last callback. Everything it starts ends with it, in one TaskGroup.

Obeying TwiML is not its business: its host does it. The call has it started when there is a document to obey, and the
document replaced when the account redirects the call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from local.carrier.courier import Fields
from local.carrier.handset import Answer, Handset, Phone, PhoneBusy, PhoneFailed
from local.carrier.line import Line
from local.carrier.mail import Mail
from local.carrier.page import Fetch, Inline, Purpose, Source
from local.carrier.plant import Plant
from local.carrier.record import Plan, Record, Status, Webhook
from local.carrier.running import Running, put_away
from local.carrier.timeline import Timeline
from local.carrier.waits import first

if TYPE_CHECKING:
    from local.carrier.conference import Conferences
    from local.carrier.queues import Queues
    from local.carrier.taskrouter import TaskRouter


class Host(Protocol):
    """Where calls live, and meet."""

    conferences: "Conferences"
    queues: "Queues"
    router: "TaskRouter"

    async def obey(self, call: "Call", source: Source) -> None:
        """Do what a document says, and what follows from it, until the call is over."""

    def owns(self, number: str) -> bool:
        """Whether it is one of the account's numbers."""

    def refusal(self, number: str) -> int | None:
        """Why the account may not call this number, as Twilio's code; None if it may."""

    async def turn(self) -> None:
        """Returns when the next call that was ordered through REST may be started."""

    async def refer(self, target: str) -> int:
        """The other end calls this SIP address itself; the SIP code of how that went."""

    def dial_out(
        self, from_: str, to: str, plan: Plan, parent_sid: str = "", sip_headers: tuple[tuple[str, str], ...] = ()
    ) -> "Call":
        """Place another call; with a parent it is a leg of its <Dial>."""


class OneWay(Protocol):
    """A one-way media stream of the call."""

    sid: str
    name: str

    @property
    def tracks(self) -> Sequence[str]: ...

    @property
    def live(self) -> bool: ...

    def stop(self) -> None: ...


class CallOver(Exception):
    """The call is not in progress (any more)."""


class Call:
    """A call and its two ends: the account's webhooks on one side, a phone on the other."""

    def __init__(self, record: Record, plan: Plan, phone: Phone | None, plant: Plant, host: Host) -> None:
        loop = asyncio.get_running_loop()
        self.record = record
        self.plan = plan
        self.plant = plant
        self.timeline = Timeline(record.sid, loop.time, plant.feed)
        self.mail = Mail(plant.courier, self.timeline, plant.troubles)
        self.handset = Handset(partial(self.timeline.note, "phone"), record.sid)
        self.tape = plant.shelf.tape(record.sid, 2)
        self.line = Line(
            self.handset,
            self.tape,
            self.timeline,
            plant.pace,
            partial(plant.shelf.tape, f"{record.sid}.played", 1),
        )
        self.detecting = 0
        """1 while a machine is listened for beside the call, which takes one of its four listeners."""
        self.streams: dict[str, OneWay] = {}
        """One-way media streams, by sid."""
        self.picked_up = asyncio.Event()
        self.redirected = asyncio.Event()
        """Set when the account has given the call another document."""
        self.over = asyncio.Event()
        """Set with the final status."""
        self.when_over: list[Callable[[], None]] = []
        """Called with the final status."""
        self.afterwards: Callable[[], Awaitable[None]] | None = None
        """What comes once, after the last verb of the call's documents; by default the call ends there."""
        self.closed = asyncio.Event()
        """Set when the call is over and everything about it has been delivered or given up."""
        self._phone = phone
        self.host = host
        self._tasks: asyncio.TaskGroup | None = None
        self._document: Running | None = None
        self._outcome: asyncio.Future[Status] = loop.create_future()
        self._limit: asyncio.TimerHandle | None = None
        self._connected: list[asyncio.Task[None]] = []

    @property
    def answered(self) -> bool:
        return self.record.started is not None

    @property
    def ending(self) -> bool:
        """Whether it has been decided that the call ends."""
        return self._outcome.done()

    async def run(self) -> None:
        """The whole call; returns when the last status callback is delivered or given up."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._document = Running(self._tasks, partial(self.host.obey, self), partial(self.end, Status.FAILED))
                hook = self._tasks.create_task(_then(self.handset.hung_up, partial(_put_down, self)))
                self._become(await self._live(self._tasks, self._document))
                await self._document.stop()
                await put_away([hook, *self._connected])
        finally:
            self._tasks = None
            # Only after a defect: a call that ran to its end has its final status.
            self._become(Status.FAILED)
            if self._limit:
                self._limit.cancel()
            for tape in self.line.tapes:
                self.plant.shelf.finish(tape)
            if self._phone:
                await self._phone.ended(self.record.status.value)
            self.closed.set()

    def answer(self) -> None:
        """Pick up: the clock starts, the phone may talk. Nothing when already answered or over."""
        if self.answered or self._tasks is None or self._outcome.done():
            return
        self._become(Status.IN_PROGRESS)
        self.picked_up.set()
        self._connected += [self._tasks.create_task(self.line.run()), self._tasks.create_task(self._talk())]
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
        self.afterwards = None
        self.redirected.set()
        self._document.replace(source)

    def beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Do this beside whatever the call does; it is cancelled when the call ends. None when it has ended."""
        if self._tasks is None or self.ending:
            work.close()
            return None
        task = self._tasks.create_task(work)
        self._connected.append(task)
        return task

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
            purpose: Purpose = "whisper" if self.record.parent_sid else "voice"
            document.replace(Fetch(self.plan.voice.url, self.plan.voice.method, purpose))
        elif self.plan.twiml is not None:
            document.replace(Inline(self.plan.twiml))
        else:
            return Status.FAILED
        return await self._outcome

    async def _ring(self, tasks: asyncio.TaskGroup) -> Status | None:
        """Ring the called phone. None when it was answered, else the final status."""
        if self.record.direction == "outbound-api" and not await self._queued():
            return self._outcome.result()
        self._become(Status.INITIATED)
        phone, self._phone = self._phone, None
        if phone is None:
            return Status.FAILED
        try:
            await phone.prepare(self.plant.voice)
        except PhoneFailed as failed:
            return self._not_connected(failed)
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

    async def _queued(self) -> bool:
        """Wait for its turn; False when it is called off meanwhile."""
        begun = self.timeline.now_ms()
        mine = await first(self.host.turn(), asyncio.wait((self._outcome,))) == 0
        self.record.queued_ms = round((self.timeline.now_ms() - begun) * self.plant.pace)
        return mine and not self._outcome.done()

    def _not_connected(self, failed: PhoneFailed) -> Status:
        self.timeline.note("phone", failed=str(failed))
        self.record.sip_code = str(failed.sip)
        if isinstance(failed, PhoneBusy):
            self._become(Status.RINGING)
            return Status.BUSY
        return Status.FAILED

    async def _talk(self) -> None:
        if self.plan.send_digits:
            self.beside(self._send(self.plan.send_digits))
        if self._phone is None:
            return
        try:
            await self._phone.talk(self.handset)
        except PhoneFailed as failed:
            self.timeline.note("phone", failed=str(failed))
            self.handset.hang_up()

    async def _send(self, digits: str) -> None:
        """Press keys towards the phone; a key is told beside the sound."""
        for digit in digits:
            if digit in "wW":
                await self.line.wait(1000 if digit == "W" else 500)
            else:
                self.handset.received += digit
                await self.line.wait(200)

    def _become(self, status: Status) -> None:
        """Take a step of the status machine and tell whoever asked to be told."""
        now = datetime.now(UTC)
        if not self.record.advance(status, now):
            return
        self.timeline.note("status", status=status.value)
        if self.record.over:
            self.over.set()
            for told in self.when_over:
                told()
        if self.plan.status_callback and self.record.callback_event() in self.plan.status_events:
            self.notify(self.plan.status_callback, self.record.callback_fields(now), "status")


def _put_down(call: Call) -> None:
    """The phone hung up; one that still rang has declined."""
    if not call.answered and call.record.direction != "inbound":
        call.end(Status.BUSY)
    else:
        call.cancel()


async def _then(event: asyncio.Event, act: Callable[[], None]) -> None:
    await event.wait()
    act()
