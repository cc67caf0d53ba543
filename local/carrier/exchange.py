"""The switchboard of the carrier itself: its numbers, the phones that can be reached, and every call."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

from local.carrier.call import Call
from local.carrier.conference import Conferences
from local.carrier.handset import Answer, Phone, PhoneBusy, PhoneFailed
from local.carrier.limits import Limits, Queue
from local.carrier.page import Source
from local.carrier.phones.script import Script
from local.carrier.plant import Plant
from local.carrier.program import obey
from local.carrier.queues import Queues
from local.carrier.record import Direction, Plan, Record, Webhook, new_sid
from local.carrier.taskrouter import TaskRouter
from local.carrier.texts import Texts

log = logging.getLogger(__name__)

MAX_NUMBERS = 1000
_GOODBYE_S = 3
_REFER_S = 30


class UnknownNumber(LookupError):
    """The called number is not one of the account's."""


class NumberTaken(ValueError):
    """The account has this number already, or has too many."""


@dataclass(slots=True, kw_only=True)
class Number:
    """An IncomingPhoneNumber of the account. Without `voice` a call to it fails silently, as at Twilio."""

    sid: str
    phone_number: str
    created: datetime
    friendly_name: str = ""
    voice: Webhook | None = None
    voice_fallback: Webhook | None = None
    status_callback: Webhook | None = None
    sms: Webhook | None = None
    """Told of text messages to it."""
    voice_application_sid: str = ""
    trunk_sid: str = ""
    updated: datetime | None = field(default=None)

    @property
    def plan(self) -> Plan:
        """What happens when it is called. An application or a trunk, which are not here, replace its own URLs."""
        if self.voice_application_sid or self.trunk_sid:
            return Plan()
        return Plan(voice=self.voice, fallback=self.voice_fallback, status_callback=self.status_callback)


@dataclass(slots=True)
class Account:
    """What Twilio says of the account."""

    kind: Literal["Full", "Trial"] = "Full"
    status: Literal["active", "suspended", "closed"] = "active"
    balance: str = "100.00"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    profiles: dict[str, str] = field(default_factory=dict)
    """Approved customer profiles (BU...), to the policy (RN...) of each."""
    limits: Limits = field(default_factory=Limits)


class Exchange:
    """Places and keeps calls. Each runs as one task of the group it is given."""

    def __init__(self, plant: Plant, tasks: asyncio.TaskGroup, limits: Limits) -> None:
        self.plant = plant
        self.account = Account(limits=limits)
        self.calls: OrderedDict[str, Call] = OrderedDict()
        self.numbers: dict[str, Number] = {}
        self.phones: dict[str, Callable[[], Phone]] = {}
        """Who answers an outbound call, by number."""
        self.conferences = Conferences(plant.account_sid)
        self.queues = Queues()
        self.router = TaskRouter()
        self.texts = Texts(plant, self._sms_webhook, self._beside)
        self.kept = 200
        """Finished calls beyond these are forgotten, oldest first."""
        self._queue = Queue(limits, plant.pace)
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()
        """Text messages under way."""

    def number(self, phone_number: str) -> Number | None:
        return next((n for n in self.numbers.values() if n.phone_number == phone_number), None)

    def owns(self, number: str) -> bool:
        """Whether it is one of the account's numbers."""
        return self.number(number) is not None

    def refusal(self, number: str) -> int | None:
        """Why the account may not call this number, as Twilio's code; None if it may."""
        return self.account.limits.refusal(number)

    def add_number(self, phone_number: str) -> Number:
        """Raises NumberTaken."""
        if self.number(phone_number) or len(self.numbers) >= MAX_NUMBERS:
            raise NumberTaken(phone_number)
        number = Number(sid=new_sid("PN"), phone_number=phone_number, created=datetime.now(UTC))
        self.numbers[number.sid] = number
        return number

    async def dial_in(
        self, from_: str, to: str, phone: Phone, sip_headers: Mapping[str, str] = MappingProxyType({})
    ) -> Call:
        """A caller, from a number or a SIP address, rings one of the account's numbers. Raises UnknownNumber,
        PhoneFailed."""
        number = self.number(to)
        if number is None:
            raise UnknownNumber(to)
        await phone.prepare(self.plant.voice)
        record = self._record(
            from_, to, direction="inbound", phone_number_sid=number.sid, sip_headers=tuple(sip_headers.items())
        )
        return self._place(record, number.plan, phone)

    def dial_out(
        self, from_: str, to: str, plan: Plan, parent_sid: str = "", sip_headers: tuple[tuple[str, str], ...] = ()
    ) -> Call:
        """The account, or a <Dial> of the parent call, calls somebody; where no phone is, nobody is reached."""
        broken = None if parent_sid else self.plant.troubles.line()
        phone = partial(Script, unconnected=broken) if broken else self.phones.get(to)
        number = self.number(from_)
        record = self._record(
            from_,
            to,
            direction="outbound-dial" if parent_sid else "outbound-api",
            phone_number_sid=number.sid if number and not parent_sid else "",
            parent_sid=parent_sid,
            sip_headers=sip_headers,
        )
        return self._place(record, plan, phone() if phone else None)

    @property
    def live(self) -> int:
        """How many calls the account has, queued ones too."""
        return sum(not call.record.over for call in self.calls.values())

    async def turn(self) -> None:
        """Returns when the next call that was ordered through REST may be started."""
        await self._queue.turn()

    async def obey(self, call: Call, source: Source) -> None:
        """Do what a document says, and what follows from it, until the call is over."""
        await obey(call, source)

    async def refer(self, target: str) -> int:
        """The other end of a call calls this SIP address itself; the SIP code of how that went."""
        found = self.phones.get(target)
        if found is None:
            return 404
        phone = found()
        try:
            await phone.prepare(self.plant.voice)
            async with asyncio.timeout(_REFER_S / self.plant.pace):
                answer = await phone.ring()
        except PhoneBusy:
            return 486
        except PhoneFailed:
            return 404
        except TimeoutError:
            answer = None
        await phone.ended("completed")
        return {Answer.PICKED_UP: 200, Answer.BUSY: 486, None: 408}[answer]

    async def close(self) -> None:
        """End every call: politely, then after 3 s in any case."""
        for call in self.calls.values():
            call.cancel()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_GOODBYE_S)
            for running in late:
                running.cancel()
        for errand in self._errands:
            errand.cancel()

    def _record(
        self,
        from_: str,
        to: str,
        *,
        direction: Direction,
        phone_number_sid: str,
        parent_sid: str = "",
        sip_headers: tuple[tuple[str, str], ...] = (),
    ) -> Record:
        return Record(
            account_sid=self.plant.account_sid,
            direction=direction,
            from_=from_,
            to=to,
            created=datetime.now(UTC),
            sid=new_sid("CA"),
            phone_number_sid=phone_number_sid,
            parent_sid=parent_sid,
            sip_headers=sip_headers,
        )

    def _place(self, record: Record, plan: Plan, phone: Phone | None) -> Call:
        call = Call(record, plan, phone, self.plant, self)
        self.calls[record.sid] = call
        self._forget_old()
        running = self._tasks.create_task(self._host(call))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return call

    def _sms_webhook(self, phone_number: str) -> Webhook | None:
        number = self.number(phone_number)
        return number.sms if number else None

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside all calls."""
        errand = self._tasks.create_task(_guarded(work))
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _host(self, call: Call) -> None:
        try:
            await call.run()
        except* Exception:
            # A defect in one call must not end the others, which share this group.
            log.exception("call %s broke", call.record.sid)

    def _forget_old(self) -> None:
        finished = [sid for sid, call in self.calls.items() if call.closed.is_set()]
        for sid in finished[: max(0, len(finished) - self.kept)]:
            for tape in self.calls.pop(sid).line.tapes:
                self.plant.shelf.drop(tape)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        # A defect in one errand must not end the others, which share this group.
        log.exception("a text message broke")
