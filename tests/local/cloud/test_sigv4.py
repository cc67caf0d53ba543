from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.sigv4 import Refused, Request, check

SECRETS = {"AKID": "secret"}
URL = "http://127.0.0.1:8080/stream-transcription-websocket"


def now() -> datetime:
    return datetime.now(UTC)


def received(signed: AWSRequest) -> Request:
    parts = urlsplit(signed.url)
    headers = {name.lower(): value for name, value in signed.headers.items()} | {"host": parts.netloc}
    return Request(signed.method, parts.path, parts.query, headers, signed.body or b"")


def presigned(query: dict[str, str], secret: str = "secret", token: str | None = None, expires: int = 300) -> Request:
    request = AWSRequest("GET", f"{URL}?{urlencode(query, quote_via=quote)}")
    SigV4QueryAuth(Credentials("AKID", secret, token), "transcribe", "us-east-1", expires).add_auth(request)
    return received(request)


def posted(body: bytes, service: str = "polly") -> Request:
    request = AWSRequest("POST", "http://127.0.0.1:8080/v1/speech", {"Content-Type": "application/json"}, body)
    SigV4Auth(Credentials("AKID", "secret"), service, "us-east-1").add_auth(request)
    return received(request)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=4))
def test_whatever_botocore_presigns_is_accepted(query: dict[str, str]) -> None:
    printable = {
        name.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for name, value in query.items()
    }
    check(presigned(printable), "transcribe", SECRETS, now())


def test_temporary_credentials_are_accepted() -> None:
    check(presigned({"sample-rate": "8000"}, token="a+token/="), "transcribe", SECRETS, now())


@given(st.binary(max_size=200))
def test_whatever_botocore_signs_in_the_header_is_accepted(body: bytes) -> None:
    check(posted(body), "polly", SECRETS, now())


def refusal(request: Request, at: datetime | None = None, service: str = "transcribe") -> str:
    with pytest.raises(Refused) as refused:
        check(request, service, SECRETS, at or now())
    return refused.value.code


def test_a_request_without_a_signature_is_refused() -> None:
    assert refusal(Request("GET", "/", "", {})) == "MissingAuthenticationTokenException"


def test_another_secret_is_refused() -> None:
    assert refusal(presigned({"a": "b"}, secret="guess")) == "InvalidSignatureException"


def test_an_unknown_key_is_refused() -> None:
    unknown = presigned({"a": "b"})
    unknown = replace(unknown, query=unknown.query.replace("AKID", "OTHER"))
    assert refusal(unknown) == "UnrecognizedClientException"


@pytest.mark.parametrize("change", ["query", "host", "method", "path"])
def test_anything_changed_after_signing_is_noticed(change: str) -> None:
    signed = presigned({"sample-rate": "8000"})
    changed = {
        "query": replace(signed, query=signed.query.replace("8000", "16000")),
        "host": replace(signed, headers={"host": "elsewhere:8080"}),
        "method": replace(signed, method="POST"),
        "path": replace(signed, path="/other"),
    }[change]
    assert refusal(changed) == "InvalidSignatureException"


def test_a_changed_body_is_noticed() -> None:
    assert refusal(replace(posted(b"hello"), body=b"goodbye"), service="polly") == "InvalidSignatureException"


def test_a_signature_for_another_service_is_refused() -> None:
    assert refusal(posted(b"hello", service="s3"), service="polly") == "SignatureDoesNotMatch"


def test_a_presigned_url_runs_out() -> None:
    signed = presigned({"a": "b"}, expires=60)
    check(signed, "transcribe", SECRETS, now() + timedelta(seconds=55))
    assert refusal(signed, now() + timedelta(seconds=62)) == "InvalidSignatureException"


def test_a_presigned_url_may_not_last_longer_than_five_minutes() -> None:
    assert refusal(presigned({"a": "b"}, expires=301)) == "InvalidSignatureException"


@given(
    st.dictionaries(st.sampled_from(["authorization", "x-amz-date", "host"]), st.text(max_size=60)),
    st.text(max_size=200),
)
def test_no_request_does_worse_than_be_refused(headers: dict[str, str], query: str) -> None:
    with pytest.raises(Refused):
        check(Request("GET", "/", query, headers), "transcribe", SECRETS, now())


@given(
    st.dictionaries(
        st.sampled_from(["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires"]), st.text(max_size=20)
    )
)
def test_no_presigned_query_does_worse_than_be_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused):
        check(
            Request("GET", "/", urlencode({**query, "X-Amz-Signature": "0"}, errors="replace"), {}),
            "transcribe",
            SECRETS,
            now(),
        )
