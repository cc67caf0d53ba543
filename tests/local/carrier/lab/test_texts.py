"""Text messages, as an operator sends, reads and spoils them."""

import aiohttp
import pytest

from local.carrier.texts import Fate
from tests.local.carrier.office import CALLER, CLINIC, Telephony

SERVICE = "MG" + "1" * 32


async def test_somebody_texts_a_number_and_everything_they_got_can_be_read(
    line: Telephony, lab: aiohttp.ClientSession
) -> None:
    async with lab.post("/lab/texts", json={"from": CALLER, "to": CLINIC, "body": "STOP"}) as answer:
        assert answer.status == 201
        sid = (await answer.json())["message_sid"]
    async with lab.get("/lab/texts", params={"number": CALLER}) as answer:
        texts = (await answer.json())["texts"]
    assert [text["direction"] for text in texts] == ["outbound-reply", "inbound"]
    assert (texts[1]["sid"], texts[1]["body"]) == (sid, "STOP")
    async with lab.get("/lab/texts", params={"number": "+14155550000"}) as answer:
        assert (await answer.json())["texts"] == []


async def test_what_becomes_of_texts_to_somebody_can_be_decided(line: Telephony, lab: aiohttp.ClientSession) -> None:
    async with lab.put(f"/lab/texts/{CALLER}", json={"fate": "undelivered", "error_code": 30005}) as answer:
        assert answer.status == 204
    assert line.carrier.exchange.texts.fates == {CALLER: Fate(fate="undelivered", error_code=30005)}


async def test_numbers_can_be_put_into_a_set(line: Telephony, lab: aiohttp.ClientSession) -> None:
    async with lab.put(f"/lab/messaging-services/{SERVICE}", json=[CLINIC]) as answer:
        assert answer.status == 204
    assert line.carrier.exchange.texts.services == {SERVICE: [CLINIC]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "texts", {"from": CALLER, "to": "+14155559999", "body": "Hello."}, 404),
        ("POST", "texts", {"from": CALLER, "to": CLINIC, "body": ""}, 422),
        ("PUT", f"texts/{CALLER}", {"fate": "eaten"}, 422),
        ("PUT", "messaging-services/XX1", [CLINIC], 422),
        ("PUT", f"messaging-services/{SERVICE}", ["+14155559999"], 404),
    ],
)
async def test_a_bad_order_changes_nothing(
    line: Telephony, lab: aiohttp.ClientSession, method: str, path: str, body: object, status: int
) -> None:
    async with lab.request(method, f"/lab/{path}", json=body) as answer:
        assert answer.status == status
    texts = line.carrier.exchange.texts
    assert (texts.messages, texts.fates, texts.services) == ({}, {}, {})
