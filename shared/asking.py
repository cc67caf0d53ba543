"""Requests to a model's endpoint: connections that are kept, one more try after a stumble."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import aiohttp

_WARM_UP_S: Final = 3.0
_CONNECT_S: Final = 1.5
"""Enough for a lost packet to be sent again; little enough to try once more before the caller wonders."""
_KEEP_CONNECTED_S: Final = 120
"""Longer than a caller takes for a turn, so that a reply seldom waits for a handshake."""
_END_S: Final = 0.05

logger = logging.getLogger(__name__)


class Connections:
    """Kept until `close`; the next request opens others, in the running loop. Each request has `headers`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_CONNECTED_S),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def warm_up(self, url: str) -> None:
        """Connect before the first caller waits for it. Never fails."""
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_WARM_UP_S), self.session.get(url) as response:
                await response.read()


async def once_more(post: Callable[[], Awaitable[aiohttp.ClientResponse]]) -> aiohttp.ClientResponse:
    """Ask; once more, at once, when the connection broke or the vendor stumbled. Raises aiohttp's errors."""
    try:
        response = await post()
        if response.status < 500:
            return response
        response.close()
        error = f"HTTP {response.status}"
    except (aiohttp.ClientConnectionError, ConnectionError) as failure:
        error = type(failure).__name__
    logger.warning("model_asked_again", extra={"error": error})
    return await post()


async def read_end(response: aiohttp.ClientResponse) -> None:
    """The few bytes after the last event: a connection is kept only when its answer was read to the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_END_S):
            await response.content.readany()
