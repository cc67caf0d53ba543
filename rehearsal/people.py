"""People in a rehearsal: phones at the carrier that follow scripts, and who of them is at a desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from local.carrier.call import CallOver
from local.carrier.exchange import Exchange
from local.carrier.page import Fetch
from local.carrier.phones.script import Script
from local.carrier.record import Plan, Webhook
from shared.core.events import JsonValue
from shared.core.presence import Presence
from shared.core.transfer import Transfer
from shared.ports import Person, Unavailable
from shared.ports.transfers import KeptTransfer, LegOrder
from tests.people import FakePeople


@dataclass(frozen=True, slots=True)
class AtPhone:
    """Somebody at a number or SIP address, and in a team if they are at a desk, free. Each ring is a new `phone`."""

    address: str
    team: str
    phone: Callable[[], Script]


class Transfers:
    """In memory; a rehearsal has one thread."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], KeptTransfer] = {}
        """By call and number."""

    def open_transfer(
        self,
        call_sid: str,
        number: int,
        transfer: Transfer,
        briefing: Mapping[str, JsonValue],
        at: datetime,
        *,
        version: int = 0,
    ) -> bool:
        there = self.kept.get((call_sid, number))
        if there is not None and there.version != version:
            return False
        self.kept[call_sid, number] = KeptTransfer(transfer, dict(briefing), version + 1)
        return True

    def transfer(self, call_sid: str, number: int) -> KeptTransfer | None:
        return self.kept.get((call_sid, number))

    def save_transfer(self, call_sid: str, number: int, transfer: Transfer, *, version: int) -> bool:
        kept = self.kept.get((call_sid, number))
        if kept is None or kept.version != version:
            return False
        self.kept[call_sid, number] = replace(kept, transfer=transfer, version=version + 1)
        return True


class Orders:
    """Telephony: what is ordered of the carrier over REST, without the network between."""

    def __init__(self, exchange: Exchange, now: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._now = now
        self._lost = 0
        self.rang: list[datetime] = []
        """When people's phones began to ring."""

    def lose(self) -> None:
        """The next order is not carried out, and has no answer: whoever gave it died, or the network did."""
        self._lost += 1

    def ring(self, order: LegOrder) -> str:
        self._reach()
        plan = Plan(
            voice=Webhook(order.url, "POST"), status_callback=Webhook(order.status_url, "POST"), ring_s=order.ring_s
        )
        self.rang.append(self._now())
        return self._exchange.dial_out(order.caller_id, order.to.partition("?")[0], plan).record.sid

    def redirect(self, account_sid: str, call_sid: str, url: str) -> None:
        self._reach()
        call = self._exchange.calls.get(call_sid)
        if call is not None and call.answered and not call.record.over:
            try:
                call.redirect(Fetch(url, "POST", "update"))
            except CallOver:
                return

    def hang_up(self, account_sid: str, call_sid: str) -> None:
        self._reach()
        if call := self._exchange.calls.get(call_sid):
            call.cancel()

    def _reach(self) -> None:
        if self._lost:
            self._lost -= 1
            raise Unavailable("Twilio does not answer: TimeoutError")


class AtDesks(FakePeople):
    """Everybody with a team is there, and free from the beginning."""

    def __init__(self, people: Sequence[AtPhone], now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self._people = [
            Person(f"person-{place}", f"Person {place}", (one.team,), one.address)
            for place, one in enumerate(people)
            if one.team
        ]
        for person in self._people:
            self.sign_in(person)
            self.be(person.id, Presence.FREE)

    def free(self, team: str, now: datetime) -> tuple[Person, ...]:
        for person in self._people:
            self.seen(person.id)
        return super().free(team, now)
