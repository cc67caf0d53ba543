"""HubSpot's paths over HTTP on loopback: searching contacts and calls, and creating calls.

As HubSpot does, it takes any property of its own of a call and refuses others, wants `hs_timestamp`, and answers a
search with what was written. One thing is guessed: its search finds at once what was just created, which HubSpot's own
does after some seconds.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.cloud.server import serving

_STATUSES = frozenset(
    "BUSY CALLING_CRM_USER CANCELED COMPLETED CONNECTING FAILED IN_PROGRESS NO_ANSWER QUEUED RINGING".split()
)
_OF_CALLS = frozenset(
    f"hs_call_{name}"
    for name in (
        "title body direction status disposition duration from_number to_number external_id source recording_url"
    ).split()
) | {"hs_timestamp"}


class HubSpotApp:
    """The ASGI application. Contacts are put in by the lab, and what was noted is read there."""

    def __init__(self) -> None:
        self._objects: dict[str, list[dict[str, Any]]] = {"contacts": [], "calls": []}
        self._fault: dict[str, Any] = {}
        self.asgi = Starlette(
            routes=[
                Route("/crm/v3/objects/{kind}/search", self._search, methods=["POST"]),
                Route("/crm/v3/objects/calls", self._create, methods=["POST"]),
                Route("/", self._all, methods=["GET"]),
                Route("/lab/contacts", self._add_contact, methods=["POST"]),
                Route("/lab/calls", self._noted, methods=["GET"]),
                Route("/lab/fault", self._order, methods=["PUT"]),
            ]
        )

    async def _search(self, request: Request) -> Response:
        if refused := _unauthorised(request):
            return refused
        kept = self._objects.get(request.path_params["kind"])
        if kept is None:
            return _problem(400, "Unable to infer object type")
        groups = (await request.json()).get("filterGroups", [])
        found = [one for one in kept if any(_matches(one["properties"], group) for group in groups)]
        return JSONResponse({"total": len(found), "results": found[:10]})

    async def _create(self, request: Request) -> Response:
        if refused := _unauthorised(request):
            return refused
        body = await request.json()
        properties = body.get("properties", {})
        if unknown := sorted(set(properties) - _OF_CALLS):
            return _problem(400, f'Property values were not valid: property "{unknown[0]}" does not exist')
        if "hs_timestamp" not in properties:
            return _problem(400, "Error creating CALL. Some required properties were not set.")
        if properties.get("hs_call_status", "COMPLETED") not in _STATUSES:
            return _problem(400, "hs_call_status was not one of the allowed options")
        contacts = {one["id"] for one in self._objects["contacts"]}
        to = [one["to"]["id"] for one in body.get("associations", [])]
        if not contacts.issuperset(to):
            return _problem(400, "Some of the associated objects do not exist")
        fault, self._fault = self._fault, {}
        if fault and not fault.get("after"):
            return _problem(fault["status"], "ordered by the lab")
        created = self._add("calls", properties, associations=to)
        return _problem(fault["status"], "ordered by the lab") if fault else JSONResponse(created, 201)

    async def _add_contact(self, request: Request) -> Response:
        given = await request.json()
        digits = re.sub(r"\D", "", given["phone"])
        return JSONResponse(
            self._add("contacts", given | {"hs_searchable_calculated_international_phone_number": digits}), 201
        )

    async def _all(self, request: Request) -> Response:
        return JSONResponse(self._objects)

    async def _noted(self, request: Request) -> Response:
        return JSONResponse(self._objects["calls"])

    async def _order(self, request: Request) -> Response:
        """The next call created is answered with `status`; with `after`, it is created all the same."""
        self._fault = await request.json()
        return JSONResponse(self._fault)

    def _add(self, kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        number = sum(map(len, self._objects.values())) + 1
        added = {"id": str(number), "properties": properties, "createdAt": datetime.now(UTC).isoformat(), **more}
        self._objects[kind].append(added)
        return added


@asynccontextmanager
async def serving_hubspot(port: int = 0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 and yield the base URL; port 0 takes a free one."""
    async with serving(HubSpotApp().asgi, port) as found:
        yield f"http://127.0.0.1:{found}"


def _matches(properties: dict[str, Any], group: dict[str, Any]) -> bool:
    """All filters of a group must hold."""
    return all(
        one["operator"] == "EQ" and properties.get(one["propertyName"]) == one["value"] for one in group["filters"]
    )


def _unauthorised(request: Request) -> Response | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = scheme.lower() == "bearer" and token.strip()
    return None if given else _problem(401, "Authentication credentials not found.")


def _problem(status: int, message: str) -> Response:
    return JSONResponse({"status": "error", "message": message, "correlationId": "lab"}, status)
