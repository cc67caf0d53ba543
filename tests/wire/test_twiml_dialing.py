"""Our TwiML for third parties is the document the twilio package would write."""

from urllib.parse import parse_qsl
from xml.etree.ElementTree import canonicalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Dial as SdkDial
from twilio.twiml.voice_response import Enqueue as SdkEnqueue
from twilio.twiml.voice_response import Refer as SdkRefer
from twilio.twiml.voice_response import Start, Stop, VoiceResponse
from twilio.twiml.voice_response import Stream as SdkStream

from shared.wire import twiml
from shared.wire.twiml import StartStream, StopStream
from shared.wire.twiml_dialing import Conference, Dial, Enqueue, Leave, Number, Queue, Refer, Sip, sip_uri

ACTION = "https://a.example/dialled?x=1&y=2"
WHISPER = "https://a.example/whisper"


def _same(sdk: VoiceResponse, *verbs: twiml.Verb) -> bool:
    return canonicalize(twiml.response(*verbs)) == canonicalize(str(sdk))


def test_several_numbers_with_whispers_are_written_as_the_sdk_writes_them() -> None:
    sdk = VoiceResponse()
    dial = SdkDial(
        action=ACTION,
        method="POST",
        timeout=20,
        time_limit=600,
        answer_on_bridge=True,
        caller_id="+14155550100",
        hangup_on_star=False,
        record="record-from-answer-dual",
    )
    for number in ("+14155550111", "+14155550112"):
        dial.number(number, url=WHISPER, status_callback=ACTION, status_callback_event="initiated completed")
    sdk.append(dial)
    legs = [
        Number(number, url=WHISPER, status_callback=ACTION, status_callback_event=("initiated", "completed"))
        for number in ("+14155550111", "+14155550112")
    ]
    ours = Dial(
        nouns=tuple(legs),
        action=ACTION,
        method="POST",
        timeout=20,
        time_limit=600,
        answer_on_bridge=True,
        caller_id="+14155550100",
        hangup_on_star=False,
        record="record-from-answer-dual",
    )
    assert _same(sdk, ours)


def test_a_sip_address_carries_its_headers() -> None:
    sdk = VoiceResponse()
    dial = SdkDial(timeout=20)
    dial.sip("sip:desk@pbx.example?X-Call=a%20b%26c&User-to-User=00%3Bencoding%3Dhex", username="me", password="it")
    sdk.append(dial)
    headers = {"X-Call": "a b&c", "User-to-User": "00;encoding=hex"}
    sip = Sip("sip:desk@pbx.example", headers, username="me", password="it")
    assert _same(sdk, Dial(nouns=(sip,), timeout=20))


def test_a_conference_and_a_queue_are_written_as_the_sdk_writes_them() -> None:
    sdk = VoiceResponse()
    room = {
        "start_conference_on_enter": False,
        "end_conference_on_exit": True,
        "wait_url": "",
        "beep": "onEnter",
        "coach": "CA1",
        "participant_label": "caller",
        "max_participants": 3,
        "record": "record-from-start",
        "jitter_buffer_size": "small",
        "status_callback": ACTION,
    }
    dial = SdkDial(action=ACTION)
    dial.conference("transfer-1", **room, status_callback_event="start end join")
    sdk.append(dial)
    second = SdkDial()
    second.queue("support", url=WHISPER)
    sdk.append(second)
    ours = Conference(
        "transfer-1",
        start_conference_on_enter=False,
        end_conference_on_exit=True,
        wait_url="",
        beep="onEnter",
        coach="CA1",
        participant_label="caller",
        max_participants=3,
        record="record-from-start",
        jitter_buffer_size="small",
        status_callback=ACTION,
        status_callback_event=("start", "end", "join"),
    )
    assert _same(sdk, Dial(nouns=(ours,), action=ACTION), Dial(nouns=(Queue("support", url=WHISPER),)))


def test_waiting_and_referring_are_written_as_the_sdk_writes_them() -> None:
    sdk = VoiceResponse()
    enqueue = SdkEnqueue(action=ACTION, workflow_sid="WW1", wait_url=WHISPER)
    enqueue.task('{"intent":"billing","words":"ä & <b>"}', priority=5, timeout=60)
    sdk.append(enqueue)
    sdk.enqueue("support", wait_url="", wait_url_method="GET")
    sdk.leave()
    refer = SdkRefer(action=ACTION)
    refer.sip("sip:desk@pbx.example?X-Call=1")
    sdk.append(refer)
    task = {"intent": "billing", "words": "ä & <b>"}
    assert _same(
        sdk,
        Enqueue(action=ACTION, workflow_sid="WW1", wait_url=WHISPER, task=task, task_priority=5, task_timeout=60),
        Enqueue(name="support", wait_url="", wait_url_method="GET"),
        Leave(),
        Refer("sip:desk@pbx.example", {"X-Call": "1"}, action=ACTION),
    )


def test_a_one_way_stream_is_started_and_stopped_as_the_sdk_does() -> None:
    sdk = VoiceResponse()
    start = Start()
    stream = SdkStream(
        url="wss://a.example/listen", name="assist", track="both_tracks", status_callback="https://a.example/stream"
    )
    stream.parameter(name="token", value="t")
    start.append(stream)
    sdk.append(start)
    stop = Stop()
    stop.stream(name="assist")
    sdk.append(stop)
    listening = StartStream(
        url="wss://a.example/listen",
        name="assist",
        track="both_tracks",
        status_callback="https://a.example/stream",
        parameters={"token": "t"},
    )
    assert _same(sdk, listening, StopStream("assist"))


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("pbx.example", {}),
        ("sip:a@b?X-A=1", {}),
        ("sip:a b@c", {}),
        ("sip:a@b", {"Subject": "x"}),
        ("sip:a@b", {"X-A=1&X-B": "x"}),
        ("sip:a@b", {"X-A": "x" * 1020}),
    ],
)
def test_a_sip_address_twilio_would_refuse_is_refused_here(address: str, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="SIP"):
        Sip(address, headers)


@given(st.dictionaries(st.from_regex(r"\AX-[A-Za-z0-9\-]{1,20}\Z"), st.text(max_size=15), max_size=5))
def test_any_header_value_reads_back(headers: dict[str, str]) -> None:
    uri = sip_uri("sip:desk@pbx.example", headers)
    assert uri.isascii()
    assert dict(parse_qsl(uri.partition("?")[2], keep_blank_values=True)) == headers


def test_what_cannot_be_dialled_or_waited_in_is_refused() -> None:
    with pytest.raises(ValueError, match="Dial"):
        Dial(nouns=())
    with pytest.raises(ValueError, match="Dial"):
        Dial(nouns=(Conference("a"), Number("+14155550111")))
    with pytest.raises(ValueError, match="128"):
        Conference("x" * 129)
    with pytest.raises(ValueError, match="either"):
        Enqueue()
    with pytest.raises(ValueError, match="64"):
        Enqueue(name="x" * 65)
