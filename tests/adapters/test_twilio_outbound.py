"""Calls placed by Twilio's REST API, where it answers what it may."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest

from shared.adapters.twilio_outbound import TwilioOutbound
from shared.core.call_status import CallStatus
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.outbound import NumberRefused
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.adapters.test_outbound_contract import LONG_AGO, ORDER, PERSON
from tests.local.carrier.office import ACCOUNT, TOKEN


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


@pytest.fixture
def outbound(server: HttpServer) -> TwilioOutbound:
    return TwilioOutbound(ACCOUNT, TOKEN, url=server.url)


def answer(body: object, status: int = 200) -> Handler:
    async def handle(exchange: Exchange) -> None:
        await exchange.answer("application/json", json.dumps(body).encode(), status)

    return handle


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def test_a_call_is_ordered_with_all_that_was_asked_for(server: HttpServer, outbound: TwilioOutbound) -> None:
    server.script(answer({"sid": "CA2"}, 201))
    assert await asyncio.to_thread(outbound.place, ORDER) == "CA2"
    (exchange,) = server.exchanges
    assert (exchange.method, exchange.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
    assert parse_qs(exchange.body.decode()) == {
        "To": [PERSON],
        "From": [ORDER.from_],
        "Url": [ORDER.url],
        "FallbackUrl": [ORDER.fallback_url],
        "StatusCallback": [ORDER.status_url],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["20"],
        "TimeLimit": ["600"],
        "MachineDetection": ["DetectMessageEnd"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": [ORDER.machine_url],
    }


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer({"code": 21211}, 400), NumberRefused),
        (answer({"code": 21215}, 400), Refused),
        (answer({"code": [1]}, 403), Refused),
        (answer({"code": 20429}, 429), Throttled),
        (answer({"code": 10004}, 400), Throttled),
        (answer({}, 503), Unavailable),
        (answer({"no": "sid"}, 201), Unavailable),
        (answer([], 201), Unavailable),
        (reset, Unavailable),
    ],
)
async def test_a_failure_tells_whether_the_phone_may_ring_and_nothing_is_asked_twice(
    server: HttpServer, outbound: TwilioOutbound, handler: Handler, error: type[ProviderError]
) -> None:
    server.script(handler)
    with pytest.raises(ProviderError) as raised:
        await asyncio.to_thread(outbound.place, ORDER)
    assert type(raised.value) is error
    assert PERSON not in str(raised.value)
    assert len(server.exchanges) == 1


async def test_all_pages_are_looked_through(server: HttpServer, outbound: TwilioOutbound) -> None:
    def page(sid: str, following: str | None) -> Handler:
        call = {
            "sid": sid,
            "status": "completed",
            "date_created": "Fri, 20 Nov 2026 09:30:00 +0000",
            "answered_by": "human",
            "duration": "49",
        }
        return answer({"calls": [call], "next_page_uri": following})

    server.script(page("CA1", "/more"), page("CA2", None))
    found = await asyncio.to_thread(outbound.find, PERSON, LONG_AGO)
    assert [(call.call_sid, call.status, call.answered_by, call.talked_s) for call in found] == [
        ("CA1", CallStatus.COMPLETED, "human", 49),
        ("CA2", CallStatus.COMPLETED, "human", 49),
    ]


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"sid": "CA1", "status": "new", "date_created": "Fri, 20 Nov 2026 09:30:00 +0000"},
        {"sid": "CA1", "status": "queued", "date_created": None},
    ],
)
async def test_what_is_not_a_call_is_not_taken_for_one(
    server: HttpServer, outbound: TwilioOutbound, resource: object
) -> None:
    server.script(answer(resource))
    with pytest.raises(Unavailable):
        await asyncio.to_thread(outbound.status, "CA1")
