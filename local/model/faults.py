"""Faults on request: the next answers fail in the way a test orders. Not part of the vendor's API; lives under /lab."""

from collections import deque
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_MOST = 1000


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")
    times: int = Field(default=1, ge=1, le=_MOST)


class Delay(_Fault):
    """The answer, or its first chunk, comes `ms` milliseconds later."""

    kind: Literal["delay"]
    ms: int = Field(ge=0, le=600_000)


class Stall(_Fault):
    """A stream stops for `ms` milliseconds after `after` chunks, then goes on."""

    kind: Literal["stall"]
    after: int = Field(default=2, ge=0)
    ms: int = Field(default=60_000, ge=0, le=600_000)


class Status(_Fault):
    """The request is refused with `status`, as when the quota is spent (429) or the vendor is ill (500)."""

    kind: Literal["status"]
    status: int = Field(ge=400, le=599)
    retry_after_s: int | None = Field(default=None, ge=0)


class Malformed(_Fault):
    """A stream sends a chunk that is not JSON after `after` chunks; a whole answer is cut in the middle of its JSON."""

    kind: Literal["malformed"]
    after: int = Field(default=2, ge=0)


class Cut(_Fault):
    """A stream ends after `after` chunks without its last chunk and without [DONE]."""

    kind: Literal["cut"]
    after: int = Field(default=2, ge=0)


type Fault = Annotated[Delay | Stall | Status | Malformed | Cut, Field(discriminator="kind")]

_ORDER: TypeAdapter[Fault | list[Fault]] = TypeAdapter(Fault | list[Fault])


class Faults:
    """A queue of faults; every completion request takes one, first ordered first."""

    def __init__(self) -> None:
        self._queue: deque[Fault] = deque()

    def order(self, body: bytes) -> None:
        """Add one fault or a list, each `times` times. Raises ValueError for other bodies and beyond 1000 waiting."""
        ordered = _ORDER.validate_json(body)
        for fault in ordered if isinstance(ordered, list) else [ordered]:
            if len(self._queue) + fault.times > _MOST:
                raise ValueError(f"at most {_MOST} faults can wait")
            self._queue.extend([fault] * fault.times)

    def take(self) -> Fault | None:
        return self._queue.popleft() if self._queue else None

    def waiting(self) -> list[dict[str, object]]:
        return [fault.model_dump(exclude={"times"}) for fault in self._queue]

    def clear(self) -> None:
        self._queue.clear()
