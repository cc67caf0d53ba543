"""Step Functions, as `cdk/chain.asl.json` has it work: steps, waiting with a token, tries after a failure."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final

from rehearsal.sweep.clock import Clock
from shared.core.attempt import AttemptKey
from shared.ports.campaigns import KeptChain
from shared.usecases.chain import StepDocument

CALL_S: Final = 200.0
_MANY, _FEW = 100, 5
_REPAIRED_S: Final = 3600.0
"""After which somebody notices that a chain has no execution."""

type Act = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Steps:
    """What an execution has done, each in a process of its own."""

    decide: Callable[[str], StepDocument]
    call: Callable[[AttemptKey], StepDocument]
    reconcile: Callable[[AttemptKey], StepDocument]
    text: Callable[[str, str], StepDocument]
    finish: Callable[[str], object]
    keep_token: Callable[[str, str, int], bool]


@dataclass(frozen=True, slots=True)
class Whims:
    """How likely what is rare in life is here."""

    wake_lost: float = 0.0
    vanishes: float = 0.0
    """An execution is stopped by hand, at a step."""
    twin: float = 0.0
    """A chain has two executions."""


class Executions:
    """All executions of all chains. `kept` reads a chain's row, as the table's stream does."""

    def __init__(
        self, clock: Clock, dice: Random, whims: Whims, steps: Steps, kept: Callable[[str], KeptChain | None]
    ) -> None:
        self.clock, self.dice, self.whims, self.steps = clock, dice, whims, steps
        self._kept = kept
        self._all: list[Execution] = []
        self._begun: set[str] = set()
        self.numbers = itertools.count(1)

    def start(self, chain: str) -> None:
        """Once for each name, as Step Functions has it; now and then there is one more."""
        if chain in self._begun:
            return
        self._begun.add(chain)
        self.begin(chain)
        if self.dice.random() < self.whims.twin:
            self.clock.after(self.dice.uniform(0, 300), partial(self.begin, chain))

    def begin(self, chain: str) -> None:
        execution = Execution(self, chain)
        self._all.append(execution)
        execution.decide()

    def twins(self) -> None:
        """Every chain that is not over gets one more execution, at once."""
        for chain in sorted({execution.chain for execution in self._all if not execution.over}):
            self.clock.after(0.1, partial(self.begin, chain))

    def repair(self, chain: str) -> None:
        """Somebody notices in time that the chain's execution is gone."""
        self.clock.after(_REPAIRED_S, partial(self.begin, chain))

    def notice(self) -> None:
        """Rows have changed: whoever waits for one is woken, more than once, or never."""
        self._all = [execution for execution in self._all if not execution.over]
        for execution in self._all:
            kept = self._kept(execution.chain)
            token, version = execution.awaits
            if not token or kept is None or kept.token != token or kept.version == version:
                continue
            execution.awaits = (token, kept.version)
            if self.dice.random() >= self.whims.wake_lost:
                for _ in range(2):
                    self.clock.after(self.dice.uniform(0.1, 5), partial(execution.wake, token))


class Execution:
    """One. Whatever happens to a step, another follows, until the chain is over."""

    def __init__(self, among: Executions, chain: str) -> None:
        self.chain = chain
        self.over = False
        self.awaits = ("", 0)
        """The token, and the version of the row after which it is brought back."""
        self._among = among

    def decide(self) -> None:
        self._do(partial(self._among.steps.decide, self.chain), self._next, _MANY)

    def wake(self, token: str) -> None:
        """The token is brought back, or its time has come."""
        if token == self.awaits[0]:
            self.awaits = ("", 0)
            self.decide()

    def _next(self, step: StepDocument) -> None:
        steps = self._among.steps
        match step["do"]:
            case "wait":
                seconds = float(str(step["wait_s"]))
                self._wait(lambda token: step, seconds)
            case "call":
                key = AttemptKey.read(str(step["attempt"]))
                self._wait(lambda token: steps.call(key), CALL_S)
            case "reconcile":
                self._do(partial(steps.reconcile, AttemptKey.read(str(step["attempt"]))), self._next, _MANY)
            case "text":
                self._do(partial(steps.text, self.chain, str(step["text"])), self._next, _FEW)
            case _:
                self._do(partial(steps.finish, self.chain), self._ended, _MANY)

    def _wait(self, step: Callable[[str], StepDocument], seconds: float) -> None:
        token = f"token-{next(self._among.numbers)}"

        def leave_token() -> int | None:
            """The version after which it is to be woken; None at once."""
            following = step(token)
            version = int(str(following["version"]))
            waits = following["do"] == "wait" and self._among.steps.keep_token(self.chain, token, version)
            return version if waits else None

        def left(version: int | None) -> None:
            self.awaits = (token, version or 0)
            self._among.clock.after(1 if version is None else seconds, partial(self.wake, token))

        self._do(leave_token, left, _FEW)

    def _do(self, act: Act, then: Callable[[Any], None], tries: int, tried: int = 0) -> None:
        among = self._among
        if among.dice.random() < among.whims.vanishes:
            self.over = True
            among.repair(self.chain)
            return

        def done(result: object, error: BaseException | None) -> None:
            if error is None:
                then(result)
            elif tried + 1 < tries:
                delay = among.dice.uniform(0, min(2.0 * 2**tried, 900.0))
                among.clock.after(delay, lambda: self._do(act, then, tries, tried + 1))
            else:
                among.clock.after(1, self.decide)
            among.notice()

        among.clock.start(act, done)

    def _ended(self, _: object) -> None:
        self.over = True
