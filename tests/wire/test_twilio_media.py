"""What Twilio sends is understood; what it must not send is refused; what we send is what Twilio accepts."""

import contextlib
import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import twilio_media as wire
from shared.wire.twilio_media import Connected, Dtmf, MalformedMessage, Mark, Media, Start, Stop

STREAM = "MZ" + "a" * 32
CALL = "CA" + "b" * 32
ACCOUNT = "AC" + "c" * 32


def _message(event: str, **body: object) -> str:
    return json.dumps({"event": event, "sequenceNumber": "4", "streamSid": STREAM, **body})


def test_connected_is_read_whatever_its_version() -> None:
    assert wire.decode('{"event":"connected","protocol":"Call","version":"0.2.0"}') == Connected("Call", "0.2.0")


def test_start_names_the_call_and_carries_the_parameters() -> None:
    details = {
        "accountSid": ACCOUNT,
        "streamSid": STREAM,
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "t-1"},
    }

    message = wire.decode(_message("start", start=details))

    assert isinstance(message, Start)
    assert (message.stream_sid, message.sequence_number) == (STREAM, 4)
    assert (message.start.call_sid, message.start.account_sid) == (CALL, ACCOUNT)
    assert message.start.custom_parameters == {"token": "t-1"}


def test_start_without_parameters_has_none() -> None:
    message = wire.decode(_message("start", start={"accountSid": ACCOUNT, "callSid": CALL}))

    assert isinstance(message, Start)
    assert message.start.custom_parameters == {}


def test_media_carries_mulaw_bytes_and_its_time_as_a_number() -> None:
    sound = {"track": "inbound", "chunk": "2", "timestamp": "155", "payload": "//9/"}

    message = wire.decode(_message("media", media=sound))

    assert isinstance(message, Media)
    assert message.media.payload == b"\xff\xff\x7f"
    assert (message.media.timestamp, message.media.chunk) == (155, 2)


def test_dtmf_mark_and_stop_are_read() -> None:
    key = wire.decode(_message("dtmf", dtmf={"track": "inbound_track", "digit": "#"}))
    mark = wire.decode(_message("mark", mark={"name": "utt-7"}))
    stop = wire.decode(_message("stop", stop={"accountSid": ACCOUNT, "callSid": CALL}))

    assert isinstance(key, Dtmf)
    assert key.dtmf.digit == "#"
    assert isinstance(mark, Mark)
    assert mark.mark.name == "utt-7"
    assert isinstance(stop, Stop)


def test_fields_unknown_today_are_ignored() -> None:
    assert isinstance(wire.decode(_message("stop", stop={}, later={"x": 1})), Stop)


def test_an_event_unknown_today_is_nothing() -> None:
    assert wire.decode(_message("video", video={})) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "not json",
        '{"event":7}',
        '{"event":null}',
        '{"event":"media"}',
        '{"event":"media","streamSid":"MZ1"}',
        '{"event":"media","streamSid":"MZ1","media":{}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":"***"}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":"//9/","timestamp":"-1"}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":"//9/","chunk":"many"}}',
        '{"event":"media","streamSid":"MZ1","media":{"payload":7}}',
        '{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"12"}}',
        '{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":""}}',
        '{"event":"start","streamSid":"MZ1","start":{"accountSid":"AC1"}}',
        '{"event":"start","streamSid":"MZ1","start":{"accountSid":"AC1","callSid":"CA1","customParameters":[]}}',
        '{"event":"mark","streamSid":"MZ1","mark":{}}',
        "[" * 60_000,
        '"\ud800"',
    ],
)
def test_a_malformed_message_is_refused_by_name(text: str) -> None:
    with pytest.raises(MalformedMessage):
        wire.decode(text)


def test_an_oversized_message_is_refused_before_it_is_parsed() -> None:
    largest = _message("stop").ljust(wire.MAX_MESSAGE_BYTES)

    assert isinstance(wire.decode(largest), Stop)
    with pytest.raises(MalformedMessage, match="65537 bytes"):
        wire.decode(largest + " ")


@pytest.mark.parametrize("secret", ["4929", "tell-no-one"])
def test_a_refusal_never_repeats_the_content(secret: str) -> None:
    for message in (
        _message("dtmf", dtmf={"digit": secret}),
        _message("mark", mark={"name": [secret]}),
        _message("start", start={"accountSid": ACCOUNT, "callSid": CALL, "customParameters": {secret: [secret]}}),
        _message("media", media={"payload": secret + "*"}),
        secret,
    ):
        with pytest.raises(MalformedMessage) as caught:
            wire.decode(message)
        assert secret not in str(caught.value)


@given(st.binary(max_size=600) | st.text(max_size=600))
def test_arbitrary_input_is_refused_by_name_or_ignored(text: bytes | str) -> None:
    with contextlib.suppress(MalformedMessage):
        wire.decode(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
)
_EVENTS = ("connected", "start", "media", "dtmf", "mark", "stop", "other")


@given(st.sampled_from(_EVENTS), _JSON, _JSON, _JSON)
def test_any_shape_of_a_known_event_is_read_or_refused_by_name(
    event: str, stream_sid: object, body: object, payload: object
) -> None:
    inner = {"payload": payload, "digit": payload, "name": payload, "customParameters": payload, "callSid": payload}
    for value in (body, inner):
        try:
            wire.decode(json.dumps({"event": event, "streamSid": stream_sid, event: value}))
        except MalformedMessage:
            continue


def test_sound_is_written_as_twilio_documents_it() -> None:
    ulaw = bytes(range(256))

    assert json.loads(wire.media(STREAM, ulaw)) == {
        "event": "media",
        "streamSid": STREAM,
        "media": {"payload": b64encode(ulaw).decode()},
    }


def test_mark_and_clear_are_written_as_twilio_documents_them() -> None:
    assert json.loads(wire.mark(STREAM, 'a "quoted" name')) == {
        "event": "mark",
        "streamSid": STREAM,
        "mark": {"name": 'a "quoted" name'},
    }
    assert json.loads(wire.clear(STREAM)) == {"event": "clear", "streamSid": STREAM}
