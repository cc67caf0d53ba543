"""The browser's phone over its WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from local.carrier.record import Plan
from local.carrier.sound import SILENT_FRAME, tone
from tests.local.carrier.office import CALLER, CLINIC, Telephony

PATIENT = "+14155550123"


class Page:
    """A softphone page, as far as the socket is concerned."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.sound = bytearray()

    async def send(self, kind: str, **body: str) -> None:
        await self.socket.send_json({"type": kind, **body})

    async def until(self, kind: str) -> dict[str, Any]:
        """The next event of this kind; sound on the way is kept."""
        async with asyncio.timeout(5):
            while True:
                message = await self.socket.receive()
                assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), message
                if message.type is WSMsgType.BINARY:
                    assert len(message.data) == 160
                    self.sound += message.data
                elif (event := json.loads(message.data))["type"] == kind:
                    return dict(event)

    async def hear(self, sound: bytes) -> None:
        async with asyncio.timeout(5):
            while sound not in self.sound:
                message = await self.socket.receive()
                if message.type is WSMsgType.BINARY:
                    self.sound += message.data


@pytest.fixture
async def page(spoken: Telephony) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession(spoken.carrier.url) as session, session.ws_connect("/lab/phone") as socket:
        yield Page(socket)


async def test_the_page_calls_speaks_hears_and_hangs_up(spoken: Telephony, page: Page) -> None:
    spoken.office.page("/voice", "<Say>Hello</Say><Pause length='600'/>")
    await page.send("dial", **{"to": CLINIC, "from": CALLER})
    sid = (await page.until("ringing"))["call_sid"]
    await page.until("answered")
    await page.hear(tone(440, 200))
    call = spoken.carrier.handle(sid)
    for _ in range(10):
        await page.socket.send_bytes(tone(300, 20))
    await call.timeline.until("sound", 5, who="caller", speaking=True)
    await page.send("digit", digit="5")
    await call.timeline.until("digit", 5)
    await page.send("hangup")
    assert (await page.until("ended"))["status"] == "completed"
    assert await call.ended(5) == "completed"
    assert spoken.office.at("/voice")[0].fields["From"] == CALLER


async def test_a_typed_line_is_spoken(spoken: Telephony, page: Page) -> None:
    spoken.office.page("/voice", "<Pause length='600'/>")
    await page.send("dial", **{"to": CLINIC, "from": CALLER})
    call = spoken.carrier.handle((await page.until("ringing"))["call_sid"])
    await page.until("answered")
    await page.send("say", text="I would like an appointment")
    await call.timeline.until("sound", 5, who="caller", speaking=False)
    await page.send("hangup")
    await page.until("ended")
    assert "appointment" not in str([e.detail for e in call.events])


async def test_a_page_with_a_number_can_be_called(spoken: Telephony) -> None:
    spoken.office.page("/voice", "<Hangup/>")
    plan = Plan(twiml="<Response><Pause length='600'/></Response>")
    async with (
        aiohttp.ClientSession(spoken.carrier.url) as session,
        session.ws_connect("/lab/phone", params={"number": PATIENT}) as socket,
    ):
        page = Page(socket)
        first = spoken.carrier.exchange.dial_out(CLINIC, PATIENT, plan)
        await page.until("ringing")
        second = spoken.carrier.exchange.dial_out(CLINIC, PATIENT, plan)
        assert await spoken.carrier.handle(second.record.sid).ended(5) == "busy"
        await page.send("answer")
        assert (await page.until("answered"))["call_sid"] == first.record.sid
        await page.send("hangup")
        assert (await page.until("ended"))["status"] == "completed"
        await spoken.carrier.handle(first.record.sid).ended(5)
        third = spoken.carrier.exchange.dial_out(CLINIC, PATIENT, plan)
        await page.until("ringing")
        await page.send("hangup")
        assert await spoken.carrier.handle(third.record.sid).ended(5) == "busy"
    assert spoken.carrier.exchange.phones == {}


async def test_a_page_that_leaves_hangs_up(spoken: Telephony, page: Page) -> None:
    spoken.office.page("/voice", "<Pause length='600'/>")
    await page.send("dial", **{"to": CLINIC, "from": CALLER})
    call = spoken.carrier.handle((await page.until("ringing"))["call_sid"])
    await page.until("answered")
    await page.socket.close()
    assert await call.ended(5) == "completed"


async def test_a_microphone_that_runs_ahead_does_not_add_delay(spoken: Telephony, page: Page) -> None:
    spoken.office.page("/voice", "<Pause length='600'/>")
    await page.send("dial", **{"to": CLINIC, "from": CALLER})
    call = spoken.carrier.handle((await page.until("ringing"))["call_sid"])
    await page.until("answered")
    await page.socket.send_bytes(tone(300, 5000))
    begun = await call.timeline.until("sound", 5, who="caller", speaking=True)
    await page.socket.send_bytes(SILENT_FRAME)
    ended = await call.timeline.until("sound", 5, who="caller", speaking=False)
    assert int(str(ended.detail["line_ms"])) - int(str(begun.detail["line_ms"])) < 500
    await page.send("hangup")
    await call.ended(5)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "nonsense", '{"type": "dance"}', '{"type": "digit", "digit": "55"}', '{"type": "dial", "to": "x"}'],
)
async def test_bad_messages_are_refused_and_the_phone_stays(page: Page, text: str) -> None:
    await page.socket.send_str(text)
    assert (await page.until("refused"))["why"]
    await page.send("dial", **{"to": "+14155559999", "from": CALLER})
    assert "not in service" in (await page.until("refused"))["why"]


async def test_orders_without_a_call_do_nothing(page: Page) -> None:
    for order in ({"type": "answer"}, {"type": "hangup"}, {"type": "digit", "digit": "1"}):
        await page.socket.send_json(order)
    await page.socket.send_bytes(b"\xff" * 999)
    await page.send("dial", **{"to": "+14155559999", "from": CALLER})
    await page.until("refused")
