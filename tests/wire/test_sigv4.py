"""Our signatures are those that botocore computes, for whatever is signed."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from shared.wire.sigv4 import signed

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TEXT = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=1, max_size=30)
NAMES = st.sampled_from(["Content-Type", "X-Amz-Target", "Accept-Encoding", "X-Amz-Content-SHA256", "A", "a-B"])


@dataclass(frozen=True)
class _Keys:
    access_key: str = "AKIDEXAMPLE"
    secret_key: str = "a-secret"
    token: str | None = None


def _botocores(headers: dict[str, str], body: bytes, keys: _Keys, host: str, path: str, at: datetime) -> Any:
    request = AWSRequest("POST", f"https://{host}{path}", data=body, headers=headers)
    request.context["timestamp"] = f"{at:%Y%m%dT%H%M%SZ}"
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    if keys.token:
        request.headers["X-Amz-Security-Token"] = keys.token
    signer = SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.token), "polly", "eu-west-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    signer._inject_signature_to_request(request, signature)
    return dict(request.headers.items())


@given(
    headers=st.dictionaries(NAMES, st.lists(TEXT, min_size=1, max_size=3).map("  ".join)),
    body=st.binary(max_size=200),
    keys=st.builds(_Keys, secret_key=TEXT, token=st.none() | TEXT),
    host=st.sampled_from(["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:8000"]),
    path=st.sampled_from(["/", "/v1/speech", "/model/anthropic.claude%3A0/converse-stream", "/a b/~x"]),
    at=st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year >= 2000),
)
def test_the_headers_are_those_that_botocore_adds(
    headers: dict[str, str], body: bytes, keys: _Keys, host: str, path: str, at: datetime
) -> None:
    ours = signed(headers, body, keys, host=host, path=path, scope=("eu-west-1", "polly"), at=at)
    assert ours == _botocores(headers, body, keys, host, path, at)


def test_a_body_that_is_still_to_come_is_signed_by_what_the_header_says_of_it() -> None:
    told = {"X-Amz-Content-SHA256": hashlib.sha256(b"later").hexdigest()}
    values: dict[str, Any] = {"host": "h", "path": "/", "scope": ("eu-west-1", "polly"), "at": AT}
    assert signed(told, b"", _Keys(), **values) == signed(told, b"later", _Keys(), **values)


@pytest.mark.parametrize("change", [{"secret_key": "another"}, {"token": "t"}, {"access_key": "B"}])
def test_other_keys_sign_otherwise(change: dict[str, str]) -> None:
    values: dict[str, Any] = {"host": "h", "path": "/", "scope": ("eu-west-1", "polly"), "at": AT}
    assert signed({}, b"", _Keys(), **values) != signed({}, b"", _Keys(**change), **values)
