"""The application behind API Gateway: real HTTP API events through the Lambda adapter."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from mangum import Mangum

from shared.core.call_status import CallStatus
from tests.fakes import FakeCallStore
from tests.functions.carrier import COMPLETED, RINGING, STATUS, STREAM_STARTED, STREAM_STATUS, VOICE, application, event
from tests.usecases.clinic import CALL_SID, state, streaming


@pytest.fixture(autouse=True)
def _loop() -> Iterator[None]:
    """The adapter runs the application on the thread's event loop, as the Lambda runtime has one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def _invoke(store: FakeCallStore, what: dict[str, Any]) -> dict[str, Any]:
    return Mangum(application(store), lifespan="off")(what, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("base64", [True, False], ids=["base64", "plain"])
def test_p2_a_signed_event_is_answered_with_twiml(base64: bool) -> None:
    fields = [*RINGING.items(), ("FromCity", ""), ("CallerName", ""), ("SpeechResult", "मुझे मदद चाहिए ")]

    reply = _invoke(FakeCallStore(), event(VOICE, fields, base64=base64))

    assert reply["statusCode"] == 200
    assert reply["headers"]["content-type"].startswith("text/xml")
    assert "<Connect " in reply["body"]
    assert not reply["isBase64Encoded"]


def test_the_gateways_own_host_does_not_matter_but_the_query_does() -> None:
    right = event(VOICE, RINGING, query="tenant=a&x=%2F")
    wrong = {**right, "rawQueryString": "tenant=b"}

    assert _invoke(FakeCallStore(), right)["statusCode"] == 200
    assert _invoke(FakeCallStore(), wrong)["statusCode"] == 403


def test_a_callback_needs_no_body_in_reply() -> None:
    store = FakeCallStore()
    streaming(store)

    assert _invoke(store, event(STATUS, COMPLETED))["statusCode"] == 204
    assert _invoke(store, event(STREAM_STATUS, STREAM_STARTED))["statusCode"] == 204
    assert state(store).status is CallStatus.COMPLETED
    assert len(store.log(CALL_SID)) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"body": "Q2FsbFNpZD1DQQ=="}, 403),
        ({"body": ""}, 403),
        ({"body": None}, 403),
        ({"body": "JWZm"}, 400),
        ({"body": "YWFh" * 40_000}, 413),
        ({"headers": {"content-type": "application/x-www-form-urlencoded"}}, 403),
        ({"headers": {}}, 403),
        ({"requestContext": {"http": {"method": "GET", "path": VOICE, "sourceIp": "203.0.113.7"}}}, 405),
        ({"requestContext": {"http": {"method": "POST", "path": "/prod/twilio/voice", "sourceIp": ""}}}, 404),
    ],
)
def test_a_bad_event_is_refused_with_its_status(change: dict[str, Any], status: int) -> None:
    store = FakeCallStore()

    assert _invoke(store, {**event(VOICE, RINGING), **change})["statusCode"] == status
    assert store.get(CALL_SID) is None
