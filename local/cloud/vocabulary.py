"""Amazon Transcribe's control plane, as far as custom vocabularies go (JSON 1.1, `X-Amz-Target: Transcribe.*`)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

_MOST = 100  # vocabularies an account may have (Amazon Transcribe endpoints and quotas)
_MOST_BYTES = 50 * 1024  # of one vocabulary (same page)
_PHRASE = re.compile(r"^[A-Za-z'.\-]{1,256}$")  # Developer Guide, "Creating a custom vocabulary using a list"


class Rejected(Exception):
    """The call fails with this AWS error code (HTTP 400)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Named(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal)

    vocabulary_name: Annotated[str, Field(pattern=r"^[0-9a-zA-Z._-]{1,200}$")]


class _Filled(_Named):
    language_code: str
    phrases: Annotated[list[str], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Phrases as they were given: words of one phrase joined by hyphens, letters of an acronym ended by periods."""

    name: str
    language: str
    phrases: tuple[str, ...]
    modified: datetime
    failure: str | None

    def spoken(self) -> tuple[str, ...]:
        """The phrases as they are written in running text."""
        return tuple(phrase.replace("-", " ").strip() for phrase in self.phrases)


class Vocabularies:
    """The account's vocabularies. They are READY at the first look after a change, PENDING in the answer to it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._by_name: dict[str, Vocabulary] = {}

    def ready(self, name: str, language: str) -> Vocabulary | None:
        """The vocabulary a stream in `language` may use by this name."""
        found = self._by_name.get(name)
        return found if found and found.language == language and found.failure is None else None

    def call(self, target: str, body: bytes) -> dict[str, Any]:
        """Answer one API call. Raises Rejected."""
        operations: dict[str, Callable[[bytes], dict[str, Any]]] = {
            "Transcribe.CreateVocabulary": self._create,
            "Transcribe.UpdateVocabulary": self._update,
            "Transcribe.GetVocabulary": self._get,
            "Transcribe.DeleteVocabulary": self._delete,
            "Transcribe.ListVocabularies": self._list,
        }
        if target not in operations:
            raise Rejected("UnknownOperationException", f"{target or 'no target'} is not served here.")
        try:
            return operations[target](body)
        except ValidationError as error:
            where = error.errors(include_input=False)[0]
            raise Rejected("BadRequestException", f"{where['loc']}: {where['msg']}") from None

    def _create(self, body: bytes) -> dict[str, Any]:
        request = _Filled.model_validate_json(body)
        if request.vocabulary_name in self._by_name:
            raise Rejected("ConflictException", "The requested vocabulary name already exists.")
        if len(self._by_name) >= _MOST:
            raise Rejected("LimitExceededException", f"An account has at most {_MOST} vocabularies.")
        return self._put(request)

    def _update(self, body: bytes) -> dict[str, Any]:
        request = _Filled.model_validate_json(body)
        self._find(request.vocabulary_name)
        return self._put(request)

    def _put(self, request: _Filled) -> dict[str, Any]:
        if sum(len(phrase.encode()) for phrase in request.phrases) > _MOST_BYTES:
            raise Rejected("BadRequestException", "The vocabulary is larger than 50 KB.")
        wrong = next((phrase for phrase in request.phrases if not _PHRASE.match(phrase)), None)
        failure = None if wrong is None else "A phrase contains a character that is not supported: " + repr(wrong)
        vocabulary = Vocabulary(
            request.vocabulary_name, request.language_code, tuple(request.phrases), self._now(), failure
        )
        self._by_name[vocabulary.name] = vocabulary
        return {**_described(vocabulary), "VocabularyState": "PENDING"}

    def _get(self, body: bytes) -> dict[str, Any]:
        vocabulary = self._find(_Named.model_validate_json(body).vocabulary_name)
        failure = {"FailureReason": vocabulary.failure} if vocabulary.failure else {}
        return {**_described(vocabulary), **failure}

    def _delete(self, body: bytes) -> dict[str, Any]:
        del self._by_name[self._find(_Named.model_validate_json(body).vocabulary_name).name]
        return {}

    def _list(self, _: bytes) -> dict[str, Any]:
        return {"Vocabularies": [_described(vocabulary) for vocabulary in self._by_name.values()]}

    def _find(self, name: str) -> Vocabulary:
        if name not in self._by_name:
            message = (
                "The requested vocabulary couldn't be found. Check the vocabulary name and try your request again."
            )
            raise Rejected("NotFoundException", message)
        return self._by_name[name]


def _described(vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "VocabularyName": vocabulary.name,
        "LanguageCode": vocabulary.language,
        "LastModifiedTime": vocabulary.modified.timestamp(),
        "VocabularyState": "READY" if vocabulary.failure is None else "FAILED",
    }
