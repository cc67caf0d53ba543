"""What travels inside Amazon Transcribe's event stream: audio one way, results and exceptions the other.

Field names are Transcribe's own (API reference, `TranscriptEvent`); times are seconds since the connection began.
"""

from dataclasses import dataclass

import msgspec

from shared.wire import event_stream
from shared.wire.event_stream import Message

PRONUNCIATION = "pronunciation"
"""The type of an item that is a word; others are punctuation."""


class BadTranscript(ValueError):
    """A message that is none of Transcribe's."""


class Item(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """A word or a punctuation mark. Partials have `stable`, finals `confidence` (0 to 1)."""

    content: str
    type: str = ""
    start_time: float = 0.0
    end_time: float = 0.0
    confidence: float | None = None
    stable: bool | None = None


class Alternative(msgspec.Struct, frozen=True, rename="pascal"):
    transcript: str = ""
    items: tuple[Item, ...] = ()


class Result(msgspec.Struct, frozen=True, rename="pascal"):
    """One segment of speech so far; partials repeat `result_id` until the final."""

    result_id: str
    is_partial: bool
    start_time: float = 0.0
    end_time: float = 0.0
    alternatives: tuple[Alternative, ...] = ()


class _Transcript(msgspec.Struct, frozen=True, rename="pascal"):
    results: tuple[Result, ...] = ()


class _TranscriptEvent(msgspec.Struct, frozen=True, rename="pascal"):
    transcript: _Transcript


class _Exception(msgspec.Struct, frozen=True, rename="pascal"):
    message: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """The service gives up the stream: `name` is the exception's, e.g. LimitExceededException."""

    name: str
    message: str


_AUDIO = event_stream.header_bytes(
    {":content-type": "application/octet-stream", ":event-type": "AudioEvent", ":message-type": "event"}
)
_TRANSCRIPT = {":content-type": "application/json", ":event-type": "TranscriptEvent", ":message-type": "event"}
_events: msgspec.json.Decoder[_TranscriptEvent] = msgspec.json.Decoder(_TranscriptEvent)
_exceptions: msgspec.json.Decoder[_Exception] = msgspec.json.Decoder(_Exception)


def audio(pcm: bytes) -> bytes:
    """At most a second of s16le samples; none at all says that the audio is over."""
    return event_stream.frame(_AUDIO, pcm)


def results(*heard: Result) -> bytes:
    """What the service says it heard."""
    return event_stream.encode(_TRANSCRIPT, msgspec.json.encode(_TranscriptEvent(_Transcript(heard))))


def failure(name: str, message: str) -> bytes:
    """How the service ends a stream it will not go on with."""
    headers = {":content-type": "application/json", ":exception-type": name, ":message-type": "exception"}
    return event_stream.encode(headers, msgspec.json.encode(_Exception(message)))


def decode(message: Message) -> tuple[Result, ...] | Failure:
    """What the service said; events unknown today are empty. Raises BadTranscript, and nothing else."""
    try:
        if message.headers.get(":message-type") != "event":
            name = message.headers.get(":exception-type", message.headers.get(":error-code", ""))
            return Failure(str(name), _exceptions.decode(message.payload).message)
        if message.headers.get(":event-type") != "TranscriptEvent":
            return ()
        return _events.decode(message.payload).transcript.results
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadTranscript(str(error)) from None
