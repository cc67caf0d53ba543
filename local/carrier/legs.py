"""The parties a <Dial> rings: each is a call of its own, and the first to pick up is connected."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from local.carrier.bridge import Bridge
from local.carrier.call import Call
from local.carrier.record import Plan
from local.carrier.waits import first


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whom to ring, and what their call is told. The plan's `voice` is the whisper."""

    to: str
    plan: Plan
    sip_headers: tuple[tuple[str, str], ...] = ()


class Leg:
    """One party's call. When its whisper has ended it waits to be connected."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.bridged = False
        self._ready = asyncio.Event()
        self._bridge: asyncio.Future[Bridge] = asyncio.get_running_loop().create_future()
        call.afterwards = self._talk

    async def decided(self) -> None:
        """It was picked up, or is over."""
        await first(self.call.picked_up.wait(), self.call.over.wait())

    async def accepted(self) -> bool:
        """Whether the whisper was heard to its end, rather than hung up in it or led elsewhere."""
        ends = (self._ready.wait(), self.call.over.wait(), self.call.redirected.wait())
        return await first(*ends) == 0

    def connect(self, bridge: Bridge) -> None:
        self.bridged = True
        self._bridge.set_result(bridge)

    def hang_up(self) -> None:
        """Unless the account has led the call elsewhere: then it goes on without us."""
        if not self.call.redirected.is_set():
            self.call.cancel()

    async def _talk(self) -> None:
        self._ready.set()
        bridge = await self._bridge
        await bridge.talk(self.call.line)


def dial(parent: Call, caller_id: str, party: Party) -> Leg:
    """Begin to ring somebody."""
    call = parent.host.dial_out(caller_id, party.to, party.plan, parent.record.sid, party.sip_headers)
    parent.timeline.note("leg", leg_sid=call.record.sid)
    return Leg(call)


async def first_to_pick_up(legs: Sequence[Leg]) -> Leg | None:
    """Rings until somebody picks up; the others are hung up then. None when all have ended. Each rings for as long as
    its own plan says."""
    ringing = list(legs)
    while ringing:
        number = await first(*(leg.decided() for leg in ringing))
        leg = ringing.pop(number or 0)
        if leg.call.answered:
            for other in legs:
                if other is not leg:
                    other.hang_up()
            return leg
    return None
