"""Queues of calls: who waits, since when, and who takes them out."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.carrier.bridge import Bridge
from local.carrier.call import Call
from local.carrier.courier import Fields
from local.carrier.record import Webhook, new_sid

DEFAULT_SIZE = 1000
MAX_SIZE = 5000
MAX_NAME_CHARS = 64


@dataclass(eq=False, slots=True, kw_only=True)
class Claim:
    """Somebody takes a waiting call out of the queue. `whisper` is for the one who waited."""

    bridge: Bridge = field(default_factory=Bridge)
    by: str
    whisper: Webhook | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """The whisper has ended: both may talk."""


@dataclass(eq=False, slots=True, kw_only=True)
class Member:
    """A waiting call."""

    call: Call
    queue: "Queue"
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    since_ms: int
    """On the call's own clock."""
    claim: asyncio.Future[Claim] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def waited_s(self) -> int:
        return (self.call.line.now_ms - self.since_ms) // 1000

    def fields(self) -> Fields:
        """What the account is told when it is asked what to play."""
        waiting = self.queue.members
        return [
            ("QueuePosition", str(waiting.index(self) + 1 if self in waiting else 0)),
            ("QueueSid", self.queue.sid),
            ("QueueTime", str(self.waited_s)),
            ("AvgQueueTime", str(self.queue.average_wait_s)),
            ("CurrentQueueSize", str(len(waiting))),
            ("MaxQueueSize", str(self.queue.most)),
        ]


class Queue:
    """First come, first served."""

    def __init__(self, name: str, most: int = DEFAULT_SIZE) -> None:
        self.sid = new_sid("QU")
        self.name = name
        self.most = most
        self.created = self.updated = datetime.now(UTC)
        self.members: list[Member] = []
        self._arrived = asyncio.Event()

    @property
    def average_wait_s(self) -> int:
        return sum(member.waited_s for member in self.members) // max(1, len(self.members))

    def enter(self, call: Call) -> Member | None:
        """None when it is full."""
        if len(self.members) >= self.most:
            return None
        member = Member(call=call, queue=self, since_ms=call.line.now_ms)
        self.members.append(member)
        self._arrived.set()
        return member

    def leave(self, member: Member) -> None:
        if member in self.members:
            self.members.remove(member)
        member.gone.set()

    async def take(self, claim: Claim) -> Member:
        """Takes the one who has waited longest, as soon as there is one."""
        while not self.members:
            self._arrived.clear()
            await self._arrived.wait()
        member = self.members.pop(0)
        member.claim.set_result(claim)
        return member

    def give(self, member: Member, claim: Claim) -> bool:
        """Takes this one out of turn; False when it does not wait any more."""
        if member not in self.members:
            return False
        self.members.remove(member)
        member.claim.set_result(claim)
        return True


class Queues:
    """The account's queues, by sid."""

    def __init__(self) -> None:
        self.all: OrderedDict[str, Queue] = OrderedDict()

    def named(self, name: str) -> Queue | None:
        return next((queue for queue in self.all.values() if queue.name == name), None)

    def open(self, name: str) -> Queue:
        """The one of this name, made when there is none."""
        return self.named(name) or self.add(Queue(name))

    def add(self, queue: Queue) -> Queue:
        self.all[queue.sid] = queue
        return queue
