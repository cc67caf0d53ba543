"""Two calls connected with each other, until either leaves."""

import asyncio

from local.carrier.line import Line
from local.carrier.room import Room


class Bridge:
    """Each side awaits `talk` with its own line."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._room = Room()

    async def talk(self, line: Line) -> None:
        """Be connected until the bridge is over; leaving, for whatever reason, ends it for both."""
        seat = self._room.sit()
        line.connect(seat)
        try:
            await self.over.wait()
        finally:
            line.connect(None)
            self._room.leave(seat)
            self.over.set()
