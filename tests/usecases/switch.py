"""What callers of the clinic are put through with, in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.core.agent import Agent, Destination, DestinationKind
from shared.core.next_step import HandOver
from shared.ports import CallRecord, CallStore
from shared.usecases.transfer import Switch
from tests.fakes import FakeCallStore, FakeTelephony, FakeTransfers
from tests.people import FakePeople
from tests.usecases.clinic import ADDRESSES, AGENT, CALL_SID, NOW, state, streaming

DESK = Destination(DestinationKind.NUMBER, "+15550100001", "the desk")
SIP = Destination(DestinationKind.SIP, "sip:desk@pbx.example.com", "the exchange")
QUEUE = Destination(DestinationKind.QUEUE, "WW" + "1" * 32, "the queue")
TEAM = Destination(DestinationKind.TEAM, "billing", "billing")


@dataclass(slots=True)
class Board:
    """One call that is to be put through, and everything it takes."""

    store: FakeCallStore = field(default_factory=FakeCallStore)
    transfers: FakeTransfers = field(default_factory=FakeTransfers)
    telephony: FakeTelephony = field(default_factory=FakeTelephony)
    now: datetime = NOW
    people: FakePeople = field(init=False)
    agent: Agent = AGENT

    def __post_init__(self) -> None:
        self.people = FakePeople(lambda: self.now)

    @property
    def switch(self) -> Switch:
        return Switch(
            calls=self.store,
            transfers=self.transfers,
            telephony=self.telephony,
            people=self.people,
            addresses=ADDRESSES,
            agents={"front_door": self.agent},
            now=lambda: self.now,
        )

    @property
    def call(self) -> CallRecord:
        return state(self.store)

    def reaching(self, *destinations: Destination, warm: bool = True) -> "Board":
        """The clinic's people are to be had there."""
        (route,) = AGENT.routes
        reached = replace(route, destinations=destinations, warm=warm, nobody="Nobody is free.")
        self.agent = replace(AGENT, routes=(reached,))
        return self

    def handed_over(self) -> HandOver:
        """The agent's part is over."""
        step = HandOver("reception", "asked")
        stream = streaming(self.store, then=step)
        self.store.save_progress(CALL_SID, {"language": "en-US"}, stream=stream)
        return step

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def nobodys(store: CallStore) -> Switch:
    """The clinic, where callers leave messages."""
    return replace(Board().switch, calls=store)
