"""Twilio Media Streams as the server sees it: typed messages in, JSON text out (two-way `<Connect><Stream>`).

Both vocabularies are closed sets of structs, so the carrier's side of the same socket (`twilio_media_carrier`) reads
and writes the very same types. Twilio drops a message with a field too many or too few (error 31951).
"""

from typing import Annotated

import msgspec

MAX_MESSAGE_BYTES = 65_536
"""Twilio documents no limit; its frames are under 500 bytes and `start` under 50 kB."""

type _Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class MalformedMessage(ValueError):
    """The peer sent something that is not a message of this protocol. The text names no content."""


class _Wire(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    pass


class MediaFormat(_Wire, frozen=True):
    """Always mu-law, 8000 Hz, one channel."""

    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000
    channels: int = 1


class StartDetails(_Wire, frozen=True, kw_only=True, gc=True):
    """What `<Connect><Stream>` was opened for. `custom_parameters` are the TwiML's `<Parameter>`s."""

    account_sid: str
    call_sid: str
    tracks: tuple[str, ...] = ("inbound",)
    media_format: MediaFormat = MediaFormat()
    custom_parameters: dict[str, str] = {}


class Sound(_Wire, frozen=True):
    """A piece of the caller's track. `timestamp` is in ms from the start of the stream and need not begin at 0."""

    payload: bytes
    timestamp: _Count = 0
    chunk: _Count = 0
    track: str = "inbound"


class Key(_Wire, frozen=True):
    digit: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-D*#]$", max_length=1)]


class Name(_Wire, frozen=True):
    name: str


class Connected(_Wire, frozen=True, tag_field="event", tag="connected"):
    """First message on the socket; carries no stream yet."""

    protocol: str = "Call"
    version: str = "1.0.0"


class Start(_Wire, frozen=True, tag_field="event", tag="start", gc=True):
    """The stream begins. Not yet proof of anything: the token in `custom_parameters` is."""

    stream_sid: str
    start: StartDetails
    sequence_number: _Count = 0


class Media(_Wire, frozen=True, tag_field="event", tag="media"):
    """What the caller's line sounds like now; usually 20 ms, any length allowed."""

    stream_sid: str
    media: Sound
    sequence_number: _Count = 0


class Dtmf(_Wire, frozen=True, tag_field="event", tag="dtmf"):
    """The caller pressed a key."""

    stream_sid: str
    dtmf: Key
    sequence_number: _Count = 0


class Mark(_Wire, frozen=True, tag_field="event", tag="mark"):
    """A mark of ours comes back: what was sent before it has been played, or was cleared."""

    stream_sid: str
    mark: Name
    sequence_number: _Count = 0


class Stop(_Wire, frozen=True, tag_field="event", tag="stop"):
    """The stream is over. May be missing when the socket just closes."""

    stream_sid: str
    sequence_number: _Count = 0


class Payload(_Wire, frozen=True, forbid_unknown_fields=True):
    payload: bytes


class MarkName(_Wire, frozen=True, forbid_unknown_fields=True):
    name: str


class SendMedia(_Wire, frozen=True, tag_field="event", tag="media", forbid_unknown_fields=True):
    stream_sid: str
    media: Payload


class SendMark(_Wire, frozen=True, tag_field="event", tag="mark", forbid_unknown_fields=True):
    stream_sid: str
    mark: MarkName


class SendClear(_Wire, frozen=True, tag_field="event", tag="clear", forbid_unknown_fields=True):
    stream_sid: str


class _Event(msgspec.Struct):
    event: str


type Message = Connected | Start | Media | Dtmf | Mark | Stop
type Command = SendMedia | SendMark | SendClear

_KNOWN = frozenset({"connected", "start", "media", "dtmf", "mark", "stop"})
# Twilio writes its counters as strings; `strict=False` reads them as numbers.
_messages: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message, strict=False)
_event: msgspec.json.Decoder[_Event] = msgspec.json.Decoder(_Event)
_encoder = msgspec.json.Encoder()


def decode(text: str | bytes) -> Message | None:
    """One text frame from Twilio; None for an event this server does not know.

    Payload bytes are mu-law. Raises MalformedMessage for anything else, and nothing else.
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise MalformedMessage(f"{len(text)} bytes in one message")
    try:
        return _messages.decode(text)
    except msgspec.ValidationError as error:
        if _is_unknown_event(text):
            return None
        raise MalformedMessage(str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedMessage(str(error)) from None


def media(stream_sid: str, ulaw: bytes) -> str:
    """Sound for the caller: mu-law of any length, no header. Twilio plays messages in order."""
    return _encoder.encode(SendMedia(stream_sid, Payload(ulaw))).decode()


def mark(stream_sid: str, name: str) -> str:
    """Ask to be told when everything sent so far has been played."""
    return _encoder.encode(SendMark(stream_sid, MarkName(name))).decode()


def clear(stream_sid: str) -> str:
    """Throw away what has not been played. All outstanding marks come back at once."""
    return _encoder.encode(SendClear(stream_sid)).decode()


def _is_unknown_event(text: str | bytes) -> bool:
    try:
        return _event.decode(text).event not in _KNOWN
    except msgspec.DecodeError:
        return False
