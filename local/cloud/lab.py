"""What only a laboratory has: faults on request, and the timings of the engines. Not part of any AWS protocol."""

import math
from collections import Counter, deque
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

type Service = Literal["transcribe", "polly"]
type Kind = Literal["delay", "stall", "reset", "throttle", "exception", "deaf"]

_MOST_FAULTS = 1000
_SAMPLES = 1000


class Fault(BaseModel):
    """One thing to go wrong at a service's next use, `times` times.

    delay: the first audio byte, or every later result of a stream, comes `ms` late.
    stall: nothing moves for `ms` in the middle of an answer or a stream.
    reset: the connection breaks in the middle.
    throttle: the next request or stream is refused as too many.
    exception: `error` is answered, or sent into the running stream.
    deaf: a stream's audio of the next `ms` is thrown away (transcribe only).
    """

    model_config = ConfigDict(extra="forbid")

    service: Service
    kind: Kind
    times: int = Field(default=1, ge=1, le=_MOST_FAULTS)
    ms: int = Field(default=0, ge=0, le=600_000)
    error: str = Field(default="", pattern=r"^[A-Za-z]*$")


class Faults:
    """The faults still to come, oldest first."""

    def __init__(self) -> None:
        self._coming: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Raises ValueError when too many wait already."""
        if len(self._coming) >= _MOST_FAULTS:
            raise ValueError(f"{_MOST_FAULTS} faults wait already")
        self._coming.append(fault)

    def clear(self) -> None:
        self._coming.clear()

    def coming(self) -> list[Fault]:
        return list(self._coming)

    def take(self, service: Service, *kinds: Kind) -> Fault | None:
        """The next fault of these kinds, used up by one; None is the usual answer."""
        for index, fault in enumerate(self._coming):
            if fault.service == service and fault.kind in kinds:
                if fault.times == 1:
                    del self._coming[index]
                else:
                    self._coming[index] = fault.model_copy(update={"times": fault.times - 1})
                return fault
        return None


class Stats:
    """Counts, and the last thousand measurements of each kind in ms."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._series: dict[str, deque[float]] = {}

    def count(self, name: str, by: int = 1) -> None:
        self._counts[name] += by

    def measure(self, name: str, ms: float) -> None:
        self._series.setdefault(name, deque(maxlen=_SAMPLES)).append(ms)

    def summary(self) -> dict[str, object]:
        """Counts by name, and by name of measurement its count, p50, p95 and max in ms."""
        return {"counts": dict(self._counts), "ms": {name: _spread(values) for name, values in self._series.items()}}


def _spread(values: deque[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "p50": _rank(ordered, 0.5),
        "p95": _rank(ordered, 0.95),
        "max": round(ordered[-1], 1),
    }


def _rank(ordered: list[float], share: float) -> float:
    return round(ordered[math.ceil(share * len(ordered)) - 1], 1)
