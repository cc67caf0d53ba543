"""How late the event loop is: what every call on it waits besides whatever else it waits for.

A timer that fires late was held up by something that did not let go of the loop, or by a core that is not ours alone.
"""


class LoopLag:
    """Watches a timer that should fire every `interval_s`. Times are monotonic s."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._due: float | None = None
        self._worst_s = 0.0

    def tick(self, now: float) -> None:
        """The timer has fired."""
        if self._due is not None:
            self._worst_s = max(self._worst_s, now - self._due)
        self._due = now + self._interval_s

    def worst_ms(self) -> int:
        """The latest it fired since this was last asked."""
        worst_s, self._worst_s = self._worst_s, 0.0
        return round(1000 * worst_s)
