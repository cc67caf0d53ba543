"""<Record>: a message from the caller, kept and told."""

import wave
from io import BytesIO

import aiohttp
import pytest

from local.carrier.phones.script import HangUp, Play, Press, Wait
from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.office import ACCOUNT, TOKEN, Telephony

CREDENTIALS = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
SPEECH = Play(wav=wav_header(1, 4000) + interleave(tone(300, 500)))


def duration_ms(wav: bytes) -> int:
    with wave.open(BytesIO(wav)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        return int(sound.getnframes() * 1000 // 8000)


async def test_a_message_ends_with_a_key_and_is_served_trimmed(line: Telephony) -> None:
    line.office.page(
        "/voice",
        '<Record playBeep="false" action="/message" recordingStatusCallback="/recorded"/><Redirect>/no</Redirect>',
    )
    line.office.page("/message", "<Hangup/>")
    call = await line.call(Wait(ms=200), SPEECH, Wait(ms=200), Press(digits="#"))
    assert await call.ended(5) == "completed"
    (message,) = line.office.at("/message")
    assert message.fields["Digits"] == "#"
    assert message.fields["RecordingDuration"] in ("0", "1")
    (told,) = line.office.at("/recorded")
    assert told.signed
    assert told.fields["RecordingStatus"] == "completed"
    assert told.fields["RecordingSid"] == message.fields["RecordingSid"]
    assert told.fields["RecordingSource"] == "RecordVerb"
    assert told.fields["RecordingChannels"] == "1"
    assert told.fields["CallSid"] == call.sid
    url = message.fields["RecordingUrl"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as refused:
            assert refused.status == 401
        for form in (url, f"{url}.wav"):
            async with session.get(form, headers=CREDENTIALS) as sound:
                assert sound.content_type == "audio/wav"
                assert duration_ms(await sound.read()) == 500
    assert line.office.at("/no") == []


async def test_a_message_ends_with_silence_and_keeps_it_when_not_trimmed(line: Telephony) -> None:
    line.office.page("/voice", '<Record playBeep="false" trim="do-not-trim" timeout="1" action="/message"/>')
    line.office.page("/message", "<Hangup/>")
    assert await (await line.call(SPEECH)).ended(5) == "completed"
    (recording,) = line.carrier.exchange.plant.recordings.of()
    assert 1500 <= duration_ms(b"".join(recording.wav())) <= 1560
    assert line.office.at("/message")[0].fields["Digits"] == ""


async def test_a_message_has_a_longest_length(line: Telephony) -> None:
    line.office.page("/voice", '<Record playBeep="false" trim="do-not-trim" maxLength="1" action="/message"/>')
    line.office.page("/message", "<Hangup/>")
    assert await (await line.call(SPEECH, SPEECH, SPEECH)).ended(5) == "completed"
    (recording,) = line.carrier.exchange.plant.recordings.of()
    assert duration_ms(b"".join(recording.wav())) == 1000


async def test_a_caller_who_hangs_up_leaves_the_message(line: Telephony) -> None:
    line.office.page("/voice", '<Record action="/message"/>')
    call = await line.call(Wait(ms=400), SPEECH, HangUp())
    assert await call.ended(5) == "completed"
    message = await line.office.until("/message")
    assert message.fields["Digits"] == "hangup"
    assert message.fields["CallStatus"] == "completed"
    assert message.signed


@pytest.mark.parametrize("events", ["completed", "completed absent"])
async def test_silence_is_no_message_and_the_next_verb_runs(line: Telephony, events: str) -> None:
    callback = f'recordingStatusCallback="/told" recordingStatusCallbackEvent="{events}"'
    line.office.page("/voice", f'<Record playBeep="false" timeout="0" {callback}/><Redirect>/next</Redirect>')
    line.office.page("/next", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert len(line.office.at("/next")) == 1
    assert [e.detail["code"] for e in call.timeline.of("error")] == [16102]
    assert [r.fields["RecordingStatus"] for r in line.office.at("/told")] == ["absent"] * ("absent" in events)
    assert line.carrier.exchange.plant.recordings.of() == []
