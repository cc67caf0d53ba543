"""Sound as the answer to one HTTP request: connections that are kept, and errors by their names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp

from shared.ports import Unavailable

_CONNECT_S: Final = 2


def session(*, connections: int, keep_s: float) -> aiohttp.ClientSession:
    """At most so many connections at a time, each kept for `keep_s` after its last answer."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=keep_s),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


@contextmanager
def named_errors(vendor: str) -> Iterator[None]:
    """Say what the vendor's error means; its own text may quote the caller's words."""
    try:
        yield
    except TimeoutError:
        raise Unavailable(f"{vendor}: no audio in time") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{vendor}: {type(error).__name__}") from None
