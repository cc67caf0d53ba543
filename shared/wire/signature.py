"""Twilio's X-Twilio-Signature: proof that a request comes from the account's carrier.

The text signed is the full public URL followed by every form field, sorted by name and then value, with repeated
values counted once; JSON bodies are covered by a `bodySHA256` query parameter instead (Twilio, "Security").
The URL must be built from configuration, never from the request's Host header. On a WebSocket upgrade there are no
fields, and the URL is the `wss://` text of the TwiML.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

HEADER = "X-Twilio-Signature"

type Fields = Iterable[tuple[str, str]]

_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<host>[^/?#]*?)(?::(?P<port>\d+))?(?P<rest>[/?].*)?", re.DOTALL)
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def sign(auth_token: str, url: str, params: Fields = ()) -> str:
    """The signature Twilio sends for a request to `url` with these decoded form fields.

    A `#fragment` (connection overrides) is never part of the signed text.
    """
    address = url.partition("#")[0]
    text = address + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.digest(_bytes(auth_token), _bytes(text), "sha1")
    return b64encode(digest).decode()


def is_valid(auth_tokens: Sequence[str], url: str, params: Fields, signature: str) -> bool:
    """Whether any of the tokens (several during rotation) signed this request.

    Twilio is not consistent about the port, nor about a trailing slash on a WebSocket URL, so each form is tried.
    Takes the same time whichever matches.
    """
    fields = tuple(params)
    given = _bytes(signature)
    matches = [
        hmac.compare_digest(_bytes(sign(token, form, fields)), given)
        for token in auth_tokens
        for form in _forms(url.partition("#")[0])
    ]
    return any(matches)


def is_valid_body(auth_tokens: Sequence[str], url: str, body: bytes, signature: str) -> bool:
    """Whether any of the tokens signed this URL, and the URL's `bodySHA256` is the hash of the raw body."""
    try:
        hashes = parse_qs(urlsplit(url).query).get("bodySHA256", [])
    except ValueError:
        return False
    claimed = hashes[0] if len(hashes) == 1 else ""
    same_body = hmac.compare_digest(_bytes(claimed), _bytes(hashlib.sha256(body).hexdigest()))
    return is_valid(auth_tokens, url, (), signature) and same_body


def _forms(url: str) -> list[str]:
    """The spellings of one URL that Twilio may have signed."""
    match = _URL.fullmatch(url)
    if match is None:
        return [url]
    scheme, host, rest = match["scheme"], match["host"], match["rest"] or ""
    port = match["port"] or _DEFAULT_PORTS.get(scheme)
    rests = {rest.rstrip("/"), rest.rstrip("/") + "/"} if scheme in ("ws", "wss") else {rest}
    return [f"{scheme}://{authority}{rest}" for authority in (host, f"{host}:{port}") for rest in sorted(rests)]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
