"""TwiML, the XML by which Twilio is told what to do with a call.

Verbs are plain values; `response` writes them. A URL may be relative only in a document that Twilio fetched.
Attribute names, ranges and defaults: Twilio's TwiML reference. What is None is left out, so Twilio's default holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

CONTENT_TYPE = "text/xml"

MAX_DOCUMENT_BYTES = 64_000
"""A larger document fails the call with error 11750."""

MAX_PARAMETER_CHARS = 500
"""Name and value of one `<Parameter>` together stay under this."""

type Method = Literal["GET", "POST"]

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Say:
    """Speak the text with one of Twilio's voices (at most 3000 characters with a Polly voice)."""

    text: str
    voice: str | None = None
    language: str | None = None
    loop: int | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """Play a sound file; `loop=0` plays until the call goes elsewhere."""

    url: str
    loop: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait `length` seconds (1 by default)."""

    length: int | None = None


@dataclass(frozen=True, slots=True)
class Gather:
    """Collect keys or speech while saying the prompts; times are in seconds.

    Without `action` Twilio asks the current document again, which loops: it is required here.
    """

    action: str
    prompts: tuple[Say | Play | Pause, ...] = ()
    input: Literal["dtmf", "speech", "dtmf speech"] | None = None
    method: Method | None = None
    timeout: int | None = None
    speech_timeout: int | None = None
    num_digits: int | None = None
    finish_on_key: str | None = None
    language: str | None = None
    hints: str | None = None
    speech_model: str | None = None
    barge_in: bool | None = None
    action_on_empty_result: bool | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller, as a voicemail does; times are in seconds. Verbs after it run only if nothing was said."""

    action: str
    method: Method | None = None
    timeout: int | None = None
    finish_on_key: str | None = None
    max_length: int | None = None
    play_beep: bool | None = None
    trim: Literal["trim-silence", "do-not-trim"] | None = None
    recording_status_callback: str | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with the document at this URL."""

    url: str
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Decline an incoming call without answering or being billed. Only as the first verb."""

    reason: Literal["rejected", "busy"] | None = None


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectStream:
    """Open a two-way Media Stream; the document goes on when the server closes the socket.

    `url` is absolute, `wss` and without a query: Twilio drops queries and refuses other schemes (errors 31920, 31922).
    `parameters` reach the server in its `start` message. Raises ValueError when Twilio would refuse the verb.
    """

    url: str
    action: str | None = None
    name: str | None = None
    status_callback: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.url.startswith("wss://") or "?" in self.url or "#" in self.url:
            raise ValueError("a stream's url is wss://, without query or fragment")
        for name, value in self.parameters.items():
            if len(name) + len(value) >= MAX_PARAMETER_CHARS:
                raise ValueError(f"parameter {name[:40]!r} and its value reach {MAX_PARAMETER_CHARS} characters")


type Verb = Say | Play | Pause | Gather | Record | Redirect | Reject | Hangup | ConnectStream


def response(*verbs: Verb) -> str:
    """The document that makes Twilio do these verbs in order. Characters XML cannot carry are left out."""
    root = Element("Response")
    for verb in verbs:
        _append(root, verb)
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode")


def _append(parent: Element, verb: Verb) -> None:
    if isinstance(verb, ConnectStream):
        _append_stream(parent, verb)
        return
    element = SubElement(parent, type(verb).__name__)
    for item in fields(verb):
        value = getattr(verb, item.name)
        if item.name in ("text", "url"):
            element.text = _text(value)
        elif item.name == "prompts":
            for prompt in value:
                _append(element, prompt)
        else:
            _set(element, item.name, value)


def _append_stream(parent: Element, verb: ConnectStream) -> None:
    connect = SubElement(parent, "Connect")
    _set(connect, "action", verb.action)
    stream = SubElement(connect, "Stream")
    _set(stream, "url", verb.url)
    _set(stream, "name", verb.name)
    _set(stream, "status_callback", verb.status_callback)
    for name, value in verb.parameters.items():
        parameter = SubElement(stream, "Parameter")
        _set(parameter, "name", name)
        _set(parameter, "value", value)


def _set(element: Element, name: str, value: str | int | bool | None) -> None:
    first, *rest = name.split("_")
    if value is not None:
        written = str(value).lower() if isinstance(value, bool) else str(value)
        element.set(first + "".join(word.capitalize() for word in rest), _text(written))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", text)
