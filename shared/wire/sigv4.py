"""A POST signed as AWS wants it: Signature Version 4, in the Authorization header (IAM User Guide, "Create a signed AWS
API request"). botocore's signer takes three to five times as long, which a caller waits with every sentence.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import quote

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_BODY_HASH: Final = "X-Amz-Content-SHA256"


class Keys(Protocol):
    """As botocore's frozen credentials have them; `token` only if they are temporary."""

    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str | None: ...


def signed(
    headers: Mapping[str, str], body: bytes, keys: Keys, *, host: str, path: str, scope: tuple[str, str], at: datetime
) -> dict[str, str]:
    """The headers of a POST to `path`, as it is in its request line, with the signature among them; all are signed.

    `host` is the Host header, with the port if it has one; `scope` is region and service; `at` is in UTC. The body's
    hash is computed unless a header tells it.
    """
    date = f"{at:%Y%m%dT%H%M%SZ}"
    sent = {**headers, "X-Amz-Date": date}
    if keys.token:
        sent["X-Amz-Security-Token"] = keys.token
    named = sorted([("host", host), *((name.lower(), " ".join(value.split())) for name, value in sent.items())])
    names = ";".join(name for name, _ in named)
    lines = "".join(f"{name}:{value}\n" for name, value in named)
    body_hash = headers.get(_BODY_HASH) or hashlib.sha256(body).hexdigest()
    request = f"POST\n{quote(path, safe='/~')}\n\n{lines}\n{names}\n{body_hash}"
    day = "/".join((date[:8], *scope))
    to_sign = f"{_ALGORITHM}\n{date}\n{day}/aws4_request\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(signing_key(keys.secret_key, day), to_sign.encode(), "sha256").hex()
    credential = f"{keys.access_key}/{day}/aws4_request"
    sent["Authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return sent


@lru_cache(maxsize=8)
def signing_key(secret: str, scope: str) -> bytes:
    """What signs on one day; `scope` is day/region/service."""
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
