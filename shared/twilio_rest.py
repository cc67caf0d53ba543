"""Requests to Twilio's REST API (`/2010-04-01`), and what its answers mean to the product.

Creating a call or a message knows no idempotency key (twilio-protocol 4.1), so nothing is ever asked twice here.
"""

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.messages import OptedOut
from shared.ports.outbound import NumberRefused

API_URL: Final = "https://api.twilio.com"

_NUMBER_REFUSED: Final = frozenset({21211, 21214, 21217, 21614, 13223, 13224, 13226})
"""The number called does not exist, or is of a kind that cannot be called or texted."""
_LATER: Final = frozenset({10004, 20429, 21611})
"""Too many calls, requests or messages at once, whatever the HTTP status."""
_OPTED_OUT: Final = 21610
_NOT_IN_PROGRESS: Final = 21220
"""The call is over: there is nothing to redirect or to end."""


class NotInProgress(Refused):
    """The call is over."""


class NotFound(Refused):
    """There is nothing of that name."""


class TwilioRest:
    """`auth_token` is the account's primary one; `url` another address than Twilio's own. Requests block, each step
    for `timeout_s` at most.

    Raises Refused and Throttled when nothing was done; Unavailable says nothing about what was.
    """

    def __init__(self, auth_token: str, *, url: str, timeout_s: float) -> None:
        self._auth_token = auth_token
        self._timeout_s = timeout_s
        parts = urlsplit(url)
        self._secure, self._host, self._path = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")

    def create(self, account_sid: str, resource: str, form: Mapping[str, str | tuple[str, ...]]) -> str:
        """The sid of what was made."""
        sid = self.post(account_sid, resource, form).get("sid")
        if not isinstance(sid, str) or not sid:
            raise Unavailable("Twilio answers without the sid of what it made")
        return sid

    def post(self, account_sid: str, resource: str, form: Mapping[str, str | tuple[str, ...]]) -> Mapping[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", account_sid, f"{resource}.json", urlencode(form, doseq=True), headers)

    def get(self, account_sid: str, resource: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        return self._ask("GET", account_sid, f"{resource}.json" + (f"?{urlencode(query)}" if query else ""), None, {})

    def _ask(
        self, method: str, account_sid: str, resource: str, body: str | None, headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        connect = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connect(self._host, timeout=self._timeout_s)
        credentials = b64encode(f"{account_sid}:{self._auth_token}".encode()).decode()
        path = f"{self._path}/2010-04-01/Accounts/{account_sid}/{resource}"
        try:
            connection.request(method, path, body, {**headers, "Authorization": f"Basic {credentials}"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"Twilio does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status < 300 and isinstance(answer, dict):
            return answer
        code = answer.get("code") if isinstance(answer, dict) else None
        raise _error(response.status, code if isinstance(code, int) else 0)


def _error(status: int, code: int) -> ProviderError:
    """Twilio's refusals as the product knows them; the number that was refused stays out of the words."""
    why = f"Twilio: {status} {code or ''}".rstrip()
    if status == 429 or code in _LATER:
        return Throttled(why)
    if not 400 <= status < 500:
        return Unavailable(why)
    if status == 404:
        return NotFound(why)
    if code in _NUMBER_REFUSED:
        return NumberRefused(why)
    return {_NOT_IN_PROGRESS: NotInProgress, _OPTED_OUT: OptedOut}.get(code, Refused)(why)
