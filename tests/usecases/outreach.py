"""A clinic's campaign, and everything it takes to carry its chains out, in memory; `run` is what waits for them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.campaign import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Attempts,
    Campaign,
    Ceilings,
    Pace,
    Stop,
    TextStep,
    When,
)
from shared.core.chain import Chain
from shared.core.chain_events import Answer
from shared.core.rules.person import Channel, OptOut, Person, Purpose
from shared.core.rules.question import Verdict
from shared.ports.campaigns import Attempt, KeptChain
from shared.ports.outbound import CallOrder
from shared.usecases import chain_text
from shared.usecases.chain import Outreach, StepDocument
from shared.usecases.chain_accept import Accepted, accept
from shared.usecases.chain_call import attempt_ended, call
from shared.usecases.chain_decide import decide
from shared.usecases.chain_finish import finish
from shared.usecases.chain_reconcile import reconcile
from shared.usecases.opt_out import tell_opt_out
from tests.campaigns import FakeCampaigns
from tests.fakes import FakeEventBus
from tests.outbound import FakeMessages, FakeOutbound
from tests.people import FakeFollowUps

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PHONE = "+14155550142"
STARTS_AT = NOW + timedelta(days=2)

REMINDER = Campaign(
    name="reminder",
    event="appointment.upcoming",
    purpose=Purpose.REMINDER,
    agent="reminder",
    line="+15550100100",
    attempts=Attempts(
        most=3,
        again_ms={
            Disposition.BUSY: 10 * MINUTE_MS,
            Disposition.NO_ANSWER: 2 * HOUR_MS,
            Disposition.NOT_DIALLED: 5 * MINUTE_MS,
            Disposition.UNKNOWN: 4 * HOUR_MS,
        },
    ),
    when=When(start_ms=-DAY_MS, until_ms=-2 * HOUR_MS),
    pace=Pace(per_second=1, concurrent=2),
    ceilings=Ceilings(calls=100, cents=10_000, call_cents=30),
    stop=Stop(window_ms=30 * MINUTE_MS, at_least=2, failing=0.5),
    ends=frozenset({"confirmed", "moved"}),
    facts=("name",),
    follow_up={"exhausted": "Nobody has reached {name}"},
)
TEXTING = replace(
    REMINDER,
    texts=(
        TextStep("missed", "Hello {name}, please call us back.", frozenset({"no-answer"})),
        TextStep("thanks", "Thank you, {name}.", frozenset({"confirmed"})),
    ),
)
ALLOWED = Answer(Verdict.NOW)


def upcoming(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The detail of an event: the appointment of that number comes up."""
    return {
        "version": 1,
        "id": f"e-{number}",
        "reference": f"A-{number}",
        "person": {"phone": PHONE, "name": "Ann"},
        "appointment": {"starts_at": STARTS_AT.isoformat()},
        **changes,
    }


@dataclass(slots=True)
class Clinic:
    """Its chains, and the world around them."""

    campaign: Campaign = REMINDER
    now: datetime = NOW
    store: FakeCampaigns = field(default_factory=FakeCampaigns)
    bus: FakeEventBus = field(default_factory=FakeEventBus)
    follow_ups: FakeFollowUps = field(default_factory=FakeFollowUps)
    messages: FakeMessages = field(default_factory=FakeMessages)
    outbound: FakeOutbound = field(init=False)
    answers: list[Answer] = field(default_factory=list)
    """What the rules say next; when there is none, that it is allowed."""
    others: dict[str, Campaign] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outbound = FakeOutbound(lambda: self.now)

    @property
    def outreach(self) -> Outreach:
        store = self.store
        campaigns = {self.campaign.name: self.campaign} | self.others
        return Outreach(store, store, store, store, store.ledger, self._rules, campaigns, lambda: self.now)

    def _rules(self, chain: Chain, campaign: Campaign, channel: Channel, person: Person, now: datetime) -> Answer:
        return self.answers.pop(0) if self.answers else ALLOWED

    def tells(self, kind: str, detail: dict[str, Any], at: datetime | None = None) -> Accepted:
        return accept(self.outreach, kind, detail, at or self.now)

    def begins(self, number: int = 1, **changes: Any) -> str:
        """A chain, a day before its appointment."""
        chain = self.tells("appointment.upcoming", upcoming(number, **changes), self.now).chain
        self.now = max(self.now, STARTS_AT - timedelta(days=1))
        return chain

    def decides(self, chain: str) -> StepDocument:
        return decide(self.outreach, self.bus, chain)

    def calls(self, chain: str, number: int = 1) -> StepDocument:
        return call(self.outreach, self.outbound, order, AttemptKey(chain, number))

    def reconciles(self, chain: str, number: int = 1) -> StepDocument:
        return reconcile(self.outreach, self.outbound, AttemptKey(chain, number))

    def texts(self, chain: str, text: str) -> StepDocument:
        return chain_text.send(self.outreach, self.messages, chain, text, status_url="https://x.example/texts")

    def opts_out(self, how: str, proof: str) -> None:
        """It is on file, and told."""
        self.store.ledger.opt_out(PHONE, OptOut(self.now, how, proof))
        tell_opt_out(self.store.ledger, self.store, self.bus, PHONE)

    def finishes(self, chain: str) -> bool:
        return finish(self.outreach, self.bus, self.follow_ups, chain)

    def ended(self, chain: str, disposition: Disposition, number: int = 1, result: str = "") -> bool:
        outcome = Outcome(disposition, result, call_sid=f"CA{number:032x}")
        return attempt_ended(self.store, AttemptKey(chain, number), outcome, self.now)

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)

    def kept(self, chain: str) -> KeptChain:
        kept = self.store.chain(chain)
        assert kept is not None
        return kept

    def waits(self, chain: str) -> StepDocument:
        """Decide, and let the time pass until there is something to do."""
        for _ in range(50):
            step = self.decides(chain)
            if step["do"] != "wait":
                return step
            self.now = max(self.now, datetime.fromisoformat(str(step["until"])))
        raise AssertionError(f"{chain} waits for ever")

    def rings(self, chain: str, number: int = 1) -> None:
        """Its time comes, and it dials."""
        assert self.waits(chain)["do"] == "call"
        self.calls(chain, number)
        if len(self.store.attempts(chain)) < number:  # the line had no slot at once
            self.rings(chain, number)

    def published(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.detail) for event in self.bus.published if event.kind == kind]


def order(attempt: Attempt) -> CallOrder:
    url = f"https://x.example/{attempt.key}"
    return CallOrder(
        to=attempt.to, from_=attempt.line, url=url, fallback_url=url, status_url=url, ring_s=30, time_limit_s=600
    )
