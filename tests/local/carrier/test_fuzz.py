"""Whatever the account's side says, a call ends, cleans up, and no other is touched."""

import asyncio
import json
import logging
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.carrier.phones.script import Play, Press, Script, Wait
from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.media_server import Server
from tests.local.carrier.office import CALLER, CLINIC, stream, telephony

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SPEECH = Play(wav=wav_header(1, 1600) + interleave(tone(300, 200)))

_PROMPTS = ["<Say>a</Say>", '<Say loop="0">b</Say>', "<Play>/sound.wav</Play>", "<Play>x:</Play>", "<Pause/>", "<Say/>"]
_prompts = st.lists(st.sampled_from(_PROMPTS), max_size=3).map("".join)
_verbs = (
    st.sampled_from(
        [
            *_PROMPTS,
            "<Hangup/>",
            "<Reject/>",
            "<Redirect>/voice</Redirect>",
            "<Redirect>/broken</Redirect>",
            "<Redirect>//</Redirect>",
            '<Record action="/voice" timeout="1"/>',
            '<Record action="http://["/>',
            '<Record maxLength="1" recordingStatusCallback="relative"/>',
            f"<Connect>{stream('/refused')}</Connect>",
            f"<Connect action='/voice'>{stream('/media')}</Connect>",
            '<Connect><Stream url="wss://[" statusCallback="http://["/></Connect>',
            "<Connect/>",
            "<Unknown><Hangup/></Unknown>",
        ]
    )
    | st.builds('<Gather input="{0}" timeout="1" numDigits="{1}" action="/voice">{2}</Gather>'.format,
                st.sampled_from(["dtmf", "speech", "dtmf speech"]), st.integers(0, 3), _prompts)
)  # fmt: skip
_documents = st.lists(st.lists(_verbs, max_size=4).map("".join), min_size=1, max_size=3)


@QUICK
@given(_documents, st.lists(st.sampled_from([SPEECH, Press(digits="1#"), Wait(ms=300)]), max_size=3))
def test_any_documents_lead_to_an_end(caplog: pytest.LogCaptureFixture, documents: list[str], steps: list[Any]) -> None:
    async def run() -> None:
        async with telephony(pace=500) as line:
            line.office.page("/voice", *documents, "<Hangup/>")
            line.office.page("/refused", web.Response(status=403))
            line.office.page("/broken", web.Response(text="<", content_type="text/xml"))
            line.office.page("/sound.wav", web.Response(body=SPEECH.wav))
            line.office.socket = _leave
            handle = await line.carrier.call(CALLER, CLINIC, Script(*steps))
            call = line.carrier.exchange.calls[handle.sid]
            call.plan.time_limit_s = 600
            assert await handle.ended(20) in ("completed", "no-answer")
            assert (call.line.frame_listeners, call.line.key_listeners) == (set(), set())
            assert call.line.mark_listener is None
            assert call.line.playout.idle
            assert len(line.office.at("/status")) == 1

    caplog.clear()
    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert caplog.records == []


async def _leave(socket: web.WebSocketResponse) -> None:
    await Server(socket).begin()
    await socket.close()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_nearly = st.fixed_dictionaries(
    {"event": st.sampled_from(["media", "mark", "clear", "start", "stop", "dtmf"])},
    optional={"streamSid": st.just("SID") | _json, "media": _json, "mark": _json, "clear": _json, "x": _json},
)
_valid = st.sampled_from(
    [
        {"event": "media", "streamSid": "SID", "media": {"payload": "////"}},
        {"event": "mark", "streamSid": "SID", "mark": {"name": "m"}},
        {"event": "clear", "streamSid": "SID"},
    ]
)
_frames = st.binary(max_size=50) | st.text(max_size=50) | (_json | _nearly | _valid).map(json.dumps)


@QUICK
@given(st.lists(_frames, max_size=20))
def test_any_messages_leave_the_stream_alive(messages: list[bytes | str]) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        for message in messages:
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_str(message.replace('"SID"', f'"{server.sid}"').encode("utf-8", "replace").decode())
        await server.mark("the end")
        while (await server.until("mark"))["mark"]["name"] != "the end":
            pass
        await socket.close()

    async def run() -> None:
        async with telephony(pace=20) as line:
            line.office.page("/voice", f"<Connect>{stream()}</Connect>")
            line.office.socket = converse
            call = await line.carrier.call(CALLER, CLINIC, Script())
            assert await call.ended(20) == "completed"
            assert {e.detail["code"] for e in call.timeline.of("error")} <= {31950, 31951}

    asyncio.run(run())
