"""The WebSocket API: who may listen, and to which call's words.

A browser can give a WebSocket no header, and a token has no business in an address. So the page asks the API, which
knows whose it is, for a ticket: it opens one connection, within seconds.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from functions.desk.dependencies import Dependencies

log = logging.getLogger(__name__)

type Answer = Mapping[str, int]

OK: Answer = {"statusCode": 200}
NO: Answer = {"statusCode": 403}
_LONGEST_SID = 34


def socket(deps: Dependencies, event: Mapping[str, Any]) -> Answer:
    """One event of a WebSocket API. Raises ProviderError."""
    context = event["requestContext"]
    connection_id = context["connectionId"]
    match context["eventType"]:
        case "CONNECT":
            ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
            return _connect(deps, connection_id, ticket)
        case "DISCONNECT":
            gone(deps, connection_id)
            return OK
        case _:
            return _watch(deps, connection_id, event.get("body") or "")


def gone(deps: Dependencies, connection_id: str) -> None:
    """A connection is over; with their last one a person has left."""
    if person_id := deps.connections.close(connection_id):
        deps.people.left(person_id)


def _connect(deps: Dependencies, connection_id: str, ticket: str) -> Answer:
    person_id = deps.connections.open(connection_id, ticket)
    if person_id is None:
        log.warning("desk_refused", extra={"reason": "ticket"})
        return NO
    deps.people.seen(person_id)
    return OK


def _watch(deps: Dependencies, connection_id: str, body: str) -> Answer:
    """`{"watch": <CallSid> | null}`: said again every minute, it also tells that the page is still open."""
    try:
        match json.loads(body):
            case {"watch": None | str() as call_sid} if len(call_sid or "") <= _LONGEST_SID:
                pass
            case _:
                return {"statusCode": 400}
    except ValueError:
        return {"statusCode": 400}
    person_id = deps.connections.watch(connection_id, call_sid)
    if person_id is None:
        return NO
    deps.people.seen(person_id)
    deps.send(connection_id, json.dumps({"news": [{"kind": "watching", "call_sid": call_sid}]}).encode())
    return OK
