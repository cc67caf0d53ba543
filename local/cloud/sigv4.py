"""AWS Signature Version 4 as the service checks it: in the Authorization header, or presigned in the query."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

_ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=5)  # IAM User Guide, "Elements of an AWS API request signature"
_LONGEST_PRESIGNED_S = 300  # Amazon Transcribe Developer Guide, "Setting up a WebSocket stream"


class Refused(Exception):
    """The request is not signed as it must be. `code` is the AWS error code; the HTTP status is 403."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """What was received: header names in lower case, path and query as they were on the wire."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class _Claim:
    credential: str
    signed_headers: str
    signature: str
    date: str


def check(request: Request, service: str, secrets: Mapping[str, str], now: datetime) -> None:
    """Raises Refused unless `request` is signed for `service` with one of `secrets` (by access key id), in time."""
    query = parse_qsl(request.query, keep_blank_values=True)
    presigned = dict(query)
    if "X-Amz-Signature" in presigned:
        claim = _presigned_claim(presigned, now)
        query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
    else:
        claim = _header_claim(request, now)
    parts = claim.credential.split("/")
    if len(parts) != 5 or parts[3] != service or parts[4] != "aws4_request" or parts[1] != claim.date[:8]:
        raise Refused("SignatureDoesNotMatch", f"Credential should be scoped to service: '{service}'.")
    if parts[0] not in secrets:
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    expected = _signature(request, query, claim, parts[1:4], secrets[parts[0]])
    if not hmac.compare_digest(expected, claim.signature):
        message = "The request signature we calculated does not match the signature you provided."
        raise Refused("InvalidSignatureException", message)


def _presigned_claim(query: Mapping[str, str], now: datetime) -> _Claim:
    claim = _Claim(
        query.get("X-Amz-Credential", ""),
        query.get("X-Amz-SignedHeaders", ""),
        query["X-Amz-Signature"],
        query.get("X-Amz-Date", ""),
    )
    seconds = query.get("X-Amz-Expires", "")
    if query.get("X-Amz-Algorithm") != _ALGORITHM or not seconds.isdecimal():
        raise Refused("IncompleteSignatureException", "X-Amz-Algorithm or X-Amz-Expires is missing or unknown.")
    if not 0 < int(seconds) <= _LONGEST_PRESIGNED_S:
        raise Refused("InvalidSignatureException", f"X-Amz-Expires must be at most {_LONGEST_PRESIGNED_S} seconds.")
    _check_time(claim.date, now, timedelta(seconds=int(seconds)))
    return claim


def _header_claim(request: Request, now: datetime) -> _Claim:
    algorithm, _, rest = request.headers.get("authorization", "").partition(" ")
    if not rest:
        raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if algorithm != _ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= fields.keys():
        raise Refused("IncompleteSignatureException", "Authorization header is missing a required part.")
    date = request.headers.get("x-amz-date", "")
    _check_time(date, now, _SKEW)
    return _Claim(fields["Credential"], fields["SignedHeaders"], fields["Signature"], date)


def _check_time(date: str, now: datetime, valid: timedelta) -> None:
    try:
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("IncompleteSignatureException", "X-Amz-Date is missing or not a date.") from None
    if not -_SKEW <= now - signed <= valid:
        raise Refused("InvalidSignatureException", f"Signature expired: {date} is not near {now:%Y%m%dT%H%M%SZ}.")


def _signature(request: Request, query: list[tuple[str, str]], claim: _Claim, scope: list[str], secret: str) -> str:
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query)
    names = claim.signed_headers.split(";")
    canonical = [
        request.method,
        quote(request.path, safe="/-_.~"),
        "&".join(f"{name}={value}" for name, value in encoded),
        *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
        "",
        claim.signed_headers,
        request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest(),
    ]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    to_sign = "\n".join([_ALGORITHM, claim.date, "/".join([*scope, "aws4_request"]), digest])
    key = f"AWS4{secret}".encode()
    for part in [*scope, "aws4_request"]:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()
