"""Events signed one by one, as AWS wants them on a stream of input (Signature Version 4, "event stream" payloads).

Each event travels inside another, with the time and a signature that depends on the one before; the first depends on
that of the request. An empty one says that there are no more. (Amazon Transcribe Developer Guide, "Setting up an HTTP/2
stream", "Event stream encoding"; the same for every service with `STREAMING-AWS4-HMAC-SHA256-EVENTS`.)
"""

import hashlib
import hmac
import struct
from datetime import datetime

from shared.wire import event_stream
from shared.wire.sigv4 import signing_key

PAYLOAD_HASH = "STREAMING-AWS4-HMAC-SHA256-EVENTS"
"""What the request says in place of its body's hash."""

_DATE = b"\x05:date\x08"
_SIGNATURE = b"\x10:chunk-signature\x06\x00\x20"


class EventSigner:
    """Signs the events of one request, in their order. `seed` is the request's own signature, in hex."""

    def __init__(self, secret: str, *, region: str, service: str, seed: str) -> None:
        self._secret = secret
        self._region = region
        self._service = service
        self._previous = seed

    def sign(self, event: bytes, at: datetime) -> bytes:
        """The event as it is sent; `at` is in UTC."""
        date = _DATE + struct.pack(">q", int(at.timestamp() * 1000))
        signature = event_signature(
            self._secret, f"{at:%Y%m%d}/{self._region}/{self._service}", f"{at:%Y%m%dT%H%M%SZ}",
            self._previous, date, event,
        )  # fmt: skip
        self._previous = signature.hex()
        return event_stream.frame(date + _SIGNATURE + signature, event)


def event_signature(secret: str, scope: str, at: str, previous: str, date: bytes, event: bytes) -> bytes:
    """Of an event whose date header is `date`; `scope` is day/region/service."""
    lines = (
        "AWS4-HMAC-SHA256-PAYLOAD", at, f"{scope}/aws4_request", previous,
        hashlib.sha256(date).hexdigest(), hashlib.sha256(event).hexdigest(),
    )  # fmt: skip
    return hmac.digest(signing_key(secret, scope), "\n".join(lines).encode(), "sha256")
