"""What goes wrong on purpose: orders refused or lost, their answers lost, calls that fail, callbacks that go astray."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

type _Times = Annotated[int, Field(ge=1, le=1_000_000)]
type What = Literal["calls", "messages"]


class _Trouble(BaseModel):
    model_config = ConfigDict(extra="forbid")

    times: _Times = 1
    """How often it happens before all is well again."""


class OrderTrouble(_Trouble):
    """An order through REST (`POST Calls` or `Messages`) is not answered as it should be.

    `carried_out` says whether it was carried out all the same: then whoever ordered cannot know.
    """

    what: What
    answer: Literal["error", "silence", "reset"] = "error"
    """An error of `status` and `code`; no answer until the client has had enough; a connection that breaks."""
    status: Annotated[int, Field(ge=400, le=599)] = 500
    code: Annotated[int, Field(ge=10_000, le=99_999)] = 20500
    carried_out: bool = False


class LineTrouble(_Trouble):
    """Calls ordered through REST cannot be connected: they end `failed`, with this SIP code."""

    sip: Annotated[int, Field(ge=400, le=699)] = 503


class CallbackTrouble(_Trouble):
    """Callbacks are lost, delivered twice, or so late that others overtake them. Only callbacks: documents of a call
    are asked for as ever."""

    purpose: str = ""
    """`status`, `amd`, `text`, `recording` and the like, as the timeline names it; all when it is empty."""
    fate: Literal["lost", "twice", "late"]
    late_ms: Annotated[int, Field(ge=0, le=600_000)] = 1000


class Troubles:
    """All that is ordered, used up one after the other."""

    def __init__(self) -> None:
        self.orders: list[OrderTrouble] = []
        self.lines: list[LineTrouble] = []
        self.callbacks: list[CallbackTrouble] = []

    def clear(self) -> None:
        """All is well again."""
        for troubles in (self.orders, self.lines, self.callbacks):
            troubles.clear()

    def order(self, what: What) -> OrderTrouble | None:
        """What happens to this order."""
        return _use(self.orders, lambda trouble: trouble.what == what)

    def line(self) -> int | None:
        """The SIP code with which this call fails."""
        trouble = _use(self.lines, lambda _: True)
        return trouble.sip if trouble else None

    def callback(self, purpose: str) -> CallbackTrouble | None:
        """What happens to this callback."""
        return _use(self.callbacks, lambda trouble: trouble.purpose in ("", purpose))


def _use[T: _Trouble](troubles: list[T], fits: Callable[[T], bool]) -> T | None:
    found = next((trouble for trouble in troubles if fits(trouble)), None)
    if found is None:
        return None
    found.times -= 1
    if not found.times:
        troubles.remove(found)
    return found
