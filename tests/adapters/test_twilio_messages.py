"""Text messages handed to Twilio's REST API, where it answers what it may."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from shared.adapters.twilio_messages import TwilioMessages
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.messages import OptedOut, TextMessage
from shared.ports.outbound import NumberRefused
from tests.adapters.http_server import Exchange, Handler, HttpServer

ACCOUNT = "AC" + "0" * 32
TEXT = TextMessage(
    to="+14155550111", from_="+14155550100", body="Your appointment is on Tuesday.", status_url="https://x.test/sms"
)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def answer(body: object, status: int) -> Handler:
    async def handle(exchange: Exchange) -> None:
        await exchange.answer("application/json", json.dumps(body).encode(), status)

    return handle


async def reset(exchange: Exchange) -> None:
    exchange.reset()


@pytest.mark.parametrize(("sender", "field"), [("+14155550100", "From"), ("MG1", "MessagingServiceSid")])
async def test_a_message_is_handed_over_once_from_a_number_or_a_set_of_them(
    server: HttpServer, sender: str, field: str
) -> None:
    server.script(answer({"sid": "SM2"}, 201))
    messages = TwilioMessages(ACCOUNT, "token", url=server.url)
    assert await asyncio.to_thread(messages.send, replace(TEXT, from_=sender)) == "SM2"
    (exchange,) = server.exchanges
    assert (exchange.method, exchange.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert parse_qs(exchange.body.decode()) == {
        "To": [TEXT.to],
        field: [sender],
        "Body": [TEXT.body],
        "StatusCallback": [TEXT.status_url],
    }


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer({"code": 21610}, 400), OptedOut),
        (answer({"code": 21614}, 400), NumberRefused),
        (answer({"code": 21408}, 403), Refused),
        (answer({"code": 20429}, 429), Throttled),
        (answer({}, 500), Unavailable),
        (reset, Unavailable),
    ],
)
async def test_a_failure_is_named_without_words_or_numbers_and_never_tried_again(
    server: HttpServer, handler: Handler, error: type[ProviderError]
) -> None:
    server.script(handler)
    with pytest.raises(ProviderError) as raised:
        await asyncio.to_thread(TwilioMessages(ACCOUNT, "token", url=server.url).send, TEXT)
    assert type(raised.value) is error
    assert TEXT.to not in str(raised.value)
    assert TEXT.body not in str(raised.value)
    assert len(server.exchanges) == 1
