"""A caller of the clinic who pays by card, in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.core.agent import Agent
from shared.core.next_step import TakePayment
from shared.core.payment import Payment
from shared.ports import CallRecord
from shared.usecases.payment import Cashier
from tests.core.test_call_that_pays import PAY
from tests.fakes import FakeCallStore
from tests.payments import FakePayments
from tests.people import FakeFollowUps
from tests.usecases.clinic import ADDRESSES, AGENT, CALL_SID, NOW, state, streaming

STEP = TakePayment("pay", "120.00", "usd", "Bill of 77812")
PROMPTS = {"payment-card-number": "The number of your card.", "expiration-date": "The date.", "security-code": "Code."}
MISTAKES = {"invalid-card-number": "No card.", "input-timeout": "Nothing came."}


@dataclass(slots=True)
class Till:
    """One call that is to pay, and everything it takes."""

    store: FakeCallStore = field(default_factory=FakeCallStore)
    payments: FakePayments = field(default_factory=FakePayments)
    follow_ups: FakeFollowUps = field(default_factory=FakeFollowUps)
    now: datetime = NOW
    agent: Agent = field(init=False)

    def __post_init__(self) -> None:
        assert PAY.pay is not None
        self.agent = replace(AGENT, tasks=(replace(PAY, pay=replace(PAY.pay, prompts=PROMPTS, mistakes=MISTAKES)),))
        stream = streaming(self.store, then=STEP)
        self.store.save_progress(CALL_SID, {"language": "en-US"}, stream=stream)

    @property
    def cashier(self) -> Cashier:
        agents = {"front_door": self.agent}
        return Cashier(self.store, self.payments, self.follow_ups, ADDRESSES, agents, lambda: self.now)

    @property
    def call(self) -> CallRecord:
        return state(self.store)

    @property
    def payment(self) -> Payment:
        kept = self.payments.payment(CALL_SID, 1)
        assert kept is not None
        return kept.payment

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
