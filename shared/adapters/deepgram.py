"""SpeechToText by Deepgram's streaming API: `GET /v1/listen` over WebSocket, mu-law at 8 kHz as it comes from the line.

From developers.deepgram.com, read in 2026-11: the API reference "Live Audio" (parameters, `Results`, `KeepAlive`,
`Finalize`), "Using Interim Results", "Endpointing", "Utterance End", "Finalize", "Audio Keep Alive" (10 s without sound
or `KeepAlive` end the connection, NET-0001), "Keyterm Prompting" (500 tokens, 100 terms), "Nova-3 Language Prompting"
and "STT Troubleshooting WebSocket, NET, and DATA Errors". That the real service takes what is sent here is not proven.

Deepgram marks no words as stable. It closes an utterance in pieces (`is_final`), the last of them at a pause
(`speech_final`) or when asked (`from_finalize`); so one utterance is one result here, the words of pieces already
closed are its stable words, and it is final with its last piece.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Final
from urllib.parse import urlencode

import msgspec

from shared.current_call import CALL_SID
from shared.ports import ProviderError, Recognition, Unavailable, Word
from shared.speech.ear import PATIENT, Idle, Patience, Unreadable, Vendor, listen
from shared.speech.sockets import Frame
from shared.speech.utterances import Heard

MOST_KEYTERMS: Final = 100
MOST_KEYTERM_CHARACTERS: Final = 1_000
"""At two characters a token, 500 tokens. With more, Deepgram says nothing at all and hangs up after 30 s."""

_ENDPOINT_MS: Final = 300
_UTTERANCE_END_MS: Final = 1_000
"""The least Deepgram allows: ends an utterance whose pause is hidden by noise."""
_STALLED_MS: Final = 3_000
"""Deepgram answers speech about once a second (the example of "Using Interim Results"), and gives itself some 30 s."""
_WITHOUT_REGION: Final = {"hi-IN": "hi"}
"""What Nova-3 has under the language alone ("Models & Languages Overview")."""

_FINALIZE: Final = '{"type":"Finalize"}'
_KEEP_ALIVE: Final = '{"type":"KeepAlive"}'

logger = logging.getLogger(__name__)


class Deepgram:
    """Opens recognition streams. `endpoint` is `ws://` or `wss://`, host and port.

    `vocabularies` has the words to listen for under the names that `listen` is given; an unknown name has none.
    """

    def __init__(
        self,
        *,
        api_key: str,
        endpoint: str = "wss://api.deepgram.com",
        model: str = "nova-3",
        vocabularies: Mapping[str, Sequence[str]] | None = None,
        patience: Patience = PATIENT,
        keep_alive_s: float = 4.0,
    ) -> None:
        self._headers = {"Authorization": f"Token {api_key}"}
        self._endpoint = endpoint.rstrip("/")
        self._model = model
        self._keyterms = {name: _keyterms(terms) for name, terms in (vocabularies or {}).items()}
        self._patience = patience
        self._keep_alive_s = keep_alive_s

    def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AbstractAsyncContextManager[Recognition]:
        """Open a stream. Mixed languages are heard by the model for many, which is told what to expect."""
        query = {
            "model": self._model,
            "encoding": "mulaw",
            "sample_rate": "8000",
            "channels": "1",
            "interim_results": "true",
            "punctuate": "true",
            "numerals": "true",
            "endpointing": str(_ENDPOINT_MS),
            "utterance_end_ms": str(_UTTERANCE_END_MS),
            "language": "multi" if mixed_with else _WITHOUT_REGION.get(language, language),
            "language_hint": [each.partition("-")[0] for each in (language, *mixed_with)] if mixed_with else (),
            "keyterm": self._keyterms.get(vocabulary or "", ()),
            "tag": [sid] if (sid := CALL_SID.get()) else (),
        }
        url = f"{self._endpoint}/v1/listen?{urlencode(query, doseq=True)}"
        numbers = count()

        async def address() -> tuple[str, Mapping[str, str]]:
            return url, self._headers

        return listen(
            Vendor(
                "Deepgram",
                address,
                lambda: _Dialect(numbers),
                self._patience,
                keep_alive_s=self._keep_alive_s,
                stalled_ms=_STALLED_MS,
            )
        )


def _keyterms(terms: Iterable[str]) -> tuple[str, ...]:
    """As many as Deepgram takes, the first first."""
    kept: list[str] = []
    characters = 0
    given = tuple(dict.fromkeys(terms))
    for term in given[:MOST_KEYTERMS]:
        characters += len(term)
        if characters > MOST_KEYTERM_CHARACTERS:
            break
        kept.append(term)
    if len(kept) < len(given):
        logger.warning("keyterms_left_out", extra={"words": len(given) - len(kept)})
    return tuple(kept)


class _Word(msgspec.Struct, gc=False):
    word: str
    start: float
    end: float
    confidence: float | None = None
    punctuated_word: str | None = None


class _Alternative(msgspec.Struct, gc=False):
    transcript: str = ""
    words: tuple[_Word, ...] = ()


class _Channel(msgspec.Struct, gc=False):
    alternatives: tuple[_Alternative, ...] = ()


class _Message(msgspec.Struct, gc=False):
    """Any message, as far as we need it: times are seconds since the connection began. UtteranceEnd has another
    `channel`, a list."""

    type: str
    start: float = 0.0
    duration: float = 0.0
    is_final: bool = False
    speech_final: bool = False
    from_finalize: bool = False
    channel: _Channel | list[int] | None = None


_decode = msgspec.json.Decoder(_Message).decode


class _Dialect:
    """Utterances have no name at Deepgram, so they are numbered, over all connections of a stream."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self._utterance = str(next(numbers))

    def hello(self) -> None: ...

    def audio(self, ulaw: bytes) -> Frame:
        return ulaw

    def flush(self) -> Frame:
        return _FINALIZE

    def keep_alive(self) -> Frame:
        return _KEEP_ALIVE

    def hear(self, frame: Frame) -> Iterator[Heard]:
        try:
            message = _decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable from None
        if message.type == "Results" and isinstance(message.channel, _Channel):
            yield self._piece(message, message.channel)
        elif message.type == "UtteranceEnd":
            yield Heard(self._utterance, "", (), is_final=True, is_last=True)
            self._utterance = str(next(self._numbers))

    def closed(self, code: int, reason: str) -> ProviderError:
        """The reason is text of the vendor's, of which only the error's name is kept."""
        name = re.search(r"\b[A-Z]{3,5}-\d{4}\b", reason)
        label = name.group() if name else str(code)
        return (Idle if label == "NET-0001" else Unavailable)(f"Deepgram closed the connection ({label})")

    def _piece(self, message: _Message, channel: _Channel) -> Heard:
        best = channel.alternatives[0] if channel.alternatives else _Alternative()
        words = tuple(
            Word(word.punctuated_word or word.word, round(word.start * 1000), round(word.end * 1000), word.confidence)
            for word in best.words
        )
        is_last = message.is_final and (message.speech_final or message.from_finalize)
        end_ms = int((message.start + message.duration) * 1000)
        utterance = self._utterance
        if is_last:
            self._utterance = str(next(self._numbers))
        return Heard(utterance, best.transcript, words, message.is_final, is_last, 0, end_ms)
