"""Which calls live in this process, how many may, and who owns one.

Everything here happens on the event loop without waiting, so counting and deciding are one step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Leave(StrEnum):
    """Why a live stream is told to let go of its call."""

    SUPERSEDED = "superseded"
    """A newer stream of the same call has come."""
    DRAINED = "drained"
    """This process is going away; the next-step webhook takes the call on."""


@dataclass(frozen=True, slots=True)
class _Owner:
    stream: int
    leave: Callable[[Leave], None]


@dataclass(slots=True)
class LiveCalls:
    """Admission and ownership. `count` counts media sockets from their upgrade to their end."""

    limit: int
    count: int = 0
    draining: bool = False
    on_busy: Callable[[bool], None] = lambda busy: None
    """Told when the first call comes (True), and when the last one has ended."""
    on_drain: Callable[[], None] = lambda: None
    """Told when no more calls are taken."""
    _left: bool = False
    _owners: dict[str, _Owner] = field(default_factory=dict)

    @property
    def accepting(self) -> bool:
        return not self.draining and self.count < self.limit

    def admit(self) -> bool:
        """Take a place, if there is one; whoever got True calls `release`."""
        if not self.accepting:
            return False
        self.count += 1
        if self.count == 1:
            self.on_busy(True)
        return True

    def release(self) -> None:
        self.count -= 1
        if self.count == 0:
            self.on_busy(False)

    def own(self, call_sid: str, stream: int, leave: Callable[[Leave], None]) -> bool:
        """Become the stream that speaks for this call: False if a newer one does; an older one is told to leave."""
        owner = self._owners.get(call_sid)
        if owner is not None and owner.stream >= stream:
            return False
        self._owners[call_sid] = _Owner(stream, leave)
        if owner is not None:
            owner.leave(Leave.SUPERSEDED)
        if self._left:
            leave(Leave.DRAINED)
        return True

    def disown(self, call_sid: str, stream: int) -> None:
        owner = self._owners.get(call_sid)
        if owner is not None and owner.stream == stream:
            del self._owners[call_sid]

    def drain(self) -> None:
        """Take no more calls; those that live go on."""
        self.draining = True
        self.on_drain()

    def leave_all(self) -> None:
        """Tell every live call to let go now, and each that is still coming up."""
        self._left = True
        for owner in list(self._owners.values()):
            owner.leave(Leave.DRAINED)
