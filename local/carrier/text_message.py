"""The Message resource: one text message, and how Twilio writes down how far it has come. Pure."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Literal

from local.carrier.courier import Fields
from local.carrier.record import API_VERSION, Webhook

MAX_BODY_CHARS = 1600

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})


class TextStatus(StrEnum):
    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


@dataclass(slots=True, kw_only=True)
class TextMessage:
    """One message. Times are UTC."""

    sid: str
    account_sid: str
    direction: Literal["inbound", "outbound-api", "outbound-reply"]
    from_: str
    to: str
    body: str
    created: datetime
    service_sid: str = ""
    callback: Webhook | None = None
    status: TextStatus = TextStatus.QUEUED
    error_code: int | None = None
    updated: datetime | None = None

    @property
    def segments(self) -> int:
        """How many messages a network makes of it: of plain letters 160 fit, or 153 in each of several; of others 70
        and 67. Which letters are plain is a guess: those of ASCII."""
        one, each = (160, 153) if self.body.isascii() else (70, 67)
        return 1 if len(self.body) <= one else -(-len(self.body) // each)

    def callback_fields(self) -> Fields:
        """Parameters of a status callback."""
        fields = [
            ("AccountSid", self.account_sid),
            ("ApiVersion", API_VERSION),
            ("From", self.from_),
            ("To", self.to),
            ("MessageSid", self.sid),
            ("SmsSid", self.sid),
            ("MessageStatus", self.status.value),
            ("SmsStatus", self.status.value),
        ]
        if self.service_sid:
            fields.append(("MessagingServiceSid", self.service_sid))
        if self.error_code is not None:
            fields.append(("ErrorCode", str(self.error_code)))
        return fields

    def received_fields(self) -> Fields:
        """Parameters of the request that tells the account of a message to one of its numbers."""
        places = [(f"{end}{part}", "") for end in ("From", "To") for part in ("City", "State", "Zip")]
        countries = [(f"{end}Country", "US" if n.startswith("+1") else "") for end, n in self._ends()]
        return [
            ("AccountSid", self.account_sid),
            ("ApiVersion", API_VERSION),
            ("MessageSid", self.sid),
            ("SmsMessageSid", self.sid),
            ("SmsSid", self.sid),
            *self._ends(),
            ("Body", self.body),
            ("NumMedia", "0"),
            ("NumSegments", str(self.segments)),
            ("SmsStatus", self.status.value),
            *((("MessagingServiceSid", self.service_sid),) if self.service_sid else ()),
            *places,
            *countries,
        ]

    def json(self) -> dict[str, object]:
        """The resource as REST shows it."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        sent = self.status not in (TextStatus.ACCEPTED, TextStatus.QUEUED)
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "messaging_service_sid": self.service_sid or None,
            "from": self.from_ or None,
            "to": self.to,
            "body": self.body,
            "status": self.status.value,
            "direction": self.direction,
            "num_segments": str(self.segments),
            "num_media": "0",
            "error_code": self.error_code,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "api_version": API_VERSION,
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.updated or self.created),
            "date_sent": format_datetime(self.updated or self.created) if sent else None,
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }

    def _ends(self) -> list[tuple[str, str]]:
        return [("From", self.from_), ("To", self.to)]
