"""The media socket: what Twilio sends, what it plays, what it refuses, and where the call goes afterwards."""

import asyncio
import itertools
from base64 import b64decode
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from local.carrier.page import Inline
from local.carrier.sound import SILENT_FRAME, tone
from tests.local.carrier.media_server import Server
from tests.local.carrier.office import ACCOUNT, MEDIA, VOICE, Telephony, stream


def _transport(socket: web.WebSocketResponse) -> asyncio.Transport:
    request = socket._req
    assert request is not None
    assert request.transport is not None
    return request.transport


async def test_the_socket_opens_with_connected_and_start_and_then_carries_silence(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        assert await server.next() == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        start = await server.next()
        sid = start["streamSid"]
        assert start == {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": sid,
            "start": {
                "accountSid": ACCOUNT,
                "streamSid": sid,
                "callSid": call.sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"token": "abc", "empty": ""},
            },
        }
        frames = [await server.next() for _ in range(5)]
        assert [frame["event"] for frame in frames] == ["media"] * 5
        assert [frame["sequenceNumber"] for frame in frames] == ["2", "3", "4", "5", "6"]
        assert [frame["media"]["chunk"] for frame in frames] == ["1", "2", "3", "4", "5"]
        assert all(b64decode(frame["media"]["payload"]) == SILENT_FRAME for frame in frames)
        times = [int(frame["media"]["timestamp"]) for frame in frames]
        assert [later - earlier for earlier, later in itertools.pairwise(times)] == [20] * 4
        await socket.close()

    parameters = '<Parameter name="token" value="abc"/><Parameter name="empty" value=""/>'
    line.office.page("/voice", f"<Connect>{stream(inside=parameters, name='agent')}</Connect><Hangup/>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    (upgrade,) = line.office.upgrades
    assert upgrade.signed
    assert upgrade.path == "/media"
    assert "x-twilio-signature" in upgrade.headers
    assert [r.fields["StreamEvent"] for r in line.office.at("/stream")] == ["stream-started", "stream-stopped"]
    started = line.office.at("/stream")[0]
    assert started.signed
    assert started.fields["StreamName"] == "agent"
    assert started.fields["StreamSid"].startswith("MZ")
    assert started.fields["Timestamp"].endswith("Z")
    assert started.fields["CallSid"] == call.sid


async def test_a_mark_comes_back_when_the_sound_before_it_has_been_played(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        sent_after = await server.until("media")
        await server.media(tone(440, 150))
        await server.mark("first")
        await server.media(tone(440, 150))
        await server.mark("second")
        first, second = await server.until("mark"), await server.until("mark")
        assert (first["mark"]["name"], second["mark"]["name"]) == ("first", "second")
        # 150 ms are eight frames of the caller's own sound; 300 ms are fifteen.
        assert server.media_between(sent_after, first) >= 8
        assert 7 <= server.media_between(first, second) <= 8
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    assert await (await line.call()).ended(5) == "completed"


async def test_a_mark_with_nothing_before_it_comes_back_at_once(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        await server.mark("now")
        assert (await server.until("mark"))["mark"] == {"name": "now"}
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    assert await (await line.call()).ended(5) == "completed"


async def test_clear_stops_the_sound_and_returns_every_outstanding_mark(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        for name in ("one", "two", "three"):
            await server.media(tone(440, 60_000))
            await server.mark(name)
        await call.timeline.until("sound", 5, who="agent", speaking=True)
        await server.send("clear")
        assert [(await server.until("mark"))["mark"]["name"] for _ in range(3)] == ["one", "two", "three"]
        await call.timeline.until("sound", 5, who="agent", speaking=False)
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    (clear,) = call.timeline.of("clear")
    assert clear.detail["marks"] == 3
    assert int(str(clear.detail["dropped_ms"])) > 170_000


async def test_messages_that_break_the_protocol_are_dropped_with_one_warning(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        await socket.send_str("not json")
        await socket.send_str("[1]")
        await server.send("media", media={"payload": "AAAA", "track": "outbound"})
        await server.send("media", media={})
        await server.send("clear", extra=True)
        await server.send("dance")
        server.sid, sid = "MZ" + "0" * 32, server.sid
        await server.mark("another stream")
        server.sid = sid
        await server.mark("still here")
        assert (await server.until("mark"))["mark"]["name"] == "still here"
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    errors = [r.fields["StreamError"] for r in line.office.at("/stream") if "StreamError" in r.fields]
    assert len(errors) == 1
    assert errors[0].startswith("31951")
    assert [e.detail["code"] for e in call.timeline.of("error")] == [31951]


async def test_binary_frames_are_dropped_with_one_warning(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        await socket.send_bytes(b"\xff" * 160)
        await socket.send_bytes(b"\xff" * 160)
        await server.mark("still here")
        await server.until("mark")
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [31950]


async def test_more_than_ten_minutes_of_sound_is_discarded(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        for _ in range(6):
            await server.media(SILENT_FRAME * (120 * 50))
        await server.send("clear")
        await server.mark("after")
        await server.until("mark")
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(10) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [31931]
    assert 500_000 < int(str(call.timeline.of("clear")[0].detail["dropped_ms"])) <= 600_000


async def test_keys_pressed_arrive_as_dtmf_messages_in_order(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        call.press("4#")
        digits = [await server.until("dtmf") for _ in range(2)]
        assert [d["dtmf"] for d in digits] == [
            {"track": "inbound_track", "digit": "4"},
            {"track": "inbound_track", "digit": "#"},
        ]
        numbers = [int(m["sequenceNumber"]) for m in server.messages if "sequenceNumber" in m]
        assert numbers == list(range(1, len(numbers) + 1))
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert "4" not in str([e.detail for e in call.timeline.of("digit")])


async def test_when_the_caller_hangs_up_the_server_is_told_to_stop(line: Telephony) -> None:
    last: list[dict[str, Any]] = []

    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        call.hang_up()
        last.append(await server.until("stop"))
        assert (await socket.receive(5)).type is WSMsgType.CLOSE

    line.office.page("/voice", f"<Connect action='/next'>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert last[0]["stop"] == {"accountSid": ACCOUNT, "callSid": call.sid}
    assert line.office.at("/next") == []
    await line.office.until("/stream", StreamEvent="stream-stopped")


async def test_after_the_server_closes_the_action_says_what_comes_next(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        await Server(socket).begin()
        await socket.close()

    line.office.page("/voice", f"<Connect action='/next'>{stream()}</Connect><Redirect>/wrong</Redirect>")
    line.office.page("/next", "<Hangup/>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    (following,) = line.office.at("/next")
    assert following.signed
    assert following.fields["CallStatus"] == "in-progress"
    assert line.office.at("/wrong") == []


async def test_after_a_dropped_socket_the_call_goes_on_too(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        await Server(socket).begin()
        _transport(socket).abort()

    line.office.page("/voice", f"<Connect action='/next'>{stream()}</Connect>")
    line.office.page("/next", "<Hangup/>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert len(line.office.at("/next")) == 1
    failure = await line.office.until("/stream", StreamEvent="stream-error")
    assert failure.fields["StreamError"].startswith("31903")
    await line.office.until("/stream", StreamEvent="stream-stopped")


async def test_a_close_code_of_failure_is_reported(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        await Server(socket).begin()
        await socket.close(code=1011)

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [31921]


@pytest.mark.parametrize(
    ("url", "track", "code"),
    [
        (f"{MEDIA}/forbidden", "inbound_track", 31920),
        ("wss://nowhere.example.test/media", "inbound_track", 31904),
        ("ws://media.example.test/media", "inbound_track", 31922),
        ("/media", "inbound_track", 31923),
        ("wss://127.0.0.1:1/media", "inbound_track", 31902),
        (f"{MEDIA}/media", "both_tracks", 31941),
    ],
)
async def test_a_stream_that_cannot_open_is_reported_and_the_next_verb_runs(
    line: Telephony, url: str, track: str, code: int
) -> None:
    line.office.page("/forbidden", web.Response(status=403))
    failing = f'<Stream url="{url}" track="{track}" statusCallback="/stream"/>'
    line.office.page("/voice", f"<Connect>{failing}</Connect><Redirect>/next</Redirect>")
    line.office.page("/next", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert len(line.office.at("/next")) == 1
    (report,) = line.office.at("/stream")
    assert report.fields["StreamEvent"] == "stream-error"
    assert report.fields["StreamError"].startswith(str(code))


async def test_the_query_of_a_stream_url_is_not_sent(line: Telephony) -> None:
    line.office.page("/voice", f"<Connect>{stream('/media?token=abc')}</Connect>")
    line.office.page("/media", web.Response(status=403))
    assert await (await line.call()).ended(5) == "completed"
    assert line.office.upgrades[0].fields == {}
    assert line.office.upgrades[0].signed


async def test_a_redirect_of_the_call_ends_the_stream(line: Telephony) -> None:
    stopped = asyncio.Event()

    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        line.carrier.exchange.calls[call.sid].redirect(
            Inline(f"<Response><Redirect>{VOICE}/next</Redirect></Response>")
        )
        await server.until("stop")
        stopped.set()

    line.office.page("/voice", f"<Connect action='/wrong'>{stream()}</Connect>")
    line.office.page("/next", "<Hangup/>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert stopped.is_set()
    assert len(line.office.at("/next")) == 1
    assert line.office.at("/wrong") == []


async def test_a_server_that_never_reads_or_closes_does_not_hold_the_call(line: Telephony) -> None:
    gone = asyncio.Event()

    async def converse(socket: web.WebSocketResponse) -> None:
        await Server(socket).begin()
        _transport(socket).pause_reading()
        call.hang_up()
        await asyncio.wait_for(gone.wait(), 10)

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = converse
    call = await line.call()
    assert await call.ended(10) == "completed"
    gone.set()
