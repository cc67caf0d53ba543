"""Transcribe's messages are read and written as its API reference has them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import transcribe_messages as wire
from shared.wire.event_stream import Decoder, Message
from shared.wire.transcribe_messages import Alternative, BadTranscript, Failure, Item, Result

EVENT = {":message-type": "event", ":event-type": "TranscriptEvent", ":content-type": "application/json"}
# The shape of the API reference's example, with what a telephone call adds.
DOCUMENTED = {
    "Transcript": {
        "Results": [
            {
                "ResultId": "20f1c8c7",
                "StartTime": 0.0,
                "EndTime": 1.415,
                "IsPartial": False,
                "LanguageCode": "en-US",
                "Alternatives": [
                    {
                        "Transcript": "Hello.",
                        "Items": [
                            {
                                "StartTime": 0.5,
                                "EndTime": 1.4,
                                "Type": "pronunciation",
                                "Content": "Hello",
                                "Confidence": 0.97,
                                "VocabularyFilterMatch": False,
                            },
                            {"StartTime": 1.4, "EndTime": 1.4, "Type": "punctuation", "Content": "."},
                        ],
                    }
                ],
            }
        ]
    }
}


def _one(frame: bytes) -> Message:
    (message,) = Decoder().feed(frame)
    return message


def test_a_documented_event_is_read() -> None:
    heard = wire.decode(Message(EVENT, json.dumps(DOCUMENTED).encode()))

    items = (Item("Hello", "pronunciation", 0.5, 1.4, confidence=0.97), Item(".", "punctuation", 1.4, 1.4))
    assert heard == (Result("20f1c8c7", False, 0.0, 1.415, (Alternative("Hello.", items),)),)


def test_what_is_written_reads_back_and_says_only_what_is_known() -> None:
    result = Result("r", True, 0.0, 0.4, (Alternative("yes", (Item("yes", "pronunciation", 0.1, 0.4, stable=True),)),))

    message = _one(wire.results(result))

    assert wire.decode(message) == (result,)
    (item,) = json.loads(message.payload)["Transcript"]["Results"][0]["Alternatives"][0]["Items"]
    assert item == {"Content": "yes", "Type": "pronunciation", "StartTime": 0.1, "EndTime": 0.4, "Stable": True}


def test_an_exception_reads_back() -> None:
    message = _one(wire.failure("LimitExceededException", "too many streams"))

    assert message.headers[":message-type"] == "exception"
    assert wire.decode(message) == Failure("LimitExceededException", "too many streams")


def test_audio_is_an_audio_event() -> None:
    assert _one(wire.audio(b"\1\2")) == Message(
        {":content-type": "application/octet-stream", ":event-type": "AudioEvent", ":message-type": "event"}, b"\1\2"
    )


def test_an_event_unknown_today_is_empty() -> None:
    assert wire.decode(Message({":message-type": "event", ":event-type": "Other"}, b"?")) == ()


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"Transcript":{"Results":[{"ResultId":1}]}}'])
def test_an_unreadable_event_is_refused_by_name(payload: bytes) -> None:
    with pytest.raises(BadTranscript):
        wire.decode(Message(EVENT, payload))


@given(st.sampled_from(["event", "exception", "error", ""]), st.binary(max_size=300))
def test_arbitrary_payloads_raise_only_the_named_error(kind: str, payload: bytes) -> None:
    try:
        wire.decode(Message({":message-type": kind, ":event-type": "TranscriptEvent"}, payload))
    except BadTranscript:
        return
