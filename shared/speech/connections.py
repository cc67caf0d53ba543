"""Connections that many utterances share: how much each may hold, and what becomes of all when one ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, Protocol

from shared.ports import ProviderError, Unavailable

_UNHEARD_BYTES: Final = 4 * 1024 * 1024
"""Sound of one utterance that may wait for its listener: more than the longest text makes."""


class Broken(Unavailable):
    """The connection ended under an utterance."""


class Incoming:
    """One utterance on its way: sound, then its end or an error."""

    def __init__(self, vendor: str) -> None:
        self.over = False
        self._vendor = vendor
        self._arrived: asyncio.Queue[bytes | ProviderError] = asyncio.Queue()
        self._waiting = 0

    def add(self, sound: bytes) -> None:
        if sound and not self.over:
            self._waiting += len(sound)
            self._arrived.put_nowait(sound)
            if self._waiting > _UNHEARD_BYTES:
                self.end(Unavailable(f"{self._vendor}: more audio than the text can be"))

    def end(self, error: ProviderError | None = None) -> None:
        if not self.over:
            self.over = True
            self._arrived.put_nowait(error or b"")

    async def next(self) -> bytes:
        """The next sound; nothing at the end. Raises ProviderError."""
        item = await self._arrived.get()
        if isinstance(item, ProviderError):
            raise item
        self._waiting -= len(item)
        return item


class Shared(Protocol):
    """A connection that takes several utterances at a time."""

    @property
    def is_open(self) -> bool: ...

    @property
    def has_room(self) -> bool: ...

    async def close(self) -> None: ...


class Pool[Connection: Shared]:
    """As many connections as the utterances at one time need, opened when they do, and kept."""

    def __init__(self, opened: Callable[[], Awaitable[Connection]]) -> None:
        self._opened = opened
        self._kept: list[Connection] = []
        self._opening = asyncio.Lock()

    async def any(self) -> Connection:
        """One with room, opened unless there is one. Raises ProviderError."""
        async with self._opening:
            self._kept = [connection for connection in self._kept if connection.is_open]
            free = next((connection for connection in self._kept if connection.has_room), None)
            if free is None:
                free = await self._opened()
                self._kept.append(free)
            return free

    async def close(self) -> None:
        for connection in self._kept:
            await connection.close()


async def twice(utter: Callable[[], AsyncGenerator[bytes]]) -> AsyncGenerator[bytes]:
    """Once more, at once, when a connection that was kept turns out to be broken."""
    heard = False
    try:
        async with aclosing(utter()) as chunks:
            async for chunk in chunks:
                heard = True
                yield chunk
        return
    except Broken:
        if heard:
            raise
    async with aclosing(utter()) as chunks:
        async for chunk in chunks:
            yield chunk
