"""Amazon Transcribe's WebSocket API (`/stream-transcription-websocket`): audio event frames in, transcript events out.

Sources: Amazon Transcribe Developer Guide, "Setting up a WebSocket stream", "Event stream encoding" and "Partial-result
stabilization"; API Reference, "StartStreamTranscription" and the streaming data types.
"""

import asyncio
import json
import re
import uuid
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect

from local.cloud.hearing import Ears, Heard, Hearing, Manner
from local.cloud.lab import Faults, Stats
from local.cloud.vocabulary import Vocabularies
from local.cloud.whisper import Word
from shared.wire import event_stream

LANGUAGES = frozenset({"en-US", "en-GB", "en-AU", "en-IN", "en-IE", "en-NZ", "en-ZA", "en-AB", "en-WL"})
"""English only: that is what the embedded recogniser knows. Of languages that are mixed it hears the English."""

_AGREEMENT = {"high": 2, "medium": 3, "low": 4}  # readings; "high" is the soonest and least sure, as at AWS
_SILENT_CLIENT_S = 15.0  # without audio the stream is closed
_LONGEST_CHUNK_S = 1.0  # of one AudioEvent
_LONGEST_STREAM_S = 4 * 3600.0
_WAITING_CHUNKS = 32  # between socket and recogniser; then the client has to wait
_SESSION = re.compile(r"^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$")
_MARKS = ".,;:?!"


class StreamError(Exception):
    """The stream ends with this exception event."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Asked:
    """One stream's query, checked."""

    manner: Manner
    stabilise: bool


def read_query(query: Mapping[str, str], silence_ms: int, vocabularies: Vocabularies) -> Asked:
    """What the query string asks for. Raises StreamError (BadRequestException) as the service does."""
    language, several = _language(query)
    if query.get("media-encoding") != "pcm":
        raise _bad("media-encoding must be pcm here.")
    rate = query.get("sample-rate", "")
    if not rate.isdecimal() or not 8_000 <= int(rate) <= 48_000:
        raise _bad("sample-rate must be between 8000 and 48000.")
    stabilise = query.get("enable-partial-results-stabilization", "false").lower()
    stability = query.get("partial-results-stability", "high").lower()
    if stabilise not in ("true", "false") or stability not in _AGREEMENT:
        raise _bad("enable-partial-results-stabilization is true or false, its stability low, medium or high.")
    if "partial-results-stability" in query and stabilise == "false":
        raise _bad("partial-results-stability needs enable-partial-results-stabilization.")
    if not _SESSION.match(query.get("session-id", str(uuid.UUID(int=0)))):
        raise _bad("session-id must be a UUID.")
    phrases: tuple[str, ...] = ()
    if name := query.get("vocabulary-names" if several else "vocabulary-name"):
        vocabulary = vocabularies.ready(name, language)
        if vocabulary is None:
            raise _bad(
                "The requested vocabulary couldn't be found. Check the vocabulary name and try your request again."
            )
        phrases = vocabulary.spoken()
    return Asked(Manner(int(rate), silence_ms, _AGREEMENT[stability], phrases), stabilise == "true")


def _language(query: Mapping[str, str]) -> tuple[str, bool]:
    """The one language that is heard, and whether several were asked for.

    "You must include either LanguageCode or IdentifyLanguage or IdentifyMultipleLanguages"; language identification
    "can't be combined with custom language models or redaction", and takes one region of each language (API reference,
    StartStreamTranscription; Developer Guide, "Language identification with streaming transcriptions").
    """
    several = query.get("identify-multiple-languages", "false") == "true"
    if several == ("language-code" in query):
        raise _bad("Give either language-code or identify-multiple-languages.")
    options = query.get("language-options", "").split(",") if several else [query["language-code"]]
    if several and (len(options) < 2 or len({option.partition("-")[0] for option in options}) < len(options)):
        raise _bad("language-options must be two languages or more, one region of each.")
    wrong = {"content-redaction-type", "language-model-name", "preferred-language", "vocabulary-name"} & set(query)
    if several and wrong:
        raise _bad(f"{', '.join(sorted(wrong))} cannot be combined with identify-multiple-languages.")
    heard = next((option for option in options if option in LANGUAGES), None)
    if heard is None:
        raise _bad(f"One language must be among {', '.join(sorted(LANGUAGES))} here.")
    return heard, several


class Stream:
    """One accepted WebSocket, from its first frame to its last."""

    def __init__(
        self, socket: WebSocket, asked: Asked, ears: Ears, pool: Executor, faults: Faults, stats: Stats
    ) -> None:
        self._socket = socket
        self._asked = asked
        self._hearing = Hearing(ears, asked.manner)
        self._pool = pool
        self._faults = faults
        self._stats = stats
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue(_WAITING_CHUNKS)
        self._results: asyncio.Queue[tuple[float, Heard] | None] = asyncio.Queue(_WAITING_CHUNKS)
        self._seconds = 0.0  # of audio received
        self._arrivals: deque[tuple[float, float]] = deque(maxlen=1000)  # (seconds of audio, loop time)
        self._seen: set[str] = set()
        self._late = 0.0
        self._deaf_until = 0.0
        self._clock = asyncio.get_running_loop().time

    async def run(self) -> None:
        """Serve the stream to its end. Raises StreamError, or WebSocketDisconnect when the client has gone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive())
                tasks.create_task(self._recognise())
                tasks.create_task(self._send())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _receive(self) -> None:
        decoder = event_stream.Decoder()
        while True:
            try:
                async with asyncio.timeout(_SILENT_CLIENT_S):
                    messages = decoder.feed(await self._socket.receive_bytes())
            except TimeoutError:
                raise _bad("Your request timed out because no new audio was received for 15 seconds.") from None
            except event_stream.BadEventStream as error:
                raise _bad(f"Could not decode the audio stream: {error}.") from None
            except KeyError:
                raise _bad("The audio stream is binary frames.") from None
            for message in messages:
                chunk = self._chunk(message)
                await self._misbehave()
                deaf = self._clock() < self._deaf_until
                await self._chunks.put(bytes(len(chunk)) if deaf else chunk)
                if not chunk:
                    return

    def _chunk(self, message: event_stream.Message) -> bytes:
        """The audio of one message, empty at the end of the stream."""
        headers, chunk = message.headers, message.payload
        if headers.get(":message-type") != "event" or headers.get(":event-type") != "AudioEvent":
            raise _bad("Only AudioEvent messages are expected.")
        rate = self._asked.manner.rate
        if len(chunk) % 2 or len(chunk) > _LONGEST_CHUNK_S * rate * 2:
            raise _bad("An AudioEvent holds whole 16-bit samples, at most one second of them.")
        self._seconds += len(chunk) / 2 / rate
        if self._seconds > _LONGEST_STREAM_S:
            raise StreamError("LimitExceededException", "A stream lasts four hours at most.")
        self._arrivals.append((self._seconds, self._clock()))
        return chunk

    async def _misbehave(self) -> None:
        while fault := self._faults.take("transcribe", "delay", "stall", "reset", "exception", "deaf"):
            match fault.kind:
                case "delay":
                    self._late = fault.ms / 1000
                case "deaf":
                    self._deaf_until = self._clock() + fault.ms / 1000
                case "stall":
                    await asyncio.sleep(fault.ms / 1000)
                case "exception":
                    raise StreamError(fault.error or "InternalFailureException", "As the laboratory asked.")
                case _:
                    self._socket.state.reset()
                    raise WebSocketDisconnect(1006)

    async def _recognise(self) -> None:
        loop = asyncio.get_running_loop()
        while chunk := await self._chunks.get():
            for heard in await loop.run_in_executor(self._pool, self._hearing.hear, chunk):
                await self._results.put((self._clock() + self._late, heard))
        for heard in await loop.run_in_executor(self._pool, self._hearing.finish):
            await self._results.put((self._clock() + self._late, heard))
        await self._results.put(None)

    async def _send(self) -> None:
        while result := await self._results.get():
            due, heard = result
            await asyncio.sleep(max(0.0, due - self._clock()))
            await self._socket.send_bytes(transcript_event(heard, self._asked.stabilise))
            self._measure(heard)

    def _measure(self, heard: Heard) -> None:
        """From the arrival of the sound that was (for a final: the last of it) to the sending of its text."""
        if heard.partial and heard.result_id in self._seen:
            return
        self._seen.add(heard.result_id)
        moment = heard.start if heard.partial else heard.end
        arrived = next((at for seconds, at in self._arrivals if seconds >= moment), self._clock())
        name = "transcribe.onset_to_first_partial" if heard.partial else "transcribe.speech_end_to_final"
        self._stats.measure(name, (self._clock() - arrived) * 1000)


def exception_event(error: StreamError) -> bytes:
    """The frame that tells the client why its stream ends."""
    headers = {
        ":message-type": "exception",
        ":exception-type": error.name,
        ":content-type": "application/json",
    }
    return event_stream.encode(headers, json.dumps({"Message": str(error)}).encode())


def transcript_event(heard: Heard, stabilise: bool) -> bytes:
    """The frame of one result."""
    items = [
        item
        for at, word in enumerate(heard.words)
        for item in _items(word, heard.partial, at < heard.stable, stabilise)
    ]
    result = {
        "Alternatives": [{"Items": items, "Transcript": " ".join(word.text for word in heard.words)}],
        "ChannelId": "ch_0",
        "EndTime": round(heard.end, 3),
        "IsPartial": heard.partial,
        "ResultId": heard.result_id,
        "StartTime": round(heard.start, 3),
    }
    headers = {
        ":message-type": "event",
        ":event-type": "TranscriptEvent",
        ":content-type": "application/json",
    }
    return event_stream.encode(headers, json.dumps({"Transcript": {"Results": [result]}}).encode())


def _items(word: Word, partial: bool, stable: bool, stabilise: bool) -> list[dict[str, object]]:
    """A word and the punctuation after it, as items; confidence is given in finals only, stability when asked for."""
    spoken = word.text.rstrip(_MARKS)
    marks = word.text[len(spoken) :]
    texts = [(spoken, "pronunciation", word.start), *((mark, "punctuation", word.end) for mark in marks)]
    items: list[dict[str, object]] = []
    for content, kind, start in texts:
        item: dict[str, object] = {
            "Content": content,
            "EndTime": round(word.end, 3),
            "StartTime": round(start, 3),
            "Type": kind,
            "VocabularyFilterMatch": False,
        }
        if stabilise:
            item["Stable"] = stable
        if not partial and kind == "pronunciation":
            item["Confidence"] = round(word.confidence, 4)
        items.append(item)
    return items


def _bad(message: str) -> StreamError:
    return StreamError("BadRequestException", message)
