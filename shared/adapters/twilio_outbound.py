"""Calls on the company's own initiative, by Twilio's REST API (twilio-protocol 4.1).

An order whose answer is lost is never repeated: `find` tells what became of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from shared.core.call_status import CallStatus
from shared.ports import Refused, Unavailable
from shared.ports.outbound import CallOrder, PlacedCall
from shared.twilio_rest import API_URL, NotFound, NotInProgress, TwilioRest

TIMEOUT_S: Final = 10.0
"""Of one step. A lost answer costs more than waiting: nobody knows whether the call was placed."""

_STATUSES: Final = ("initiated", "ringing", "answered", "completed")
_PAGE: Final = 100
_PAGES: Final = 10


class TwilioOutbound:
    """`auth_token` is the account's primary one; `url` another address than Twilio's own. Calls block."""

    def __init__(self, account_sid: str, auth_token: str, *, url: str = API_URL) -> None:
        self._account_sid = account_sid
        self._rest = TwilioRest(auth_token, url=url, timeout_s=TIMEOUT_S)

    def place(self, order: CallOrder) -> str:
        form: dict[str, str | tuple[str, ...]] = {
            "To": order.to,
            "From": order.from_,
            "Url": order.url,
            "FallbackUrl": order.fallback_url,
            "StatusCallback": order.status_url,
            "StatusCallbackEvent": _STATUSES,
            "Timeout": str(order.ring_s),
            "TimeLimit": str(order.time_limit_s),
        }
        if order.machine_url:
            # Of a machine's greeting the end is told, for a message to be left after it; a person is told as soon.
            form |= {
                "MachineDetection": "DetectMessageEnd",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": order.machine_url,
            }
        return self._rest.create(self._account_sid, "Calls", form)

    def find(self, to: str, since: datetime) -> tuple[PlacedCall, ...]:
        calls = [call for call in self._calls(to) if call.placed_at >= since.replace(microsecond=0)]
        return tuple(sorted(calls, key=lambda call: call.placed_at, reverse=True))

    def status(self, call_sid: str) -> PlacedCall | None:
        with suppress(NotFound):
            return _call(self._rest.get(self._account_sid, f"Calls/{call_sid}", {}))
        return None

    def cancel(self, call_sid: str) -> None:
        with suppress(NotInProgress):
            self._rest.post(self._account_sid, f"Calls/{call_sid}", {"Status": "canceled"})

    def _calls(self, to: str) -> Iterator[PlacedCall]:
        """Every call to the number. The filter `StartTime` would leave out those that are queued: they have none."""
        for page in range(_PAGES):
            query = {"To": to, "PageSize": str(_PAGE), "Page": str(page)}
            answer = self._rest.get(self._account_sid, "Calls", query)
            yield from map(_call, answer.get("calls", ()))
            if not answer.get("next_page_uri"):
                return
        raise Refused("Twilio knows too many calls to that number to look through")


def _call(resource: Mapping[str, Any]) -> PlacedCall:
    """The resource as the product knows it (times are RFC 2822). Raises Unavailable."""
    try:
        return PlacedCall(
            call_sid=str(resource["sid"]),
            status=CallStatus(str(resource["status"])),
            placed_at=parsedate_to_datetime(resource["date_created"]).astimezone(UTC),
            answered_by=str(resource.get("answered_by") or ""),
            talked_s=int(resource.get("duration") or 0),
        )
    except (KeyError, TypeError, ValueError):
        raise Unavailable("Twilio answers what is not a call") from None
