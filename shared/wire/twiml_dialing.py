"""The TwiML that brings a third party into a call: `<Dial>` and its nouns, `<Enqueue>`, `<Refer>`.

Plain values that `shared.wire.twiml.response` writes. Times are in seconds; what is None is left out, so Twilio's
default holds. Attribute names, ranges and defaults: Twilio's TwiML reference for each verb and noun.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

type Method = Literal["GET", "POST"]
type CallEvents = Literal["initiated", "ringing", "answered", "completed"]

MAX_SIP_HEADERS = 1024
"""Names and values of the custom headers of one SIP address stay under this many characters (error 21227)."""

MAX_NAME_CHARS = 128
"""A conference's name or a participant's label."""

MAX_QUEUE_NAME_CHARS = 64

_SIP_HEADER = re.compile(r"X-[A-Za-z0-9\-]+|User-to-User")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What any dialled party may be given.

    `url` is the whisper: a document for the called party alone, before the two are connected; a <Hangup> in it
    declines. `status_callback` is told the `status_callback_event`s of the new call (`completed` by default).
    """

    url: str | None = None
    method: Method | None = None
    status_callback: str | None = None
    status_callback_event: tuple[CallEvents, ...] = ()
    machine_detection: Literal["Enable", "DetectMessageEnd"] | None = None
    amd_status_callback: str | None = None


@dataclass(frozen=True, slots=True)
class Number(Leg):
    """A telephone, in E.164."""

    phone_number: str


@dataclass(frozen=True, slots=True)
class Sip(Leg):
    """A SIP address, and headers for its INVITE (`X-...` or `User-to-User`). Raises ValueError when Twilio would
    refuse the headers."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    username: str | None = None
    password: str | None = None

    def __post_init__(self) -> None:
        sip_uri(self.address, self.headers)


@dataclass(frozen=True, slots=True)
class Conference:
    """A room by name. Nobody's name belongs into `name` or `participant_label`: both appear in Twilio's logs.

    `wait_url` plays while the room has not begun: None is Twilio's music, "" silence. `coach` is the CallSid of the
    only one who hears this participant. The first participant's `status_callback` holds for the room.
    """

    name: str
    start_conference_on_enter: bool | None = None
    end_conference_on_exit: bool | None = None
    wait_url: str | None = None
    wait_method: Method | None = None
    beep: Literal["true", "false", "onEnter", "onExit"] | None = None
    muted: bool | None = None
    coach: str | None = None
    participant_label: str | None = None
    max_participants: int | None = None
    record: Literal["do-not-record", "record-from-start"] | None = None
    recording_status_callback: str | None = None
    jitter_buffer_size: Literal["large", "medium", "small", "off"] | None = None
    status_callback: str | None = None
    status_callback_event: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= MAX_NAME_CHARS or len(self.participant_label or "") > MAX_NAME_CHARS:
            raise ValueError(f"a conference's name and label have at most {MAX_NAME_CHARS} characters")


@dataclass(frozen=True, slots=True)
class Queue:
    """The head of a queue of calls. `url` is a document for the one who waited, before the two are connected."""

    name: str
    url: str | None = None
    method: Method | None = None
    reservation_sid: str | None = None
    post_work_activity_sid: str | None = None


type Noun = Number | Sip | Conference | Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Connect the caller to somebody; `action` is told how it went (DialCallStatus, DialBridged).

    Several numbers ring at once, at most ten; the first to pick up is connected, the rest are hung up. With
    `answer_on_bridge` a call that was not answered yet goes on ringing until then.
    """

    nouns: tuple[Noun, ...]
    action: str | None = None
    method: Method | None = None
    timeout: int | None = None
    time_limit: int | None = None
    answer_on_bridge: bool | None = None
    caller_id: str | None = None
    hangup_on_star: bool | None = None
    sequential: bool | None = None
    ring_tone: str | None = None
    record: (
        Literal["record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual"]
        | None
    ) = None
    recording_status_callback: str | None = None

    def __post_init__(self) -> None:
        rooms = [noun for noun in self.nouns if isinstance(noun, Conference | Queue)]
        if not 1 <= len(self.nouns) <= 10 or (rooms and len(self.nouns) > 1):
            raise ValueError("a Dial has one conference, one queue, or one to ten numbers and SIP addresses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Wait in a queue: a named one, or the one a TaskRouter workflow chooses by `task`, its attributes.

    `wait_url` plays meanwhile, again and again; `action` is told the QueueResult. Raises ValueError unless exactly one
    of `name` and `workflow_sid` is given.
    """

    name: str | None = None
    workflow_sid: str | None = None
    task: Mapping[str, object] = field(default_factory=dict)
    task_priority: int | None = None
    task_timeout: int | None = None
    action: str | None = None
    method: Method | None = None
    wait_url: str | None = None
    wait_url_method: Method | None = None

    def __post_init__(self) -> None:
        if (self.name is None) == (self.workflow_sid is None):
            raise ValueError("an Enqueue has either the name of a queue or a workflow")
        if self.name is not None and not 0 < len(self.name) <= MAX_QUEUE_NAME_CHARS:
            raise ValueError(f"a queue's name has 1 to {MAX_QUEUE_NAME_CHARS} characters")

    @property
    def task_json(self) -> str:
        """The task's attributes as Twilio reads them."""
        return json.dumps(self.task, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Leave:
    """In the document a queue plays: leave the queue, and go on after <Enqueue>."""


@dataclass(frozen=True, slots=True)
class Refer:
    """Ask the caller's own SIP system to call somebody instead of us. Only for calls that came or went over SIP."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    action: str | None = None
    method: Method | None = None

    def __post_init__(self) -> None:
        sip_uri(self.address, self.headers)


def sip_uri(address: str, headers: Mapping[str, str]) -> str:
    """`sip:agent@host?X-Call=1&User-to-User=..`. Raises ValueError when Twilio would refuse it."""
    if not address.startswith(("sip:", "sips:")) or "?" in address or any(c <= " " for c in address):
        raise ValueError("a SIP address is sip:name@host, its headers apart")
    for name in headers:
        if not _SIP_HEADER.fullmatch(name):
            raise ValueError(f"a SIP header is called X-something or User-to-User, not {name[:40]!r}")
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in headers.items())
    if len(query) >= MAX_SIP_HEADERS:
        raise ValueError(f"the SIP headers reach {MAX_SIP_HEADERS} characters")
    return f"{address}?{query}" if query else address
