"""Many calls beside each other."""

import asyncio
import logging

import pytest
from aiohttp import web

from local.carrier.exchange import UnknownNumber
from local.carrier.handset import Handset
from local.carrier.phones.script import HangUp, Script, Wait
from tests.local.carrier.media_server import Server
from tests.local.carrier.office import CALLER, CLINIC, Telephony, stream


class BrokenPhone(Script):
    """A phone with a defect."""

    async def talk(self, handset: Handset) -> None:
        raise RuntimeError("a defect")


async def test_fifty_calls_at_once_do_not_disturb_each_other(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        await server.mark("hello")
        assert (await server.until("mark"))["mark"]["name"] == "hello"
        assert (await server.until("stop"))["streamSid"] == server.sid

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    calls = [await line.call(Wait(ms=200), HangUp()) for _ in range(50)]
    assert await asyncio.gather(*(call.ended(30) for call in calls)) == ["completed"] * 50
    assert len({request.fields["CallSid"] for request in line.office.at("/status")}) == 50
    assert all(call.timeline.of("error") == [] for call in calls)


async def test_a_defect_in_one_call_ends_no_other(line: Telephony, caplog: pytest.LogCaptureFixture) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    good = await line.call()
    with caplog.at_level(logging.CRITICAL):
        bad = await line.carrier.call(CALLER, CLINIC, BrokenPhone())
        assert await bad.ended(5) == "failed"
    good.hang_up()
    assert await good.ended(5) == "completed"


async def test_a_caller_who_gives_up_while_it_rings_is_canceled(line: Telephony) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    line.office.page("/voice", never)
    call = await line.call()
    await line.office.until("/voice")
    call.hang_up()
    assert await call.ended(5) == "canceled"
    assert line.office.at("/status")[0].fields["CallStatus"] == "canceled"


async def test_a_number_of_nobody_is_unknown(line: Telephony) -> None:
    with pytest.raises(UnknownNumber):
        await line.carrier.call(CALLER, "+14155559999", Script())


async def test_old_calls_are_forgotten_with_their_recordings(line: Telephony) -> None:
    line.office.page("/voice", "<Hangup/>")
    line.carrier.exchange.kept = 3
    first = await line.call()
    await first.ended(5)
    tape = line.carrier.exchange.calls[first.sid].tape
    for _ in range(5):
        await (await line.call()).ended(5)
    assert first.sid not in line.carrier.exchange.calls
    assert len(line.carrier.exchange.calls) == 4
    assert not tape.path.exists()


async def test_leaving_the_carrier_ends_its_calls(line: Telephony) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    call = await line.call()
    await call.timeline.until("status", 5, status="in-progress")
    await line.carrier.exchange.close()
    assert call.status == "completed"
    assert (await line.office.until("/status")).fields["CallStatus"] == "completed"
