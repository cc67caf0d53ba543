"""The carrier's side speaks the same protocol as the server's, and is as strict as Twilio."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import twilio_media as server
from shared.wire import twilio_media_carrier as carrier
from shared.wire.twilio_media import SendClear, SendMark, SendMedia
from shared.wire.twilio_media_carrier import InvalidCommand

STREAM = "MZ" + "a" * 32
ACCOUNT = "AC" + "c" * 32
CALL = "CA" + "b" * 32

_text = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.binary(max_size=400))
def test_the_servers_sound_reaches_the_carrier_unchanged(ulaw: bytes) -> None:
    command = carrier.decode(server.media(STREAM, ulaw), STREAM)

    assert isinstance(command, SendMedia)
    assert command.media.payload == ulaw


@given(_text)
def test_the_servers_marks_and_clears_reach_the_carrier(name: str) -> None:
    mark = carrier.decode(server.mark(STREAM, name), STREAM)

    assert isinstance(mark, SendMark)
    assert mark.mark.name == name
    assert carrier.decode(server.clear(STREAM), STREAM) == SendClear(STREAM)


@given(st.binary(max_size=400), st.integers(1, 10**6))
def test_the_carriers_sound_reaches_the_server_unchanged(ulaw: bytes, count: int) -> None:
    text = carrier.media(STREAM, count + 1, chunk=count, timestamp_ms=20 * count, ulaw=ulaw)
    message = server.decode(text)

    assert isinstance(message, server.Media)
    assert message.sequence_number == count + 1
    assert message.media == server.Sound(ulaw, timestamp=20 * count, chunk=count)


def test_counters_travel_as_strings_and_rates_as_numbers() -> None:
    media = json.loads(carrier.media(STREAM, 4, chunk=2, timestamp_ms=25, ulaw=b"\xff"))
    start = json.loads(carrier.start(STREAM, 1, account_sid=ACCOUNT, call_sid=CALL))

    assert media == {
        "event": "media",
        "sequenceNumber": "4",
        "streamSid": STREAM,
        "media": {"track": "inbound", "chunk": "2", "timestamp": "25", "payload": "/w=="},
    }
    assert start == {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM,
        "start": {
            "accountSid": ACCOUNT,
            "streamSid": STREAM,
            "callSid": CALL,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        },
    }


def test_the_other_messages_reach_the_server() -> None:
    start = server.decode(carrier.start(STREAM, 1, account_sid=ACCOUNT, call_sid=CALL, parameters={"token": "t"}))
    key = server.decode(carrier.dtmf(STREAM, 2, "9"))

    assert server.decode(carrier.connected()) == server.Connected("Call", "1.0.0")
    assert isinstance(start, server.Start)
    assert (start.start.call_sid, start.start.custom_parameters) == (CALL, {"token": "t"})
    assert isinstance(key, server.Dtmf)
    assert key.dtmf.digit == "9"
    assert server.decode(carrier.mark(STREAM, 3, "m")) == server.Mark(STREAM, server.Name("m"), 3)
    assert server.decode(carrier.stop(STREAM, 4, account_sid=ACCOUNT, call_sid=CALL)) == server.Stop(STREAM, 4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "not json",
        '{"event":"video","streamSid":"MZ1"}',
        '{"event":"clear"}',
        '{"event":"clear","streamSid":7}',
        '{"event":"clear","streamSid":"MZ2"}',
        '{"event":"clear","streamSid":"MZ1","sequenceNumber":"1"}',
        '{"event":"mark","streamSid":"MZ1"}',
        '{"event":"mark","streamSid":"MZ1","mark":{"name":"m","at":1}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":"/w==","track":"outbound"}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":"/w"}}',
        '{"event":"media","streamSid":"MZ1","media":"/w=="}',
    ],
)
def test_what_twilio_would_drop_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidCommand):
        carrier.decode(text, "MZ1")


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_arbitrary_input_is_refused_by_name(text: bytes | str) -> None:
    with pytest.raises(InvalidCommand):
        carrier.decode(text, STREAM)
