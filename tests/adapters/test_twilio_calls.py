"""Calls ordered, redirected and ended by Twilio's REST API: at the carrier stand-in, and at one that misbehaves."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest

from shared.adapters.twilio_calls import TwilioCalls
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.transfers import LegOrder
from tests.adapters.http_server import Exchange, Handler, HttpServer

ORDER = LegOrder(
    account_sid="AC" + "0" * 32,
    to="+15550100001",
    caller_id="+15550100123",
    url="https://voice.example.com/brief?call=CA1",
    status_url="https://voice.example.com/leg?call=CA1",
    ring_s=20,
)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def answer(body: object, status: int = 200) -> Handler:
    async def handle(exchange: Exchange) -> None:
        await exchange.answer("application/json", json.dumps(body).encode(), status)

    return handle


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def test_a_call_is_ordered_once_with_all_the_carrier_needs(server: HttpServer) -> None:
    server.script(answer({"sid": "CA2"}, 201))
    assert await asyncio.to_thread(TwilioCalls("token", url=server.url).ring, ORDER) == "CA2"
    (exchange,) = server.exchanges
    assert (exchange.method, exchange.path) == ("POST", f"/2010-04-01/Accounts/{ORDER.account_sid}/Calls.json")
    assert {name: values[0] for name, values in parse_qs(exchange.body.decode()).items()} == {
        "To": ORDER.to,
        "From": ORDER.caller_id,
        "Url": ORDER.url,
        "StatusCallback": ORDER.status_url,
        "StatusCallbackEvent": "completed",
        "Timeout": "20",
    }


async def test_a_call_that_is_over_is_neither_redirected_nor_ended_and_nobody_minds(server: HttpServer) -> None:
    for _ in range(2):
        server.script(answer({"code": 21220, "message": "not in progress"}, 400))
    calls = TwilioCalls("token", url=server.url)
    await asyncio.to_thread(calls.redirect, "AC1", "CA1", "https://voice.example.com/wait")
    await asyncio.to_thread(calls.hang_up, "AC1", "CA1")
    assert [parse_qs(exchange.body.decode()) for exchange in server.exchanges] == [
        {"Url": ["https://voice.example.com/wait"]},
        {"Status": ["completed"]},
    ]


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer({"code": 21211, "message": "+15550100001 is not valid"}, 400), Refused),
        (answer({"code": 20429}, 429), Throttled),
        (answer({}, 503), Unavailable),
        (answer([], 500), Unavailable),
        (reset, Unavailable),
    ],
)
async def test_a_refusal_is_named_without_the_number_and_never_tried_again(
    server: HttpServer, handler: Handler, error: type[ProviderError]
) -> None:
    server.script(handler)
    with pytest.raises(error) as raised:
        await asyncio.to_thread(TwilioCalls("token", url=server.url).ring, ORDER)
    assert ORDER.to not in str(raised.value)
    assert len(server.exchanges) == 1
