"""<Start><Stream>: listening beside the call, by TwiML and by REST."""

import itertools
from base64 import b64decode
from typing import Any

import pytest
from aiohttp import web

from local.carrier.phones.script import HangUp, Wait
from local.carrier.sound import SILENT_FRAME
from tests.local.carrier.media_server import Server
from tests.local.carrier.office import MEDIA, Telephony, stream
from tests.local.carrier.people import HUMAN, someone, voice
from tests.local.carrier.rest.conftest import Sdk


class Listeners:
    """What every socket of the office was told, by the name of its stream."""

    def __init__(self, line: Telephony) -> None:
        self.messages: dict[str, list[dict[str, Any]]] = {}
        line.office.socket = self._converse

    async def _converse(self, socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        self.messages[server.sid] = server.messages
        await server.until("stop")

    def only(self) -> list[dict[str, Any]]:
        (messages,) = self.messages.values()
        return messages

    def frames(self, track: str) -> list[dict[str, Any]]:
        return [m["media"] for m in self.only() if m["event"] == "media" and m["media"]["track"] == track]


async def test_both_tracks_are_heard_beside_a_dial_from_before_its_ringing_to_the_end(line: Telephony) -> None:
    listeners = Listeners(line)
    someone(line, Wait(ms=200), voice(), Wait(ms=400), HangUp())
    start = f"<Start>{stream(track='both_tracks', name='assist')}</Start>"
    line.office.page("/voice", f"{start}<Dial>{HUMAN}</Dial>")
    call = await line.call(Wait(ms=500), voice(hz=700))
    assert await call.ended(5) == "completed"
    (begun,) = [m for m in listeners.only() if m["event"] == "start"]
    assert begun["start"]["tracks"] == ["inbound", "outbound"]
    numbers = [int(m["sequenceNumber"]) for m in listeners.only() if "sequenceNumber" in m]
    assert numbers == list(range(1, len(numbers) + 1))
    for track in ("inbound", "outbound"):
        frames = listeners.frames(track)
        assert [int(frame["chunk"]) for frame in frames] == list(range(1, len(frames) + 1))
        times = [int(frame["timestamp"]) for frame in frames]
        assert {later - earlier for earlier, later in itertools.pairwise(times)} == {20}
        assert any(b64decode(frame["payload"]) != SILENT_FRAME for frame in frames)
    assert len(listeners.frames("inbound")) == len(listeners.frames("outbound"))
    told = [r.fields["StreamEvent"] for r in line.office.at("/stream")]
    assert sorted(told) == ["stream-started", "stream-stopped"]
    assert line.office.at("/stream")[0].fields["StreamName"] == "assist"


async def test_a_stream_ends_when_it_is_stopped_and_the_call_goes_on(line: Telephony) -> None:
    listeners = Listeners(line)
    start = f"<Start>{stream(track='outbound_track', name='assist')}</Start>"
    stop = '<Stop><Stream name="assist"/></Stop>'
    line.office.page("/voice", f'{start}<Pause length="1"/>{stop}<Pause length="600"/>')
    call = await line.call()
    await line.office.until("/stream", StreamEvent="stream-stopped")
    assert call.status == "in-progress"
    assert listeners.frames("outbound")
    assert not listeners.frames("inbound")
    call.hang_up()
    await call.ended(5)


async def test_a_connected_stream_and_a_started_one_run_beside_each_other(line: Telephony) -> None:
    listeners = Listeners(line)
    line.office.page("/voice", f"<Start>{stream()}</Start><Connect>{stream()}</Connect>")
    call = await line.call(Wait(ms=600), HangUp())
    await line.office.until("/stream", 2, StreamEvent="stream-started")
    assert await call.ended(5) == "completed"
    assert len(listeners.messages) == 2


async def test_more_than_four_tracks_are_refused(line: Telephony) -> None:
    Listeners(line)
    two = f"<Start>{stream(track='both_tracks')}</Start>"
    line.office.page("/voice", f'{two * 3}<Pause length="1"/>')
    call = await line.call()
    await call.ended(5)
    assert [e.detail["code"] for e in call.timeline.of("error")] == [31960]
    assert len(line.office.upgrades) == 2


async def test_what_is_said_to_it_is_refused(line: Telephony) -> None:
    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        await server.mark("hello")
        await server.mark("hello")
        await server.until("stop")

    line.office.socket = converse
    line.office.page("/voice", f'<Start>{stream()}</Start><Pause length="1"/>')
    call = await line.call()
    await call.ended(5)
    assert [e.detail["code"] for e in call.timeline.of("error")] == [31951]


@pytest.mark.parametrize(("attributes", "code"), [('track="sideways"', 31941), ('url="ws://x.test/"', 31922)])
async def test_a_stream_that_cannot_be_is_told(line: Telephony, attributes: str, code: int) -> None:
    url = "" if "url" in attributes else f'url="{MEDIA}/media"'
    line.office.page("/voice", f'<Start><Stream {url} {attributes}/></Start><Pause length="1"/>')
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [code]


async def test_rest_begins_and_stops_to_listen(line: Telephony, sdk: Sdk) -> None:
    listeners = Listeners(line)
    line.office.page("/voice", '<Pause length="600"/>')
    call = await line.call()
    await call.timeline.until("verb", 5, name="Pause")
    created = await sdk(
        lambda c: c.calls(call.sid).streams.create(
            url=f"{MEDIA}/media",
            name="assist",
            track="both_tracks",
            parameter1_name="token",
            parameter1_value="abc",
        )
    )
    assert (created.name, created.status) == ("assist", "in-progress")
    await call.timeline.until("stream", 5, state="started")
    stopped = await sdk(lambda c: c.calls(call.sid).streams("assist").update(status="stopped"))
    assert (stopped.sid, stopped.status) == (created.sid, "stopped")
    await call.timeline.until("stream", 5, state="stopped")
    (begun,) = [m for m in listeners.only() if m["event"] == "start"]
    assert begun["start"]["customParameters"] == {"token": "abc"}
    again = await sdk.refusal(lambda c: c.calls(call.sid).streams(created.sid).update(status="stopped"))
    assert again.status == 404
    bad = await sdk.refusal(lambda c: c.calls(call.sid).streams.create(url="https://x.test/"))
    assert bad.code == 21205
    call.hang_up()
    await call.ended(5)
    gone = await sdk.refusal(lambda c: c.calls(call.sid).streams.create(url=f"{MEDIA}/media"))
    assert gone.code == 21220
