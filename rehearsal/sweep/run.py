"""One run: a scenario, the dice, and what strikes which effect."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final, cast

from functions.campaigns.step import Steps, step
from rehearsal.sweep.carrier import URL, Carrier
from rehearsal.sweep.clock import Clock, Endless
from rehearsal.sweep.company import CAMPAIGNS, LINE, REMINDER, Bus, Told, rules
from rehearsal.sweep.effects import STANDS_STILL, Blow, Effects
from rehearsal.sweep.executions import Executions, Whims
from rehearsal.sweep.rows import MakeRows, in_memory
from rehearsal.sweep.scenarios import Scenario
from rehearsal.sweep.talks import QUEUE_TRIES, Talks
from rehearsal.sweep.verdict import Evidence, shortcomings
from shared.adapters.stepfunctions import StepFunctions
from shared.core.rules.person import OptOut
from shared.ports.campaigns import Attempt, Running, Standing
from shared.ports.outbound import CallOrder
from shared.usecases.chain import Outreach
from shared.usecases.chain_accept import accept
from tests.people import FakeFollowUps

_WEIGHTS: Final = tuple(1 if blow is Blow.STOPPED else 10 for blow in Blow)
TEXTS: Final = "https://voice.example.test/texts"
COPIES: Final = 2
_LATE_S: Final = 90.0
"""Within which a copy of a message comes, in any order."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run; the same order runs the same again."""

    scenario: Scenario
    seed: int = 0
    strikes: tuple[tuple[int, Blow], ...] = ()
    """By the number of the effect."""
    often: float = 0.0
    """How likely each effect is struck besides."""
    width: int = 1
    whims: Whims = field(default_factory=Whims)

    def __str__(self) -> str:
        struck = " ".join(f"--strike {number}:{blow}" for number, blow in self.strikes)
        dice = " --dice" if self.often else ""
        return f"--scenario {self.scenario.name} --seed {self.seed}{dice} {struck}".rstrip()


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it."""

    order: Order
    effects: int
    rings: int
    short: tuple[str, ...]


def run(order: Order, make_rows: MakeRows = in_memory) -> Ran:
    """Play it to its end, and look what became of everybody."""
    world = World(order, make_rows)
    try:
        world.play()
    except Endless:
        short: tuple[str, ...] = ("it never ends",)
    else:
        short = shortcomings(world.evidence())
    return Ran(order, world.effects.count, len(world.carrier.rings), short)


class World:
    """Everything there is in one run."""

    def __init__(self, order: Order, make_rows: MakeRows) -> None:
        self._order, self._dice = order, Random(order.seed)
        self.clock = Clock(self._dice, order.width)
        self.effects = Effects(self._strike, self._before, lambda: self._executions.notice())
        self._rows = make_rows(self.effects, self.clock.now)
        self._said_stop: set[str] = set()
        self._bus, self._follow_ups = Bus(), FakeFollowUps()
        people = {number: deque(manners) for number, manners in order.scenario.people.items()}
        stores = self._stores = self._rows.struck
        self._watched_bus = self.effects.of(self._bus, "bus")
        talks = Talks(self.clock, self.effects, stores, self._watched_bus, self._deliver)
        self._rows.diary.on_file = talks.on_file
        self.carrier = Carrier(self.clock, talks, people)
        self._outreach = Outreach(
            chains=stores.chains,
            attempts=stores.attempts,
            runs=stores.runs,
            pace=stores.pace,
            ledger=stores.ledger,
            rules=rules,
            campaigns=CAMPAIGNS,
            now=self.clock.now,
        )
        kept = self._rows.plain.chains.chain
        self._executions = Executions(self.clock, self._dice, order.whims, self._step, kept)
        self._lambda = self._steps()

    def play(self) -> None:
        """From the first event to the last. Raises Endless."""
        for told in self._order.scenario.tells:
            self.clock.after(told.after_s, partial(self._deliver, partial(self._accept, told)))
        for number, after_s in self._order.scenario.stops.items():
            self.clock.after(after_s, partial(self._opts_out, number, f"SM-{number}"))
        for after_s, running in self._order.scenario.words.items():
            self.clock.after(after_s, partial(self._try, partial(self._say, running), QUEUE_TRIES))
        self.clock.run()

    def evidence(self) -> Evidence:
        scenario = self._order.scenario
        return Evidence(
            told=scenario.tells,
            rings=self.carrier.rings,
            texts=self.carrier.texts,
            said_stop=self._said_stop | self.carrier.said_stop,
            bus=self._bus,
            stores=self._rows.plain,
            diary=self._rows.diary,
        )

    def _steps(self) -> Steps:
        """What Lambda works with."""
        carrier = self.effects.of(self.carrier, "carrier")
        return Steps(
            outreach=self._outreach,
            bus=self._watched_bus,
            follow_ups=self.effects.of(self._follow_ups, "desk"),
            outbound=carrier,
            orders=_order,
            messages=carrier,
            text_status_url=TEXTS,
            executions=cast(StepFunctions, self.effects.of(self._executions, "executions")),
        )

    def _strike(self, number: int, name: str) -> Blow | None:
        struck = dict(self._order.strikes).get(number)
        if struck is None and self._order.often and self._dice.random() < self._order.often:
            return self._dice.choices(tuple(Blow), _WEIGHTS)[0]
        return struck

    def _before(self, blow: Blow | None) -> None:
        """What comes between an effect and the one before."""
        if blow is Blow.STOPPED:
            for number in sorted({told.number for told in self._order.scenario.tells if told.number}):
                self._opts_out(number, f"SM-{number}")
        if blow is Blow.OVERTAKEN:
            self._executions.twins()
        self.clock.pass_by(blow in STANDS_STILL)

    def _deliver(self, handle: Callable[[], object], tries: int = QUEUE_TRIES) -> None:
        """Each message comes more than once, in any order, each copy until somebody took it in."""
        for _ in range(COPIES):
            self.clock.after(self._dice.uniform(0, _LATE_S), partial(self._try, handle, tries))

    def _try(self, handle: Callable[[], object], tries: int, tried: int = 1) -> None:
        def done(_: object, error: BaseException | None) -> None:
            if error is not None and tried < tries:
                wait_s = self._dice.uniform(0, min(2.0**tried, 900.0))
                self.clock.after(wait_s, partial(self._try, handle, tries, tried + 1))

        self.clock.start(handle, done)

    def _accept(self, told: Told) -> None:
        accepted = accept(self._outreach, told.kind, told.detail, told.at)
        if accepted.start:
            self._lambda.executions.start(accepted.chain, {"chain": accepted.chain})

    def _step(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        return step(self._lambda, event)

    def _say(self, running: Running) -> None:
        """Somebody of the company does, and tries again until it is done."""
        begun = self.clock.now()
        self._stores.runs.set_standing(REMINDER, Standing(running, "a supervisor", "their word", begun))
        self._rows.diary.stands(begun, running)

    def _opts_out(self, number: str, proof: str) -> None:
        self._said_stop.add(number)
        said = OptOut(self.clock.now(), "text message", proof)
        self._deliver(partial(self._stores.ledger.opt_out, number, said))


def _order(attempt: Attempt) -> CallOrder:
    url = f"{URL}{attempt.key}"
    return CallOrder(to=attempt.to, from_=LINE, url=url, fallback_url=url, status_url=url, ring_s=20, time_limit_s=600)
