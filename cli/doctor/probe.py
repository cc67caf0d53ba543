"""One HTTP request, of which only the status counts."""

import http.client
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

DEADLINE_S: Final = 12.0
"""More than the webhooks' own (8 s), so that theirs is seen."""


class Unreachable(Exception):
    """No answer; says why, without repeating what was sent."""


def ask(
    method: Literal["GET", "POST"],
    url: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """The status. Fields are sent as a form. Raises Unreachable."""
    parts = urlsplit(url)
    secure = parts.scheme in ("https", "wss")
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    form = None if fields is None else urlencode(fields)
    sent = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    connection = kind(parts.hostname or "", parts.port, timeout=DEADLINE_S)
    try:
        connection.request(method, parts.path or "/", form, {**sent, **(headers or {})})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{parts.hostname}: {error or type(error).__name__}") from None
    finally:
        connection.close()
