"""Twilio's REST API for calls: to ring people, and to send a call elsewhere (`/2010-04-01`, twilio-protocol 4.1, 4.2).

Creating a call knows no idempotency key, so nothing is ever asked twice here: whoever orders a call has written so
before, and an order whose answer is lost counts as failed.
"""

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from shared.ports import Refused, Throttled, Unavailable
from shared.ports.transfers import LegOrder

API_URL: Final = "https://api.twilio.com"
TIMEOUT_S: Final = 2.5
"""Of one step: the caller hears nothing meanwhile."""

_NOT_IN_PROGRESS: Final = 21220
"""The call is over: there is nothing to redirect or to end."""


class TwilioCalls:
    """`auth_token` is the account's primary one; `url` another address than Twilio's own. Calls block."""

    def __init__(self, auth_token: str, *, url: str = API_URL) -> None:
        self._auth_token = auth_token
        parts = urlsplit(url)
        self._secure, self._host, self._path = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")

    def ring(self, order: LegOrder) -> str:
        answer = self._post(
            order.account_sid,
            "Calls",
            {
                "To": order.to,
                "From": order.caller_id,
                "Url": order.url,
                "StatusCallback": order.status_url,
                "StatusCallbackEvent": "completed",
                "Timeout": str(order.ring_s),
            },
        )
        return str(answer["sid"])

    def redirect(self, account_sid: str, call_sid: str, url: str) -> None:
        self._change(account_sid, call_sid, {"Url": url})

    def hang_up(self, account_sid: str, call_sid: str) -> None:
        self._change(account_sid, call_sid, {"Status": "completed"})

    def _change(self, account_sid: str, call_sid: str, change: Mapping[str, str]) -> None:
        with suppress(_NotInProgress):
            self._post(account_sid, f"Calls/{call_sid}", change)

    def _post(self, account_sid: str, resource: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        connect = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connect(self._host, timeout=TIMEOUT_S)
        credentials = b64encode(f"{account_sid}:{self._auth_token}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
        path = f"{self._path}/2010-04-01/Accounts/{account_sid}/{resource}.json"
        try:
            connection.request("POST", path, urlencode(form), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"Twilio does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status < 300 and isinstance(answer, dict):
            return answer
        code = answer.get("code") if isinstance(answer, dict) else None
        if code == _NOT_IN_PROGRESS:
            raise _NotInProgress("Twilio: 21220")
        kind = Throttled if response.status == 429 else Unavailable if response.status >= 500 else Refused
        raise kind(f"Twilio: {response.status} {code or ''}".rstrip())


class _NotInProgress(Refused):
    pass
