"""Twilio Media Streams as the carrier sees it: writes what Twilio writes, refuses what Twilio refuses.

Counters and times travel as strings, sizes and rates as numbers, exactly as Twilio sends them.
"""

from collections.abc import Mapping, Sequence

import msgspec

from shared.wire.twilio_media import Command

INVALID_MESSAGE = 31951
"""Twilio's warning for a message that breaks the protocol. Given once a stream; the message is dropped."""

UNDECODABLE_MESSAGE = 31950
"""Twilio's warning for a binary frame. Given once a stream."""


class InvalidCommand(ValueError):
    """Not JSON, unknown type, a field missing, extra or of the wrong type, or another stream's name (error 31951)."""


_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder()


def decode(text: str | bytes, stream_sid: str) -> Command:
    """One text frame from the server, as strictly as Twilio reads it. Raises InvalidCommand, and nothing else."""
    try:
        command = _commands.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidCommand(str(error)) from None
    if command.stream_sid != stream_sid:
        raise InvalidCommand("streamSid names another stream")
    return command


def connected() -> str:
    """The first message on the socket."""
    return _text({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def start(
    stream_sid: str,
    sequence: int,
    *,
    account_sid: str,
    call_sid: str,
    parameters: Mapping[str, str] | None = None,
    tracks: Sequence[str] = ("inbound",),
) -> str:
    """The stream begins; `sequence` is 1 by Twilio's count."""
    details = {
        "accountSid": account_sid,
        "streamSid": stream_sid,
        "callSid": call_sid,
        "tracks": list(tracks),
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": dict(parameters or {}),
    }
    return _event("start", stream_sid, sequence, details)


def media(stream_sid: str, sequence: int, *, chunk: int, timestamp_ms: int, ulaw: bytes, track: str = "inbound") -> str:
    """A piece of one track (`outbound` is what the caller hears); `chunk` counts from 1 on each track, `timestamp_ms`
    from the start of the stream."""
    sound = {"track": track, "chunk": str(chunk), "timestamp": str(timestamp_ms), "payload": ulaw}
    return _event("media", stream_sid, sequence, sound)


def dtmf(stream_sid: str, sequence: int, digit: str) -> str:
    """The caller pressed a key: one of 0-9, *, #, A-D."""
    return _event("dtmf", stream_sid, sequence, {"track": "inbound_track", "digit": digit})


def mark(stream_sid: str, sequence: int, name: str) -> str:
    """A mark of the server's has been reached in playback, or cleared."""
    return _event("mark", stream_sid, sequence, {"name": name})


def stop(stream_sid: str, sequence: int, *, account_sid: str, call_sid: str) -> str:
    """The last message: the call or the stream has ended."""
    return _event("stop", stream_sid, sequence, {"accountSid": account_sid, "callSid": call_sid})


def _event(event: str, stream_sid: str, sequence: int, body: Mapping[str, object]) -> str:
    return _text({"event": event, "sequenceNumber": str(sequence), "streamSid": stream_sid, event: body})


def _text(message: Mapping[str, object]) -> str:
    return _encoder.encode(message).decode()
