"""TwiML, the XML by which Twilio is told what to do with a call.

Verbs are plain values; `response` writes them. A URL may be relative only in a document that Twilio fetched.
Attribute names, ranges and defaults: Twilio's TwiML reference. What is None is left out, so Twilio's default holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from shared.wire.twiml_dialing import Conference, Dial, Enqueue, Leave, Noun, Number, Queue, Refer, Sip, sip_uri

CONTENT_TYPE = "text/xml"

MAX_DOCUMENT_BYTES = 64_000
"""A larger document fails the call with error 11750."""

MAX_PARAMETER_CHARS = 500
"""Name and value of one `<Parameter>` together stay under this."""

MAX_CHARGE = 1_000_000

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
class Prompt:
    """What `<Pay>` says before one part of a card is typed: at first, or again after a mistake of this type."""

    for_: str
    prompts: tuple[Say | Play | Pause, ...]
    error_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Take a card on the keypad and charge it, with a Pay Connector of the account's; times are in seconds.

    Only in a document that Twilio fetched: in one that came with a new call it was seen to be skipped. Without `action`
    Twilio asks the current document again, which loops: it is required here. Raises ValueError for what Twilio refuses.
    """

    action: str
    status_callback: str
    payment_connector: str
    charge_amount: str
    """A decimal, such as 120.00; more than 0, at most 1,000,000."""
    currency: str
    description: str
    timeout: int
    max_attempts: int
    """How often a part may be typed again after a mistake, 1 to 3."""
    security_code: bool
    postal_code: bool
    valid_card_types: tuple[str, ...]
    language: str
    prompts: tuple[Prompt, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < float(self.charge_amount) <= MAX_CHARGE:
            raise ValueError(f"a charge is more than 0 and at most {MAX_CHARGE}")


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
class Stream:
    """A Media Stream. Raises ValueError when Twilio would refuse it.

    `url` is absolute, `wss` and without a query: Twilio drops queries and refuses other schemes (errors 31920, 31922).
    `parameters` reach the server in its `start` message.
    """

    url: str
    name: str | None = None
    status_callback: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.url.startswith("wss://") or "?" in self.url or "#" in self.url:
            raise ValueError("a stream's url is wss://, without query or fragment")
        for name, value in self.parameters.items():
            if len(name) + len(value) >= MAX_PARAMETER_CHARS:
                raise ValueError(f"parameter {name[:40]!r} and its value reach {MAX_PARAMETER_CHARS} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectStream(Stream):
    """Open a two-way Media Stream; the document goes on when the server closes the socket."""

    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartStream(Stream):
    """Open a one-way Media Stream that goes on beside whatever the call does; the document goes on at once.

    `name` is needed to stop it. At most four tracks of a call are listened to at once (both_tracks counts two).
    """

    track: Literal["inbound_track", "outbound_track", "both_tracks"] | None = None


@dataclass(frozen=True, slots=True)
class StopStream:
    """End the one-way stream of this name."""

    name: str


type _Streaming = ConnectStream | StartStream | StopStream
type _Plain = Say | Play | Pause | Gather | Pay | Record | Redirect | Reject | Hangup | Dial | Leave
type Verb = _Plain | _Streaming | Enqueue | Refer

_BODIES = {Say: "text", Play: "url", Redirect: "url", Number: "phone_number", Conference: "name", Queue: "name"}
"""Which field stands between the tags."""


def response(*verbs: Verb) -> str:
    """The document that makes Twilio do these verbs in order. Characters XML cannot carry are left out."""
    root = Element("Response")
    for verb in verbs:
        _append(root, verb)
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode")


def _append(parent: Element, verb: Verb | Prompt | Noun) -> None:
    match verb:
        case ConnectStream() | StartStream() | StopStream():
            _append_stream(parent, verb)
        case Enqueue():
            _append_enqueue(parent, verb)
        case Refer():
            refer = SubElement(parent, "Refer")
            _set_all(refer, action=verb.action, method=verb.method)
            SubElement(refer, "Sip").text = _text(sip_uri(verb.address, verb.headers))
        case _:
            _append_plain(parent, verb)


def _append_plain(parent: Element, verb: _Plain | Prompt | Noun) -> None:
    """An element whose attributes are the fields by their names."""
    element = SubElement(parent, type(verb).__name__)
    body = _BODIES.get(type(verb))
    for item in fields(verb):
        value = getattr(verb, item.name)
        if item.name == body:
            element.text = _text(value)
        elif item.name in ("prompts", "nouns"):
            for child in value:
                _append(element, child)
        elif item.name not in ("address", "headers"):
            _set(element, item.name, value)
    if isinstance(verb, Sip):
        element.text = _text(sip_uri(verb.address, verb.headers))


def _append_stream(parent: Element, verb: _Streaming) -> None:
    outer = SubElement(parent, type(verb).__name__.removesuffix("Stream"))
    stream = SubElement(outer, "Stream")
    _set(stream, "name", verb.name)
    if isinstance(verb, StopStream):
        return
    if isinstance(verb, ConnectStream):
        _set(outer, "action", verb.action)
    else:
        _set(stream, "track", verb.track)
    _set_all(stream, url=verb.url, status_callback=verb.status_callback)
    for name, value in verb.parameters.items():
        _set_all(SubElement(stream, "Parameter"), name=name, value=value)


def _append_enqueue(parent: Element, verb: Enqueue) -> None:
    element = SubElement(parent, "Enqueue")
    _set_all(element, action=verb.action, method=verb.method, workflow_sid=verb.workflow_sid)
    _set_all(element, wait_url=verb.wait_url, wait_url_method=verb.wait_url_method)
    if verb.name is not None:
        element.text = _text(verb.name)
        return
    task = SubElement(element, "Task")
    _set_all(task, priority=verb.task_priority, timeout=verb.task_timeout)
    task.text = _text(verb.task_json)


type _Value = str | int | bool | tuple[str, ...] | None


def _set_all(element: Element, **values: _Value) -> None:
    for name, value in values.items():
        _set(element, name, value)


def _set(element: Element, name: str, value: _Value) -> None:
    """None and an empty list of words are left out."""
    if value is None or value == ():
        return
    first, *rest = name.split("_")
    written = " ".join(value) if isinstance(value, tuple) else str(value)
    if isinstance(value, bool):
        written = written.lower()
    element.set(first + "".join(word.capitalize() for word in rest), _text(written))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", text)
