"""What an account may do, and how fast.

Twilio starts one call a second for an account, by default, and lets the others wait in its queue; it answers too many
requests at once with 429 (20429). How it refuses a call beyond those an account may have at once is a guess: here
the order is refused with 10004.
"""

import asyncio
from dataclasses import dataclass, field

DEFAULT_CALLS_PER_SECOND = 1.0


@dataclass(slots=True, kw_only=True)
class Limits:
    """None is no limit."""

    calls_per_second: float | None = DEFAULT_CALLS_PER_SECOND
    """Of calls ordered through REST; parties of a <Dial> do not count."""
    calls_at_once: int | None = None
    requests_at_once: int | None = None
    refused: dict[str, int] = field(default_factory=dict)
    """Beginnings of numbers that are not called, such as +91, to Twilio's code for why: 21215 is geographic
    permission, 21216 the blocklist, 21214 a number that cannot be reached, 21217 one that does not exist."""

    def refusal(self, number: str) -> int | None:
        """Why the number is not called: the longest beginning counts."""
        known = [beginning for beginning in self.refused if number.startswith(beginning)]
        return self.refused[max(known, key=len)] if known else None


class Queue:
    """Where ordered calls wait for their turn, first come, first served. Twilio drops those of 24 hours; here none
    wait that long."""

    def __init__(self, limits: Limits, pace: float) -> None:
        self._limits = limits
        self._pace = pace
        self._next = 0.0

    async def turn(self) -> None:
        """Returns when the next call may be started. Whoever gives up meanwhile leaves the turn unused."""
        rate = self._limits.calls_per_second
        if rate is None:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + 1 / (rate * self._pace)
        await asyncio.sleep(at - now)
