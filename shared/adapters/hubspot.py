"""HubSpot as the CRM: calls as engagements of the contact that has the number.

Sources: HubSpot's developer documentation, "Activities | Calls" (properties, default outcomes), "Search the CRM"
(filter groups are alternatives) and "Associations" (type 194: call to contact). A token of a private app needs the
scopes crm.objects.contacts.read and crm.objects.contacts.write.
"""

import http.client
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

from shared.ports import Refused, Throttled, Unavailable
from shared.ports.crm import CallNote, Reached

API_URL: Final = "https://api.hubapi.com"
TIMEOUT_S: Final = 8.0
"""Of one step. Nobody waits for it."""

_CALL_TO_CONTACT: Final = 194
_NUMBERS: Final = (
    "hs_searchable_calculated_international_phone_number",
    "hs_searchable_calculated_international_mobile_number",
)
"""What HubSpot itself makes of the numbers on file, however they were typed: digits, the country's first."""

_OUTCOME: Final[Mapping[Reached, tuple[str, str]]] = {
    Reached.TALKED: ("COMPLETED", "f240bbac-87c9-4f6e-bf70-924b57d47db7"),
    Reached.MESSAGE_LEFT: ("COMPLETED", "b2cf5968-551e-4856-9783-52b3da59a7d0"),
    Reached.WRONG_NUMBER: ("COMPLETED", "17b47fee-58de-441e-a44c-c6300d46f273"),
    Reached.BUSY: ("BUSY", "9d9162e7-6cf3-4944-bf63-4dff82258764"),
    Reached.NO_ANSWER: ("NO_ANSWER", "73a0d17f-1163-4015-bdd5-ec830791da20"),
    Reached.NOT_CONNECTED: ("FAILED", ""),
}
"""HubSpot's status, and its own outcomes, which every account has."""


class HubSpot:
    """`token` is a private app's; `url` another address than HubSpot's own. Calls block."""

    def __init__(self, token: str, *, url: str = API_URL) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        parts = urlsplit(url)
        self._secure, self._host, self._path = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")

    def has_call(self, key: str) -> bool:
        return bool(self._find("calls", [("hs_call_external_id", key)]))

    def note_call(self, note: CallNote) -> None:
        status, outcome = _OUTCOME[note.reached]
        ours, theirs = note.line, note.number
        properties = {
            "hs_timestamp": note.at.isoformat(),
            "hs_call_title": note.title,
            "hs_call_body": escape(note.body).replace("\n", "<br>"),
            "hs_call_direction": "OUTBOUND" if note.outgoing else "INBOUND",
            "hs_call_status": status,
            "hs_call_disposition": outcome,
            "hs_call_duration": str(note.talked_s * 1_000),
            "hs_call_from_number": ours if note.outgoing else theirs,
            "hs_call_to_number": theirs if note.outgoing else ours,
            "hs_call_external_id": note.key,
            "hs_call_source": "INTEGRATIONS_PLATFORM",
        }
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _CALL_TO_CONTACT}
        contacts = self._contacts(note.number)[:1]
        self._post(
            "calls",
            {
                "properties": {name: value for name, value in properties.items() if value},
                "associations": [{"to": {"id": contact}, "types": [kind]} for contact in contacts],
            },
        )

    def _contacts(self, number: str) -> Sequence[str]:
        digits = number.removeprefix("+")
        return self._find("contacts", [(name, digits) for name in _NUMBERS]) if digits.isdecimal() else ()

    def _find(self, what: str, either: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Ids of those for which one of these properties has that value."""
        groups = [{"filters": [{"propertyName": name, "operator": "EQ", "value": value}]} for name, value in either]
        answer = self._post(f"{what}/search", {"filterGroups": groups, "limit": 1, "properties": ["hs_object_id"]})
        return [str(found["id"]) for found in answer.get("results", [])]

    def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        connect = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connect(self._host, timeout=TIMEOUT_S)
        try:
            connection.request("POST", f"{self._path}/crm/v3/objects/{path}", json.dumps(body), self._headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"HubSpot does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status < 300 and isinstance(answer, dict):
            return answer
        kind = Throttled if response.status == 429 else Unavailable if response.status >= 500 else Refused
        raise kind(f"HubSpot: {response.status}")
