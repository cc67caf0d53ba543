"""What an operator sees and does."""

import asyncio
import json
import wave
from base64 import b64encode
from io import BytesIO

import aiohttp
import numpy as np
import pytest

from local.carrier.phones.script import Play, Press
from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.office import CALLER, CLINIC, Telephony
from tests.local.carrier.people import DESK

PATIENT = "+14155550123"


async def test_a_scripted_caller_calls_and_leaves_a_timeline_and_a_recording(
    line: Telephony, lab: aiohttp.ClientSession
) -> None:
    line.office.page("/voice", '<Gather numDigits="2" action="/heard?token=secret"/>')
    line.office.page("/heard", '<Pause length="600"/>')
    wav = b64encode(wav_header(1, 1600) + interleave(tone(300, 200))).decode()
    steps = [{"do": "play", "wav": wav}, {"do": "press", "digits": "73"}, {"do": "wait", "ms": 50}, {"do": "hang_up"}]
    async with lab.post("/lab/calls", json={"from": CALLER, "to": CLINIC, "steps": steps}) as answer:
        assert answer.status == 201
        sid = (await answer.json())["call_sid"]
    assert await line.carrier.handle(sid).ended(5) == "completed"
    async with lab.get(f"/lab/calls/{sid}") as answer:
        call = await answer.json()
    assert call["status"] == "completed"
    assert call["lost_events"] == 0
    kinds = [event["kind"] for event in call["timeline"]]
    assert kinds[0] == "status"
    assert {"status", "webhook", "verb", "digit", "sound", "phone"} == set(kinds)
    assert [event["at_ms"] for event in call["timeline"] if event["kind"] != "sound"] == sorted(
        event["at_ms"] for event in call["timeline"] if event["kind"] != "sound"
    )
    assert "73" not in [str(event.get("digits", event.get("digit", ""))) for event in call["timeline"]]
    assert "secret" not in json.dumps(call)
    async with lab.get(f"/lab/calls/{sid}/audio.wav") as answer:
        with wave.open(BytesIO(await answer.read())) as sound:
            assert sound.getnchannels() == 2
            assert sound.getnframes() * 1000 // 8000 == call["duration_ms"]
    async with lab.get("/lab/calls") as answer:
        assert [each["call_sid"] for each in (await answer.json())["calls"]] == [sid]


async def test_everybody_in_a_call_has_a_track_of_their_own(line: Telephony, lab: aiohttp.ClientSession) -> None:
    human = [{"do": "beep", "ms": 2000}, {"do": "hang_up"}]
    async with lab.put(f"/lab/phones/{DESK}", json={"steps": human}) as answer:
        assert answer.status == 204
    line.office.page("/voice", "<Gather numDigits='1' action='/heard'/><Hangup/>")
    line.office.page("/heard", f"<Dial><Sip>{DESK}?X-Call=7</Sip></Dial>")
    call = await line.call(Press(digits="1"), Play(wav=wav_header(1, 8000) + interleave(tone(300, 1000))))
    await call.ended(5)
    async with lab.get(f"/lab/calls/{call.sid}/tracks.wav") as answer:
        with wave.open(BytesIO(await answer.read())) as sound:
            frames = sound.readframes(sound.getnframes())
            assert sound.getnchannels() == 3
    samples = np.frombuffer(frames, "<i2").reshape(-1, 3)
    loud = np.abs(samples) > 1000
    assert loud.any(axis=0).tolist() == [True, True, True]
    # What was played to the caller is the ringing, and nothing once the human speaks.
    last = np.flatnonzero(loud[:, 2])[-1]
    assert not loud[last - 2000 : last, 1].any()
    async with lab.get("/lab/calls") as answer:
        leg = (await answer.json())["calls"][0]
    assert (leg["parent_call_sid"], leg["sip_headers"]) == (call.sid, {"X-Call": "7"})


async def test_a_caller_can_be_made_to_hang_up(line: Telephony, lab: aiohttp.ClientSession) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    call = await line.call()
    await call.timeline.until("status", 5, status="in-progress")
    async with lab.delete(f"/lab/calls/{call.sid}") as answer:
        assert answer.status == 204
    assert await call.ended(5) == "completed"


async def test_events_are_told_as_they_happen(line: Telephony, lab: aiohttp.ClientSession) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    other = await line.call()
    async with lab.get("/lab/events") as feed:
        assert feed.content_type == "text/event-stream"
        assert await feed.content.readline() == b": listening\n"
        call = await line.call()
        call.hang_up()
        statuses: list[str] = []
        async with asyncio.timeout(5):
            while statuses[-1:] not in (["completed"], ["canceled"]):
                text = (await feed.content.readline()).decode()
                event = json.loads(text[6:]) if text.startswith("data: ") else {}
                if event.get("call_sid") == call.sid and event["kind"] == "status":
                    statuses.append(event["status"])
        assert statuses[0] == "ringing"
    other.hang_up()
    await other.ended(5)


async def test_errors_of_all_calls_are_in_one_log(line: Telephony, lab: aiohttp.ClientSession) -> None:
    line.office.page("/voice", "<Dance/>")
    call = await line.call()
    await call.ended(5)
    async with lab.get("/lab/errors") as answer:
        (error,) = (await answer.json())["errors"]
    assert (error["call_sid"], error["code"], error["level"]) == (call.sid, 12200, "warning")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("[]", 422),
        ('{"from": "+14155550199", "to": "+14155559999"}', 404),
        ('{"from": "x", "to": "+14155550100"}', 422),
        ('{"from": "+14155550199", "to": "+14155550100", "steps": [{"do": "say", "text": "my secret"}]}', 422),
        ('{"from": "+14155550199", "to": "+14155550100", "steps": [{"do": "play", "wav": "bm9pc2U="}]}', 422),
        ('{"from": "+14155550199", "to": "+14155550100", "words": "my secret"}', 422),
        ("\ud800", 422),
    ],
)
async def test_a_bad_order_is_refused_without_repeating_it(
    line: Telephony, lab: aiohttp.ClientSession, body: str, status: int
) -> None:
    async with lab.post("/lab/calls", data=body.encode("utf-8", "surrogatepass")) as answer:
        assert answer.status == status
        assert "my secret" not in await answer.text()
    assert list(line.carrier.calls()) == []


@pytest.mark.parametrize("path", ["/lab/calls/CA0", "/lab/calls/CA0/audio.wav", "/lab/calls/CA0/kept.wav", "/nothing"])
async def test_what_does_not_exist_is_not_found(lab: aiohttp.ClientSession, path: str) -> None:
    async with lab.get(path) as answer:
        assert answer.status == 404
