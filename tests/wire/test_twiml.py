"""Our TwiML is the document the twilio package would write."""

from xml.etree.ElementTree import canonicalize, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Connect, VoiceResponse
from twilio.twiml.voice_response import Gather as SdkGather
from twilio.twiml.voice_response import Stream as SdkStream

from shared.wire import twiml
from shared.wire.twiml import ConnectStream, Gather, Hangup, Pause, Play, Record, Redirect, Reject, Say

URL = "wss://voice.example.com/media"


def _same(ours: str, theirs: VoiceResponse) -> bool:
    return canonicalize(ours) == canonicalize(str(theirs))


def test_simple_verbs_are_written_as_the_sdk_writes_them() -> None:
    sdk = VoiceResponse()
    sdk.say("Tom & <Jerry> say “hi”", voice="Polly.Kajal-Neural", language="en-IN", loop=2)
    sdk.play("https://a.example/x.wav?a=1&b=2", loop=0)
    sdk.pause(length=3)
    sdk.redirect("https://a.example/next", method="POST")
    sdk.reject(reason="busy")
    sdk.hangup()

    ours = twiml.response(
        Say("Tom & <Jerry> say “hi”", voice="Polly.Kajal-Neural", language="en-IN", loop=2),
        Play("https://a.example/x.wav?a=1&b=2", loop=0),
        Pause(3),
        Redirect("https://a.example/next", method="POST"),
        Reject("busy"),
        Hangup(),
    )

    assert _same(ours, sdk)


def test_gather_with_prompts_is_written_as_the_sdk_writes_it() -> None:
    sdk = VoiceResponse()
    gather = SdkGather(
        action="/turn",
        input="dtmf speech",
        method="POST",
        timeout=4,
        speech_timeout=2,
        num_digits=1,
        finish_on_key="",
        language="en-US",
        hints="Tuesday, Dr. O'Neil",
        speech_model="phone_call",
        barge_in=False,
        action_on_empty_result=True,
    )
    gather.say("Press one.")
    gather.pause(length=1)
    sdk.append(gather)

    ours = twiml.response(
        Gather(
            "/turn",
            (Say("Press one."), Pause(1)),
            input="dtmf speech",
            method="POST",
            timeout=4,
            speech_timeout=2,
            num_digits=1,
            finish_on_key="",
            language="en-US",
            hints="Tuesday, Dr. O'Neil",
            speech_model="phone_call",
            barge_in=False,
            action_on_empty_result=True,
        )
    )

    assert _same(ours, sdk)


def test_record_is_written_as_the_sdk_writes_it() -> None:
    sdk = VoiceResponse()
    sdk.record(
        action="/message",
        timeout=3,
        finish_on_key="#",
        max_length=120,
        play_beep=True,
        trim="trim-silence",
        recording_status_callback="/recorded",
    )

    ours = twiml.response(
        Record(
            "/message",
            timeout=3,
            finish_on_key="#",
            max_length=120,
            play_beep=True,
            trim="trim-silence",
            recording_status_callback="/recorded",
        )
    )

    assert _same(ours, sdk)


def test_a_two_way_stream_is_written_as_the_sdk_writes_it() -> None:
    sdk = VoiceResponse()
    connect = Connect(action="https://a.example/next")
    stream = SdkStream(url=URL, name="call-1", status_callback="https://a.example/stream")
    stream.parameter(name="token", value="t&1")
    stream.parameter(name="line", value="+14155550100")
    connect.append(stream)
    sdk.append(connect)

    ours = twiml.response(
        ConnectStream(
            url=URL,
            action="https://a.example/next",
            name="call-1",
            status_callback="https://a.example/stream",
            parameters={"token": "t&1", "line": "+14155550100"},
        )
    )

    assert _same(ours, sdk)


def test_no_verbs_make_an_empty_response() -> None:
    assert _same(twiml.response(), VoiceResponse())


@pytest.mark.parametrize("url", ["ws://a.example/m", "https://a.example/m", "wss://a.example/m?x=1", "/m", URL + "#x"])
def test_a_stream_address_twilio_would_refuse_is_refused_here(url: str) -> None:
    with pytest.raises(ValueError, match="wss://"):
        ConnectStream(url=url)


def test_a_parameter_stays_under_five_hundred_characters() -> None:
    ConnectStream(url=URL, parameters={"name": "x" * 495})
    with pytest.raises(ValueError, match="500"):
        ConnectStream(url=URL, parameters={"name": "x" * 496})


@given(st.text(), st.text(max_size=200))
def test_any_text_gives_xml_that_reads_back_without_what_xml_forbids(text: str, value: str) -> None:
    stream = ConnectStream(url=URL, parameters={"v": value})

    root = fromstring(twiml.response(Say(text), stream))

    expected = "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
    assert (root[0].text or "") == expected.replace("\r\n", "\n").replace("\r", "\n")
    assert root[1][0][0].get("name") == "v"
