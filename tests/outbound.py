"""Fakes of the carrier that takes orders for calls and text messages; contract suites in `tests/adapters`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from shared.core.call_status import CallStatus
from shared.ports import ProviderError
from shared.ports.messages import TextMessage
from shared.ports.outbound import CallOrder, PlacedCall


class FakeOutbound:
    """Keeps every order that was asked for in `orders`, and the calls they became in `calls`; `becomes` moves one."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.orders: list[CallOrder] = []
        self.calls: dict[str, PlacedCall] = {}
        self._numbers: dict[str, str] = {}
        self._failures: list[tuple[ProviderError, bool]] = []

    def refuse(self, error: ProviderError, *, placed: bool = False) -> None:
        """The next order raises this; `placed`, after the call was placed all the same."""
        self._failures.append((error, placed))

    def becomes(self, call_sid: str, status: CallStatus, *, answered_by: str = "", talked_s: int = 0) -> None:
        self.calls[call_sid] = replace(self.calls[call_sid], status=status, answered_by=answered_by, talked_s=talked_s)

    def place(self, order: CallOrder) -> str:
        self.orders.append(order)
        failure, placed = self._failures.pop(0) if self._failures else (None, True)
        sid = f"CA{len(self.orders):032x}"
        if placed:
            self.calls[sid] = PlacedCall(sid, CallStatus.QUEUED, self._now().replace(microsecond=0))
            self._numbers[sid] = order.to
        if failure:
            raise failure
        return sid

    def find(self, to: str, since: datetime) -> tuple[PlacedCall, ...]:
        found = [call for sid, call in self.calls.items() if self._numbers[sid] == to]
        return tuple(call for call in reversed(found) if call.placed_at >= since.replace(microsecond=0))

    def status(self, call_sid: str) -> PlacedCall | None:
        return self.calls.get(call_sid)

    def cancel(self, call_sid: str) -> None:
        if self.calls[call_sid].status.rank < CallStatus.IN_PROGRESS.rank:
            self.becomes(call_sid, CallStatus.CANCELED)


class FakeMessages:
    """Keeps what was sent; `refuse` makes the next order raise."""

    def __init__(self) -> None:
        self.sent: list[TextMessage] = []
        self._failures: list[ProviderError] = []

    def refuse(self, error: ProviderError) -> None:
        self._failures.append(error)

    def send(self, message: TextMessage) -> str:
        if self._failures:
            raise self._failures.pop(0)
        self.sent.append(message)
        return f"SM{len(self.sent):032x}"
