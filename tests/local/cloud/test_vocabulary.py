import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.vocabulary import Rejected, Vocabularies


@pytest.fixture
def vocabularies() -> Vocabularies:
    return Vocabularies(lambda: datetime(2026, 11, 20, tzinfo=UTC))


def call(vocabularies: Vocabularies, operation: str, **request: Any) -> dict[str, Any]:
    return vocabularies.call(f"Transcribe.{operation}", json.dumps(request).encode())


def create(vocabularies: Vocabularies, *phrases: str, name: str = "clinic") -> dict[str, Any]:
    return call(vocabularies, "CreateVocabulary", VocabularyName=name, LanguageCode="en-US", Phrases=list(phrases))


def test_a_vocabulary_is_pending_and_then_ready(vocabularies: Vocabularies) -> None:
    assert create(vocabularies, "Okonkwo")["VocabularyState"] == "PENDING"
    assert call(vocabularies, "GetVocabulary", VocabularyName="clinic")["VocabularyState"] == "READY"
    assert call(vocabularies, "ListVocabularies")["Vocabularies"][0]["VocabularyName"] == "clinic"


def test_hyphens_join_the_words_of_a_phrase(vocabularies: Vocabularies) -> None:
    create(vocabularies, "Riverside-Clinic", "A.B.C.")
    ready = vocabularies.ready("clinic", "en-US")
    assert ready is not None
    assert ready.spoken() == ("Riverside Clinic", "A.B.C.")


@pytest.mark.parametrize("phrase", ["two words", "room-12", "caf\u00e9", ""])
def test_a_phrase_that_amazon_would_not_take_makes_the_vocabulary_fail(vocabularies: Vocabularies, phrase: str) -> None:
    create(vocabularies, "fine", phrase)
    described = call(vocabularies, "GetVocabulary", VocabularyName="clinic")
    assert described["VocabularyState"] == "FAILED"
    assert repr(phrase) in described["FailureReason"]
    assert vocabularies.ready("clinic", "en-US") is None


def test_a_vocabulary_serves_its_own_language_only(vocabularies: Vocabularies) -> None:
    create(vocabularies, "fine")
    assert vocabularies.ready("clinic", "en-GB") is None


def test_an_update_replaces_the_phrases(vocabularies: Vocabularies) -> None:
    create(vocabularies, "old")
    call(vocabularies, "UpdateVocabulary", VocabularyName="clinic", LanguageCode="en-US", Phrases=["new"])
    ready = vocabularies.ready("clinic", "en-US")
    assert ready is not None
    assert ready.phrases == ("new",)


def test_a_deleted_vocabulary_is_gone(vocabularies: Vocabularies) -> None:
    create(vocabularies, "fine")
    call(vocabularies, "DeleteVocabulary", VocabularyName="clinic")
    assert vocabularies.ready("clinic", "en-US") is None


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetVocabulary", {"VocabularyName": "none"}, "NotFoundException"),
        (
            "UpdateVocabulary",
            {"VocabularyName": "none", "LanguageCode": "en-US", "Phrases": ["x"]},
            "NotFoundException",
        ),
        (
            "CreateVocabulary",
            {"VocabularyName": "taken", "LanguageCode": "en-US", "Phrases": ["x"]},
            "ConflictException",
        ),
        (
            "CreateVocabulary",
            {"VocabularyName": "a b", "LanguageCode": "en-US", "Phrases": ["x"]},
            "BadRequestException",
        ),
        (
            "CreateVocabulary",
            {"VocabularyName": "empty", "LanguageCode": "en-US", "Phrases": []},
            "BadRequestException",
        ),
        (
            "CreateVocabulary",
            {"VocabularyName": "big", "LanguageCode": "en-US", "Phrases": ["x" * 256] * 201},
            "BadRequestException",
        ),
        ("StartTranscriptionJob", {}, "UnknownOperationException"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_aws_name(
    vocabularies: Vocabularies, operation: str, request_: dict[str, Any], code: str
) -> None:
    create(vocabularies, "fine", name="taken")
    with pytest.raises(Rejected) as rejected:
        call(vocabularies, operation, **request_)
    assert rejected.value.code == code


def test_an_account_holds_a_hundred_vocabularies(vocabularies: Vocabularies) -> None:
    for number in range(100):
        create(vocabularies, "fine", name=f"v{number}")
    with pytest.raises(Rejected) as rejected:
        create(vocabularies, "fine", name="one-more")
    assert rejected.value.code == "LimitExceededException"


@given(st.binary(max_size=100))
def test_no_body_does_worse_than_be_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        Vocabularies(lambda: datetime(2026, 11, 20, tzinfo=UTC)).call("Transcribe.CreateVocabulary", body)
