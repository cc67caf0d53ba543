"""SpeechToText by Amazon Transcribe streaming, over its WebSocket API.

One socket per stream, opened with a presigned URL; audio and results travel as event-stream messages (Amazon
Transcribe Developer Guide, "Setting up a WebSocket stream"; IAM action `transcribe:StartStreamTranscriptionWebSocket`).
Why not AWS's own Python clients: one burns a core for each call, the other hangs when a connection drops.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError

from shared.ports import ProviderError, Recognition, Refused, Throttled, Unavailable, Word
from shared.speech.ear import PATIENT, Idle, Patience, Unreadable, Vendor, listen
from shared.speech.sockets import Frame
from shared.speech.utterances import Heard
from shared.wire import event_stream, mulaw, transcribe_messages
from shared.wire.event_stream import BadEventStream
from shared.wire.transcribe_messages import PRONUNCIATION, BadTranscript, Failure, Result

_SIGNATURE_S: Final = 300
_STALLED_MS: Final = 12_000
"""It may well say nothing to music or noise, for which a new connection every now and then does no harm."""


class CredentialSource(Protocol):
    """What botocore's credentials are: refreshed when asked, and so asked at every connection."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials: ...


class Transcribe:
    """Opens recognition streams in one region. `endpoint` is `ws://` or `wss://`, host and port.

    A vocabulary's name at Transcribe begins with `vocabulary_prefix`; None when the account has none.
    """

    def __init__(
        self,
        *,
        region: str,
        credentials: CredentialSource,
        endpoint: str | None = None,
        vocabulary_prefix: str | None = "",
        patience: Patience = PATIENT,
    ) -> None:
        self._region = region
        self._credentials = credentials
        self._endpoint = endpoint or f"wss://transcribestreaming.{region}.amazonaws.com:8443"
        self._vocabulary_prefix = vocabulary_prefix
        self._patience = patience

    def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AbstractAsyncContextManager[Recognition]:
        """Open a stream; `vocabulary` is for a custom vocabulary of the account in that language.

        Of mixed languages Transcribe identifies the one spoken, again and again, from a second of speech on; it takes
        one region of each, and neither `preferred-language` nor redaction goes with that (Developer Guide, "Language
        identification with streaming transcriptions"; API reference, StartStreamTranscription). Partial results are
        stabilised all the same.
        """
        mixed = {"identify-multiple-languages": "true", "language-options": ",".join((language, *mixed_with))}
        query = {
            **(mixed if mixed_with else {"language-code": language}),
            "media-encoding": "pcm",
            "sample-rate": "8000",
            "enable-partial-results-stabilization": "true",
            "partial-results-stability": "high",
        }
        if vocabulary is not None and self._vocabulary_prefix is not None:
            query["vocabulary-names" if mixed_with else "vocabulary-name"] = self._vocabulary_prefix + vocabulary

        async def address() -> tuple[str, Mapping[str, str]]:
            try:
                return await asyncio.to_thread(self._presigned, query), {}
            except BotoCoreError as error:
                raise Unavailable(f"Transcribe: no credentials ({type(error).__name__})") from None

        return listen(
            Vendor(
                "Transcribe",
                address,
                _Dialect,
                self._patience,
                stalled_ms=_STALLED_MS,
            )
        )

    def _presigned(self, query: dict[str, str]) -> str:
        address = f"{self._endpoint.replace('ws', 'http', 1)}/stream-transcription-websocket?{urlencode(query)}"
        request = AWSRequest("GET", address)
        credentials = self._credentials.get_frozen_credentials()
        SigV4QueryAuth(credentials, "transcribe", self._region, expires=_SIGNATURE_S).add_auth(request)
        return str(request.url).replace("http", "ws", 1)


class _Dialect:
    """Transcribe finds the end of an utterance by itself, and cannot be asked to."""

    def __init__(self) -> None:
        self._decoder = event_stream.Decoder()

    def hello(self) -> None: ...

    def audio(self, ulaw: bytes) -> Frame:
        return transcribe_messages.audio(mulaw.decode(ulaw))

    def flush(self) -> None: ...

    def keep_alive(self) -> None: ...

    def hear(self, frame: Frame) -> Iterator[Heard]:
        if isinstance(frame, str):
            raise Unreadable
        try:
            for message in self._decoder.feed(frame):
                heard = transcribe_messages.decode(message)
                if isinstance(heard, Failure):
                    raise _named(heard)
                yield from (_piece(result) for result in heard if result.alternatives)
        except (BadEventStream, BadTranscript):
            raise Unreadable from None

    def closed(self, code: int, reason: str) -> ProviderError:
        return Unavailable(f"Transcribe closed the connection ({code})")


def _piece(result: Result) -> Heard:
    alternative = result.alternatives[0]
    spoken = [item for item in alternative.items if item.type == PRONUNCIATION]
    words = tuple(
        Word(item.content, round(item.start_time * 1000), round(item.end_time * 1000), item.confidence)
        for item in spoken
    )
    stable = next((at for at, item in enumerate(spoken) if not item.stable), len(spoken))
    is_final = not result.is_partial
    end_ms = int(result.end_time * 1000)
    return Heard(result.result_id, alternative.transcript, words, is_final, is_final, stable, end_ms)


def _named(failure: Failure) -> ProviderError:
    """What an exception means. Only BadRequest's own text is kept: others may quote what was signed."""
    if failure.name != "BadRequestException":
        return _NAMED.get(failure.name, Refused)(f"Transcribe: {failure.name}")
    if "timed out" in failure.message:
        return Idle("Transcribe had no audio for too long")
    return Refused(f"Transcribe: {failure.message[:200]}")


_NAMED: Final[dict[str, type[ProviderError]]] = {
    "LimitExceededException": Throttled,
    "ThrottlingException": Throttled,
    "InternalFailureException": Unavailable,
    "ServiceUnavailableException": Unavailable,
    "ConflictException": Unavailable,
}
