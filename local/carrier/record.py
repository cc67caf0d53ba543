"""The Call resource: what a call is for, how far it has come, and how Twilio writes that down. Pure."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Literal

from local.carrier.courier import Fields, Method

API_VERSION = "2010-04-01"
DEFAULT_TIME_LIMIT_S = 14_400
DEFAULT_RING_S = 60

type Direction = Literal["inbound", "outbound-api", "outbound-dial"]


class Status(StrEnum):
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


_NEXT = {
    Status.QUEUED: {Status.INITIATED, Status.RINGING, Status.FAILED, Status.CANCELED},
    Status.INITIATED: {Status.RINGING, Status.FAILED, Status.CANCELED},
    Status.RINGING: {Status.IN_PROGRESS, Status.BUSY, Status.FAILED, Status.NO_ANSWER, Status.CANCELED},
    Status.IN_PROGRESS: {Status.COMPLETED, Status.FAILED},
}
"""The legal steps; a status that is not a key is final."""

_CALLBACK_EVENTS = {Status.INITIATED: "initiated", Status.RINGING: "ringing", Status.IN_PROGRESS: "answered"}
CALLBACK_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})

_SIP_CODES = {
    Status.COMPLETED: "200",
    Status.BUSY: "486",
    Status.NO_ANSWER: "487",
    Status.CANCELED: "487",
    Status.FAILED: "404",
}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PLACES = ("From", "To", "Caller", "Called")


def is_e164(text: str) -> bool:
    return _E164.fullmatch(text) is not None


def is_sip(address: str) -> bool:
    return address.startswith(("sip:", "sips:"))


def new_sid(prefix: str) -> str:
    """A random Twilio-style name: `CA`, `MZ`, `RE`, `PN` and 32 hex digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL of the account; may carry connection overrides in its fragment."""

    url: str
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Whether a machine has answered is to be found out (Twilio's MachineDetection). Times are ms.

    With a `callback` the call goes on meanwhile; without one it waits for the finding before its first document.
    """

    message_end: bool = False
    timeout_ms: int = 30_000
    speech_threshold_ms: int = 2400
    speech_end_threshold_ms: int = 1200
    silence_timeout_ms: int = 5000
    callback: Webhook | None = None


@dataclass(slots=True, kw_only=True)
class Plan:
    """What the account wants of one call. Exactly one of `voice` and `twiml` says what to do when it is answered."""

    voice: Webhook | None = None
    twiml: str | None = None
    fallback: Webhook | None = None
    status_callback: Webhook | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    detection: Detection | None = None
    send_digits: str = ""
    """Keys pressed once it is answered; `w` waits half a second, `W` a whole one."""
    ring_s: int = DEFAULT_RING_S
    time_limit_s: int = DEFAULT_TIME_LIMIT_S


@dataclass(slots=True, kw_only=True)
class Record:
    """One call as Twilio's REST API shows it. Times are UTC."""

    account_sid: str
    direction: Direction
    from_: str
    to: str
    created: datetime
    sid: str
    phone_number_sid: str = ""
    parent_sid: str = ""
    """The call whose <Dial> this is a leg of."""
    sip_headers: tuple[tuple[str, str], ...] = ()
    """Custom headers of the INVITE, ours or the caller's."""
    answered_by: str = ""
    sip_code: str = ""
    """How the other end's network answered, when that is not what the final status has by default."""
    queued_ms: int = 0
    """How long it waited for its turn."""
    referred_to: str = ""
    """Where a <Refer> sent the other end, headers included."""
    status: Status = Status.QUEUED
    updated: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    sequence: int = 0
    """Number of the next status callback."""

    @property
    def sip(self) -> bool:
        """Whether the other end is a SIP system."""
        return is_sip(self.from_ if self.direction == "inbound" else self.to)

    @property
    def over(self) -> bool:
        return self.status not in _NEXT

    @property
    def duration_s(self) -> int:
        """Whole seconds from answer to end, rounded up; 0 when it was never answered."""
        if self.started is None or self.ended is None:
            return 0
        return -int(-(self.ended - self.started).total_seconds() // 1)

    def advance(self, status: Status, now: datetime) -> bool:
        """Take a step; False, and nothing changed, when the step is not a legal one."""
        if status not in _NEXT.get(self.status, ()):
            return False
        self.status = status
        self.updated = now
        if status is Status.IN_PROGRESS:
            self.started = now
        if self.over:
            self.ended = now
        return True

    def callback_event(self) -> str | None:
        """Name under which a status callback for the present status is asked for."""
        return "completed" if self.over else _CALLBACK_EVENTS.get(self.status)

    def fields(self) -> Fields:
        """The standard parameters of every voice request. Empty ones are sent too, and signed."""
        numbers = {"From": self.from_, "To": self.to, "Caller": self.from_, "Called": self.to}
        fields = [
            ("AccountSid", self.account_sid),
            ("ApiVersion", API_VERSION),
            ("CallSid", self.sid),
            ("CallStatus", self.status.value),
            ("Direction", self.direction),
            *numbers.items(),
            *((("ParentCallSid", self.parent_sid),) if self.parent_sid else ()),
            *((("AnsweredBy", self.answered_by),) if self.answered_by else ()),
        ]
        if self.direction == "inbound":
            fields += [(f"SipHeader_{name}", value) for name, value in self.sip_headers]
        for place in _PLACES:
            country = "US" if numbers[place].startswith("+1") else ""
            fields += [(f"{place}City", ""), (f"{place}State", ""), (f"{place}Zip", ""), (f"{place}Country", country)]
        return fields

    def callback_fields(self, now: datetime) -> Fields:
        """Parameters of a status callback; counts its sequence number."""
        fields = [
            *self.fields(),
            ("Timestamp", format_datetime(now)),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(self.sequence)),
        ]
        self.sequence += 1
        if self.over:
            fields += [("CallDuration", str(self.duration_s)), ("Duration", str(-(-self.duration_s // 60)))]
            fields.append(("SipResponseCode", self.sip_code or _SIP_CODES[self.status]))
        return fields

    def json(self) -> dict[str, object]:
        """The resource as REST shows it. `initiated` exists in callbacks only; the resource is still queued."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "parent_call_sid": self.parent_sid or None,
            "phone_number_sid": self.phone_number_sid,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.from_,
            "from_formatted": self.from_,
            "status": "queued" if self.status is Status.INITIATED else self.status.value,
            "direction": self.direction,
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.updated or self.created),
            "start_time": format_datetime(self.started) if self.started else None,
            "end_time": format_datetime(self.ended) if self.ended else None,
            "duration": str(self.duration_s) if self.ended else None,
            "price": None,
            "price_unit": "USD",
            "answered_by": self.answered_by or None,
            "forwarded_from": None,
            "caller_name": None,
            "group_sid": None,
            "trunk_sid": None,
            "queue_time": str(self.queued_ms),
            "api_version": API_VERSION,
            "annotation": None,
            "uri": f"{uri}.json",
            "subresource_uris": {"recordings": f"{uri}/Recordings.json", "streams": f"{uri}/Streams.json"},
        }
