"""What waits to be sent on a media socket. The line's clock puts messages in and never waits; one task sends them."""

import asyncio
from collections import deque

import aiohttp

MAX_WAITING_MEDIA = 250
"""Five seconds of sound; a server that is further behind loses media (31930)."""
MAX_WAITING = 1000


class Outbox:
    """Messages in order. Media stay out when too many wait (`behind`); whoever causes others waits for `room`."""

    def __init__(self) -> None:
        self._messages: deque[str] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()

    def put(self, message: str) -> None:
        self._messages.append(message)
        self._filled.set()

    @property
    def behind(self) -> bool:
        """Whether media should be left out."""
        return len(self._messages) >= MAX_WAITING_MEDIA

    async def room(self) -> None:
        """Wait until less than MAX_WAITING messages wait. The end of the socket bounds the wait."""
        while len(self._messages) >= MAX_WAITING:
            self._drained.clear()
            await self._drained.wait()

    async def send_all(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Send what comes until cancelled, or until the socket breaks: its reader says why."""
        try:
            while True:
                while self._messages:
                    await socket.send_str(self._messages[0])
                    self._messages.popleft()
                    self._drained.set()
                self._filled.clear()
                await self._filled.wait()
        except (aiohttp.ClientError, OSError):
            return
