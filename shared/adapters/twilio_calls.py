"""Twilio's REST API for calls in progress: to ring people, and to send a call elsewhere (twilio-protocol 4.1, 4.2).

Nothing is ever asked twice here: whoever orders a call has written so before, and an order whose answer is lost counts
as failed.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from shared.ports.transfers import LegOrder
from shared.twilio_rest import API_URL, NotInProgress, TwilioRest

TIMEOUT_S: Final = 2.5
"""Of one step: the caller hears nothing meanwhile."""


class TwilioCalls:
    """`auth_token` is the account's primary one; `url` another address than Twilio's own. Calls block."""

    def __init__(self, auth_token: str, *, url: str = API_URL) -> None:
        self._rest = TwilioRest(auth_token, url=url, timeout_s=TIMEOUT_S)

    def ring(self, order: LegOrder) -> str:
        return self._rest.create(
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

    def redirect(self, account_sid: str, call_sid: str, url: str) -> None:
        self._change(account_sid, call_sid, {"Url": url})

    def hang_up(self, account_sid: str, call_sid: str) -> None:
        self._change(account_sid, call_sid, {"Status": "completed"})

    def _change(self, account_sid: str, call_sid: str, change: Mapping[str, str]) -> None:
        with suppress(NotInProgress):
            self._rest.post(account_sid, f"Calls/{call_sid}", change)
