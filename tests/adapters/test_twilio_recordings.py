"""What Twilio keeps of a call's sound: at the carrier stand-in's own answers, and at a server that misbehaves."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from local.carrier.phones.script import HangUp, Play
from local.carrier.sound import interleave, tone, wav_header
from shared.adapters.twilio_recordings import Piece, Recording, TwilioRecordings
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.local.carrier.office import ACCOUNT as ACCOUNT_AT_CARRIER
from tests.local.carrier.office import TOKEN, telephony

ACCOUNT, CALL, RECORDING = "AC" + "0" * 32, "CA" + "1" * 32, "RE" + "2" * 32
BEGAN = "Fri, 20 Nov 2026 09:30:00 +0000"
KEPT = {"sid": RECORDING, "status": "completed", "start_time": BEGAN, "duration": "12", "channels": 2}


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def answer(body: bytes, status: int = 200) -> Handler:
    async def handle(exchange: Exchange) -> None:
        await exchange.answer("application/octet-stream", body, status)

    return handle


async def test_the_recordings_of_a_call_are_listed_once_they_are_complete(server: HttpServer) -> None:
    later = KEPT | {"sid": "RE" + "3" * 32, "start_time": "Fri, 20 Nov 2026 09:31:00 +0000", "duration": None}
    server.script(answer(json.dumps({"recordings": [later, KEPT, KEPT | {"status": "processing"}]}).encode()))
    found = await asyncio.to_thread(TwilioRecordings("token", url=server.url).of, ACCOUNT, CALL)
    assert found == [
        Recording(RECORDING, "2026-11-20T09:30:00+00:00", 12, 2),
        Recording("RE" + "3" * 32, "2026-11-20T09:31:00+00:00", 0, 2),
    ]
    (exchange,) = server.exchanges
    assert (exchange.method, exchange.path) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}/Recordings.json")


@pytest.mark.parametrize(("first", "content", "last"), [(0, b"abcd", False), (8, b"ij", True), (10, b"", True)])
async def test_a_piece_is_cut_from_a_server_that_gives_all_of_it(
    server: HttpServer, first: int, content: bytes, last: bool
) -> None:
    server.script(answer(b"abcdefghij"))
    recordings = TwilioRecordings("token", url=server.url)
    assert await asyncio.to_thread(recordings.piece, ACCOUNT, RECORDING, first, 4) == Piece(content, last=last)


@pytest.mark.parametrize(("status", "error"), [(404, Refused), (429, Throttled), (503, Unavailable)])
async def test_a_refusal_is_named_and_holds_no_secret(
    server: HttpServer, status: int, error: type[ProviderError]
) -> None:
    server.script(answer(b"{}", status))
    with pytest.raises(error) as raised:
        await asyncio.to_thread(TwilioRecordings("hush", url=server.url).of, ACCOUNT, CALL)
    assert "hush" not in str(raised.value)


async def test_a_server_that_is_not_there_or_talks_nonsense_is_unavailable(server: HttpServer) -> None:
    server.script(answer(b"<html>"))
    with pytest.raises(Unavailable):
        await asyncio.to_thread(TwilioRecordings("token", url=server.url).of, ACCOUNT, CALL)
    with pytest.raises(Unavailable):
        await asyncio.to_thread(TwilioRecordings("token", url="http://127.0.0.1:1").of, ACCOUNT, CALL)


async def test_x3_what_the_carrier_recorded_is_heard_whole_in_pieces() -> None:
    async with telephony() as line:
        line.office.page("/voice", '<Record playBeep="false" action="/message"/>')
        line.office.page("/message", "<Hangup/>")
        call = await line.call(Play(wav=wav_header(1, 1600) + interleave(tone(300, 200))), HangUp())
        await call.ended(5)
        recordings = TwilioRecordings(TOKEN, url=line.carrier.url)
        (kept,) = await asyncio.to_thread(recordings.of, ACCOUNT_AT_CARRIER, call.sid)
        pieces = [await asyncio.to_thread(recordings.piece, ACCOUNT_AT_CARRIER, kept.sid, 0, 1_000)]
        while not pieces[-1].last:
            first = sum(len(piece.content) for piece in pieces)
            pieces.append(await asyncio.to_thread(recordings.piece, ACCOUNT_AT_CARRIER, kept.sid, first, 1_000))
    sound = b"".join(piece.content for piece in pieces)
    assert sound.startswith(b"RIFF")
    assert len(sound) > 1_600
