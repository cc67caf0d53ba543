"""Step Functions, as `cdk/chain.asl.json` has it work: steps, waiting with a token, tries after a failure."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final, cast

from rehearsal.sweep.clock import Clock
from shared.ports.campaigns import KeptChain

CALL_S: Final = 200.0
_MANY, _FEW = 100, 5
_REPAIRED_S: Final = 3600.0
"""After which somebody notices that a chain has no execution."""

type Step = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What an execution has done, as `functions.campaigns.step` is asked."""


@dataclass(frozen=True, slots=True)
class Whims:
    """How likely what is rare in life is here."""

    wake_lost: float = 0.0
    vanishes: float = 0.0
    """An execution is stopped by hand, at a step."""
    twin: float = 0.0
    """A chain has two executions."""


class Executions:
    """All executions of all chains. `step` is done in a process of its own; `kept` reads a chain's row, as the table's
    stream does."""

    def __init__(
        self, clock: Clock, dice: Random, whims: Whims, step: Step, kept: Callable[[str], KeptChain | None]
    ) -> None:
        self.clock, self.dice, self.whims, self.step = clock, dice, whims, step
        self._kept = kept
        self._all: list[Execution] = []
        self._seen: dict[str, int] = {}
        """The version of each chain's row that the stream has told of."""
        self.numbers = itertools.count(1)

    def start(self, name: str, given: Mapping[str, str]) -> bool:
        """Once for each name, as Step Functions has it; now and then there is one more."""
        if name in self._seen:
            return False
        self._seen[name] = 0
        copies = 2 if self.dice.random() < self.whims.twin else 1
        for number in range(copies):
            self.clock.after(0.1 + number * self.dice.uniform(0, 300), partial(self.begin, given["chain"]))
        return True

    def wake(self, token: str) -> bool:
        """The token is brought back."""
        self.clock.after(0.1, partial(self._woken, token))
        return True

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
        """Rows may have changed: whoever waits for one is woken, more than once, or never."""
        for chain, version in self._seen.items():
            kept = self._kept(chain)
            if kept is None or kept.version == version:
                continue
            self._seen[chain] = kept.version
            if kept.token and self.dice.random() >= self.whims.wake_lost:
                for _ in range(2):
                    self.clock.after(self.dice.uniform(0.1, 5), partial(self._woken, kept.token))

    def _woken(self, token: str) -> None:
        self._all = [execution for execution in self._all if not execution.over]
        for execution in self._all:
            execution.wake(token)


class Execution:
    """One. Whatever happens to a step, another follows, until the chain is over."""

    def __init__(self, among: Executions, chain: str) -> None:
        self.chain = chain
        self.over = False
        self._among = among
        self._awaits = ""
        """The token of the task that has to be brought back."""

    def decide(self) -> None:
        self._do({"step": "decide", "given": {"chain": self.chain}}, self._next, _MANY)

    def wake(self, token: str) -> None:
        """The token is brought back, or its time has come."""
        if token == self._awaits:
            self._awaits = ""
            self.decide()

    def _next(self, given: Mapping[str, Any]) -> None:
        match given["do"]:
            case "wait":
                self._wait("wait", given, float(given["wait_s"]))
            case "call":
                self._wait("call", given, CALL_S)
            case "reconcile":
                self._do({"step": "reconcile", "given": given}, self._next, _MANY)
            case "text":
                self._do({"step": "text", "given": given}, self._next, _FEW)
            case _:
                self._do({"step": "finish", "given": given}, self._ended, _MANY)

    def _wait(self, step: str, given: Mapping[str, Any], seconds: float, tried: int = 0) -> None:
        """A task that goes on when its token is brought back, its time has come, or it has failed too often."""
        token = self._awaits = f"token-{next(self._among.numbers)}"
        self._among.clock.after(seconds, partial(self.wake, token))

        def done(_: object, error: BaseException | None) -> None:
            if error is None or token != self._awaits:
                return
            if tried + 1 < _FEW:
                again = partial(self._wait, step, given, seconds, tried + 1)
                self._awaits = ""
                self._among.clock.after(self._backoff_s(tried), again)
            else:
                self.wake(token)

        self._among.clock.start(partial(self._among.step, {"step": step, "given": given, "token": token}), done)

    def _do(
        self, event: Mapping[str, Any], then: Callable[[Mapping[str, Any]], None], tries: int, tried: int = 0
    ) -> None:
        among = self._among
        if among.dice.random() < among.whims.vanishes:
            self.over = True
            among.repair(self.chain)
            return

        def done(result: object, error: BaseException | None) -> None:
            if error is None:
                then(cast(Mapping[str, Any], result))
            elif tried + 1 < tries:
                among.clock.after(self._backoff_s(tried), lambda: self._do(event, then, tries, tried + 1))
            else:
                among.clock.after(1, self.decide)

        among.clock.start(partial(among.step, event), done)

    def _backoff_s(self, tried: int) -> float:
        return self._among.dice.uniform(0, min(2.0 * 2**tried, 900.0))

    def _ended(self, _: object) -> None:
        self.over = True
