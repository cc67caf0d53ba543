"""Who is at a number, as an operator says."""

import aiohttp
import pytest

from local.carrier.phones.script import Script
from tests.local.carrier.office import Telephony

PATIENT = "+14155550123"


async def test_a_phone_can_be_installed_and_removed(line: Telephony, lab: aiohttp.ClientSession) -> None:
    async with lab.put(f"/lab/phones/{PATIENT}", json={"answer": "busy"}) as answer:
        assert answer.status == 204
    phone = line.carrier.exchange.phones[PATIENT]()
    assert (await phone.ring()).name == "BUSY"
    async with lab.delete(f"/lab/phones/{PATIENT}") as answer:
        assert answer.status == 204
    assert line.carrier.exchange.phones == {}


@pytest.mark.parametrize(
    "callee",
    [
        {"like": "human", "then": [{"do": "hang_up"}]},
        {"like": "silent"},
        {"like": "hangs up"},
        {"like": "opts out", "key": "9"},
        {"like": "voicemail", "beep": False},
        {"like": "screening", "connects": False},
        {"like": "menu"},
        {"like": "fax"},
        {"like": "busy", "ring_ms": 100},
        {"like": "no answer"},
        {"like": "unallocated", "sip": 503},
    ],
)
async def test_whoever_is_called_may_be_named_by_what_they_are_like(
    line: Telephony, lab: aiohttp.ClientSession, callee: dict[str, object]
) -> None:
    async with lab.put(f"/lab/phones/{PATIENT}", json=callee) as answer:
        assert answer.status == 204
    first, second = (line.carrier.exchange.phones[PATIENT]() for _ in range(2))
    assert isinstance(first, Script)
    assert first is not second


@pytest.mark.parametrize(
    "callee", [{"like": "a parrot"}, {"like": "busy", "hello": "?"}, {"like": "menu", "key": "12"}]
)
async def test_nobody_is_like_that(line: Telephony, lab: aiohttp.ClientSession, callee: dict[str, object]) -> None:
    async with lab.put(f"/lab/phones/{PATIENT}", json=callee) as answer:
        assert answer.status == 422
    assert line.carrier.exchange.phones == {}


async def test_what_a_mailbox_kept_can_be_heard(line: Telephony, lab: aiohttp.ClientSession) -> None:
    call = await line.call()
    async with lab.get(f"/lab/calls/{call.sid}/kept.wav") as answer:
        assert answer.status == 404
    line.carrier.exchange.calls[call.sid].handset.kept.append(b"\x10" * 800)
    async with lab.get(f"/lab/calls/{call.sid}/kept.wav") as answer:
        assert answer.content_type == "audio/wav"
        assert len(await answer.read()) == 44 + 1600
    call.hang_up()
    await call.ended(5)
