"""The token that lets one media stream speak for one call.

It travels in the TwiML as a `<Parameter>` and comes back in the stream's `start` message; only its hash is stored.
"""

import hashlib
from datetime import timedelta

TOKEN_PARAMETER = "token"
"""Name of the `<Parameter>`, and of the key in `start.customParameters`."""

TOKEN_LIFETIME = timedelta(seconds=60)
"""Twilio opens the stream as soon as it has read the TwiML; its own connect deadlines stay under 15 s."""


def hash_token(token: str) -> str:
    """SHA-256 hex: what the call's state keeps, and what a presented token is compared by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
