"""Stripe's `Stripe-Signature` header: proof that a webhook's body is Stripe's, and not older than a few minutes.

`t=<seconds>,v1=<hex>,...`: each `v1` is the HMAC-SHA256 of `<t>.<body>` with the endpoint's signing secret; there are
several while it is rolled. Stripe's documentation, "Verify webhook signatures manually".
"""

import hmac
from typing import Final

HEADER: Final = "Stripe-Signature"
TOLERANCE_S: Final = 300
"""Stripe's own libraries' default."""


def sign(secret: str, body: bytes, at_s: int) -> str:
    """The header that Stripe sends with this body."""
    return f"t={at_s},v1={_digest(secret, body, at_s)}"


def is_valid(secret: str, body: bytes, header: str, now_s: float) -> bool:
    """Whether this body was signed with the secret, lately. Takes the same time whichever signature matches."""
    pairs = [part.partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name.strip() == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) < 13):
        return False
    right = _digest(secret, body, int(times[0]))
    matches = [hmac.compare_digest(right, value) for name, value in pairs if name.strip() == "v1" and value.isascii()]
    return any(matches) and abs(now_s - int(times[0])) <= TOLERANCE_S


def _digest(secret: str, body: bytes, at_s: int) -> str:
    return hmac.digest(secret.encode(), f"{at_s}.".encode() + body, "sha256").hex()
