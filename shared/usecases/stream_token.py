"""The token that lets one media stream speak for one call.

It travels in the TwiML as a `<Parameter>` and comes back in the stream's `start` message; only its hash is stored.
"""

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from shared.ports import CallRecord

TOKEN_PARAMETER = "token"
"""Name of the `<Parameter>`, and of the key in `start.customParameters`."""

TOKEN_LIFETIME = timedelta(seconds=60)
"""Twilio opens the stream as soon as it has read the TwiML; its own connect deadlines stay under 15 s."""


def hash_token(token: str) -> str:
    """SHA-256 hex: what the call's state keeps, and what a presented token is compared by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# --- of a stream that listens while a caller talks with a person (streaming/assist.py)

ATTEMPT_PARAMETER = "attempt"
ASSIST_PATH = "/assist"


def assist_url(stream_url: str) -> str:
    """Where such a stream is taken: beside the live ones."""
    return urlsplit(stream_url)._replace(path=ASSIST_PATH).geturl()


def assist_token(call: CallRecord, attempt: int) -> str:
    """Lets one stream listen to one conversation of this call with people: that of this attempt of its newest transfer.

    Made of what only the call's state knows, so that nothing has to be kept for it.
    """
    about = f"assist:{call.call_sid}:{call.streams}:{attempt}"
    return hmac.new(call.token_hash.encode(), about.encode(), hashlib.sha256).hexdigest()


def assist_name(call: CallRecord, attempt: int) -> str:
    """Of the stream: at the carrier, and in the record."""
    return f"{call.streams:02d}-assist-{attempt:02d}"
