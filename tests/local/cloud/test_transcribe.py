import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.hearing import Heard
from local.cloud.transcribe import StreamError, exception_event, read_query, transcript_event
from local.cloud.vocabulary import Vocabularies
from local.cloud.whisper import Word

QUERY = {"language-code": "en-US", "media-encoding": "pcm", "sample-rate": "8000"}


def vocabularies() -> Vocabularies:
    known = Vocabularies(lambda: datetime(2026, 11, 20, tzinfo=UTC))
    request = {"VocabularyName": "clinic", "LanguageCode": "en-US", "Phrases": ["Riverside-Clinic"]}
    known.call("Transcribe.CreateVocabulary", json.dumps(request).encode())
    return known


def test_a_plain_query_asks_for_no_stability() -> None:
    asked = read_query(QUERY, 300, vocabularies())
    assert asked.manner.rate == 8000
    assert not asked.stabilise


def test_a_query_may_name_a_vocabulary_and_a_stability() -> None:
    more = {
        "vocabulary-name": "clinic",
        "enable-partial-results-stabilization": "true",
        "partial-results-stability": "low",
        "show-speaker-label": "true",
        "session-id": "b7e5d9f0-3f4c-4a57-9f0a-0123456789ab",
    }
    asked = read_query(QUERY | more, 300, vocabularies())
    assert asked.manner.phrases == ("Riverside Clinic",)
    assert asked.manner.agreement > read_query(QUERY, 300, vocabularies()).manner.agreement
    assert asked.stabilise


@pytest.mark.parametrize(
    "wrong",
    [
        {"language-code": "hi-IN"},
        {"language-code": ""},
        {"media-encoding": "flac"},
        {"sample-rate": "7999"},
        {"sample-rate": "48001"},
        {"sample-rate": "fast"},
        {"sample-rate": "\u0663"},
        {"enable-partial-results-stabilization": "perhaps"},
        {"partial-results-stability": "high"},
        {"enable-partial-results-stabilization": "true", "partial-results-stability": "rock"},
        {"session-id": "42"},
        {"vocabulary-name": "unknown"},
        {"identify-multiple-languages": "true", "language-options": "en-IN,hi-IN"},
    ],
)
def test_a_query_that_makes_no_sense_is_a_bad_request(wrong: dict[str, str]) -> None:
    with pytest.raises(StreamError) as error:
        read_query(QUERY | wrong, 300, vocabularies())
    assert error.value.name == "BadRequestException"


MIXED = {
    "identify-multiple-languages": "true",
    "language-options": "hi-IN,en-US",
    **{name: value for name, value in QUERY.items() if name != "language-code"},
}


def test_s9_of_languages_that_are_mixed_the_english_is_heard() -> None:
    asked = read_query(MIXED | {"vocabulary-names": "clinic"}, 300, vocabularies())
    assert asked.manner.phrases == ("Riverside Clinic",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"identify-multiple-languages": "false"},
        {"language-options": "hi-IN"},
        {"language-options": "en-US,en-IN"},
        {"language-options": "hi-IN,ta-IN"},
        {"vocabulary-name": "clinic"},
        {"preferred-language": "hi-IN"},
        {"content-redaction-type": "PII"},
    ],
)
def test_what_does_not_go_with_mixed_languages_is_a_bad_request(wrong: dict[str, str]) -> None:
    with pytest.raises(StreamError) as error:
        read_query(MIXED | wrong, 300, vocabularies())
    assert error.value.name == "BadRequestException"


@given(st.dictionaries(st.sampled_from([*QUERY, "session-id", "vocabulary-name"]), st.text(max_size=9)))
def test_no_query_does_worse_than_be_refused(query: dict[str, str]) -> None:
    with pytest.raises(StreamError):
        read_query(query, 300, vocabularies())


WORDS = (Word("Hello,", 0.5, 0.9, 0.8), Word("Dr.", 1.0, 1.2, 0.7), Word("Lee.", 1.2, 1.5, 0.9))


def event(partial: bool, stable: int, stabilise: bool) -> dict[str, Any]:
    heard = Heard("result", 0.5, 1.6, partial, WORDS, stable)
    buffer = EventStreamBuffer()
    buffer.add_data(transcript_event(heard, stabilise))
    (decoded,) = list(buffer)
    assert decoded.headers[":event-type"] == "TranscriptEvent"
    (result,) = json.loads(decoded.payload)["Transcript"]["Results"]
    return dict(result)


def items(result: dict[str, Any]) -> list[dict[str, Any]]:
    return list(result["Alternatives"][0]["Items"])


def test_a_result_is_shaped_as_amazon_shapes_it() -> None:
    result = event(partial=False, stable=3, stabilise=True)
    assert {name: result[name] for name in ("ResultId", "StartTime", "EndTime", "IsPartial", "ChannelId")} == {
        "ResultId": "result",
        "StartTime": 0.5,
        "EndTime": 1.6,
        "IsPartial": False,
        "ChannelId": "ch_0",
    }
    assert items(result)[:2] == [
        {
            "Content": "Hello",
            "StartTime": 0.5,
            "EndTime": 0.9,
            "Type": "pronunciation",
            "VocabularyFilterMatch": False,
            "Stable": True,
            "Confidence": 0.8,
        },
        {
            "Content": ",",
            "StartTime": 0.9,
            "EndTime": 0.9,
            "Type": "punctuation",
            "VocabularyFilterMatch": False,
            "Stable": True,
        },
    ]


def test_the_items_together_are_the_transcript() -> None:
    result = event(partial=False, stable=3, stabilise=False)
    assert [item["Content"] for item in items(result)] == ["Hello", ",", "Dr", ".", "Lee", "."]
    assert result["Alternatives"][0]["Transcript"] == "Hello, Dr. Lee."


def test_a_partial_says_what_is_stable_and_nothing_of_confidence() -> None:
    partial = items(event(partial=True, stable=1, stabilise=True))
    assert [item["Stable"] for item in partial] == [True, True, False, False, False, False]
    assert all("Confidence" not in item for item in partial)


def test_stability_is_not_mentioned_unless_asked_for() -> None:
    assert all("Stable" not in item for item in items(event(partial=True, stable=1, stabilise=False)))


def test_an_exception_carries_its_name_and_message() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(exception_event(StreamError("LimitExceededException", "Too many.")))
    (decoded,) = list(buffer)
    assert decoded.headers[":message-type"] == "exception"
    assert decoded.headers[":exception-type"] == "LimitExceededException"
    assert json.loads(decoded.payload) == {"Message": "Too many."}
