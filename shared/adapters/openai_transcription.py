"""SpeechToText by OpenAI's Realtime API in a transcription session, mu-law at 8 kHz as it comes from the line.

From developers.openai.com, read in 2026-11: the guide "Realtime transcription" (`wss://api.openai.com/v1/realtime?
intent=transcription` with no model, `session.update`, `input_audio_buffer.append` and `.commit`, deltas and the
completed transcript; `gpt-live-transcribe` finds no turns itself, so `turn_detection` is null and we commit), the
references "Client events" and "Server events" (most errors leave the session open), and the types of openai-python
3.51 (`keywords` and `languages` of `gpt-live-transcribe` and `gpt-transcribe`). That the real service takes what is
sent here is not proven.

Deltas only add to the text, so all words but the last are stable. There are neither times nor confidences of words.
"""

import base64
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import msgspec

from shared.ports import ProviderError, Recognition, Refused, Throttled, Unavailable
from shared.speech.ear import PATIENT, Patience, Unreadable, Vendor, listen
from shared.speech.sockets import Frame
from shared.speech.utterances import Heard
from shared.wire import mulaw

MOST_KEYWORDS: Final = 100

_ENDPOINT_MS: Final = 700
_STALLED_MS: Final = 12_000
"""Music and noise are answered by nothing, for which a new connection every now and then does no harm."""
_GUIDED: Final = ("gpt-live-transcribe", "gpt-transcribe")
"""Models that take keywords, and several languages."""

_COMMIT: Final = '{"type":"input_audio_buffer.commit"}'
_TRANSCRIPTION: Final = "conversation.item.input_audio_transcription."

logger = logging.getLogger(__name__)


class OpenAiTranscription:
    """Opens recognition streams. `endpoint` is `ws://` or `wss://` with its path, without query.

    `vocabularies` has the words to listen for under the names that `listen` is given; an unknown name has none.
    """

    def __init__(
        self,
        *,
        api_key: str,
        endpoint: str = "wss://api.openai.com/v1/realtime",
        model: str = "gpt-live-transcribe",
        vocabularies: Mapping[str, Sequence[str]] | None = None,
        patience: Patience = PATIENT,
    ) -> None:
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._url = f"{endpoint}?intent=transcription"
        self._model = model
        self._vocabularies = vocabularies or {}
        self._patience = patience

    def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AbstractAsyncContextManager[Recognition]:
        """Open a stream. Of `language`, such as en-US, OpenAI takes the part before the hyphen."""
        codes = [each.partition("-")[0] for each in (language, *mixed_with)]
        hello = _session(self._model, codes, self._vocabularies.get(vocabulary or "", ()))

        async def address() -> tuple[str, Mapping[str, str]]:
            return self._url, self._headers

        return listen(
            Vendor(
                "OpenAI",
                address,
                lambda: _Dialect(hello),
                self._patience,
                stalled_ms=_STALLED_MS,
                endpoint_ms=_ENDPOINT_MS,
            )
        )


def _session(model: str, languages: Sequence[str], keywords: Sequence[str]) -> str:
    transcription: dict[str, object] = {"model": model}
    if model.startswith(_GUIDED):
        transcription["languages"] = languages
        if keywords:
            transcription["keywords"] = keywords[:MOST_KEYWORDS]
    else:
        transcription["language"] = languages[0]
    heard = {"format": {"type": "audio/pcmu"}, "transcription": transcription, "turn_detection": None}
    session = {"type": "transcription", "audio": {"input": heard}}
    return msgspec.json.encode({"type": "session.update", "session": session}).decode()


class _Error(msgspec.Struct, gc=False):
    type: str | None = None
    code: str | None = None


class _Event(msgspec.Struct, gc=False):
    """Any event of the server's, as far as we need it."""

    type: str
    item_id: str = ""
    delta: str | None = None
    transcript: str = ""
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Event).decode


class _Dialect:
    def __init__(self, hello: str) -> None:
        self._hello = hello
        self._ready = False
        self._sent_bytes = 0
        self._commits_ms: list[int] = []  # ends of what was committed and not yet acknowledged
        self._ends_ms: dict[str, int] = {}  # of items whose transcript is not complete
        self._texts: dict[str, str] = {}

    def hello(self) -> Frame:
        return self._hello

    def audio(self, ulaw: bytes) -> Frame:
        self._sent_bytes += len(ulaw)
        return f'{{"type":"input_audio_buffer.append","audio":"{base64.b64encode(ulaw).decode()}"}}'

    def flush(self) -> Frame:
        self._commits_ms.append(self._sent_bytes // mulaw.BYTES_PER_MS)
        return _COMMIT

    def keep_alive(self) -> None: ...

    def hear(self, frame: Frame) -> Iterator[Heard]:
        try:
            event = _decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable from None
        kind, item = event.type, event.item_id
        if kind.startswith(_TRANSCRIPTION):
            yield from self._transcribed(kind.removeprefix(_TRANSCRIPTION), event)
        elif kind == "input_audio_buffer.committed" and self._commits_ms:
            self._ends_ms[item] = self._commits_ms.pop(0)
        elif kind == "session.updated":
            self._ready = True
        elif kind == "error":
            self._complain(event.error or _Error())

    def closed(self, code: int, reason: str) -> ProviderError:
        return Unavailable(f"OpenAI closed the connection ({code})")

    def _transcribed(self, kind: str, event: _Event) -> Iterator[Heard]:
        item = event.item_id
        if kind == "delta":
            text = self._texts[item] = self._texts.get(item, "") + (event.delta or "")
            words = len(text.split())
            yield Heard(item, text.strip(), (), is_final=False, is_last=False, stable_words=max(0, words - 1))
        elif kind in ("completed", "failed"):
            so_far = self._texts.pop(item, "")
            text = event.transcript if kind == "completed" else so_far
            end_ms = self._ends_ms.pop(item, 0)
            yield Heard(item, text.strip(), (), is_final=True, is_last=True, end_ms=end_ms)

    def _complain(self, error: _Error) -> None:
        """Raise what ends the stream; the session outlives other errors. The message is not read: it may quote."""
        code = error.code if error.code and re.fullmatch(r"[a-z_]{1,60}", error.code) else "error"
        if code == "input_audio_buffer_commit_empty":
            if self._commits_ms:
                self._commits_ms.pop(0)
        elif code in ("rate_limit_exceeded", "insufficient_quota"):
            raise Throttled(f"OpenAI: {code}")
        elif error.type == "server_error" or code == "session_expired":
            raise Unavailable(f"OpenAI: {code}")
        elif not self._ready:
            raise Refused(f"OpenAI: {code}")
        else:
            logger.warning("recognition_complaint", extra={"provider": "OpenAI", "error": code})
