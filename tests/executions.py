"""Executions in memory; `tests/adapters/test_stepfunctions.py` has the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.ports import ProviderError


@dataclass(slots=True)
class FakeExecutions:
    started: dict[str, Mapping[str, str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Tokens."""
    woken: list[str] = field(default_factory=list)
    failure: ProviderError | None = None
    """Raised once, by what is asked next."""

    def start(self, name: str, given: Mapping[str, str]) -> bool:
        self._fail()
        return self.started.setdefault(name, given) is given

    def wake(self, token: str) -> bool:
        self._fail()
        self.woken.append(token)
        waited = token in self.waiting
        self.waiting.discard(token)
        return waited

    def _fail(self) -> None:
        failure, self.failure = self.failure, None
        if failure:
            raise failure
