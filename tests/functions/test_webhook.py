"""The door: only what the carrier signed gets in, and whatever comes is answered."""

import json
import logging
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions import webhook
from functions.webhook import FORM, MAX_BODY_BYTES, MAX_FIELDS, MAX_VALUE_CHARS
from shared.observability import JsonFormatter
from shared.ports import CallRecord, NewCall, Unavailable
from tests.fakes import FakeCallStore
from tests.functions.carrier import (
    AUTH_TOKEN,
    CALL,
    COMPLETED,
    NEXT,
    OLD_TOKEN,
    RINGING,
    STATUS,
    STREAM_STARTED,
    STREAM_STATUS,
    VOICE,
    application,
    headers,
    post,
    send,
)
from tests.usecases.clinic import CALL_SID, CALLER, state

PATHS = [VOICE, NEXT, STATUS, STREAM_STATUS]
FORMS = {VOICE: RINGING, NEXT: CALL, STATUS: COMPLETED, STREAM_STATUS: STREAM_STARTED}


# --- signatures


@pytest.mark.parametrize("path", PATHS)
async def test_a_signed_form_is_served_at_every_door(path: str) -> None:
    assert (await post(application(FakeCallStore()), path, FORMS[path])).status_code in (200, 204)


@pytest.mark.parametrize("path", PATHS)
async def test_t3_an_unsigned_form_is_refused_at_every_door(path: str) -> None:
    store = FakeCallStore()
    content = urlencode(FORMS[path]).encode()

    reply = await send(application(store), path, content=content, headers={"content-type": FORM})

    assert reply.status_code == 403
    assert reply.content == b""
    assert store.get(CALL_SID) is None
    assert store.log(CALL_SID) == []


@pytest.mark.parametrize("path", PATHS)
async def test_t3_a_form_signed_with_another_accounts_token_is_refused(path: str) -> None:
    store = FakeCallStore()

    assert (await post(application(store), path, FORMS[path], token="another")).status_code == 403
    assert store.log(CALL_SID) == []


async def test_both_tokens_of_a_rotation_are_accepted() -> None:
    for token in (AUTH_TOKEN, OLD_TOKEN):
        assert (await post(application(FakeCallStore()), VOICE, RINGING, token=token)).status_code == 200


async def test_a_form_signed_for_one_door_does_not_open_another() -> None:
    app = application(FakeCallStore())

    reply = await send(app, NEXT, content=urlencode(RINGING).encode(), headers=headers(VOICE, RINGING))

    assert reply.status_code == 403


async def test_a_changed_field_is_refused() -> None:
    app = application(FakeCallStore())
    content = urlencode({**RINGING, "To": "+15550199999"}).encode()

    assert (await send(app, VOICE, content=content, headers=headers(VOICE, RINGING))).status_code == 403


async def test_two_signatures_are_refused() -> None:
    app = application(FakeCallStore())
    given_headers = headers(VOICE, RINGING)
    doubled = [*given_headers.items(), ("X-Twilio-Signature", given_headers["x-twilio-signature"])]

    reply = await send(app, VOICE, content=urlencode(RINGING).encode(), headers=doubled)  # type: ignore[arg-type]

    assert reply.status_code == 403


async def test_the_query_is_part_of_what_is_signed() -> None:
    app = application(FakeCallStore())
    content = urlencode(RINGING).encode()

    assert (await post(app, f"{VOICE}?tenant=a&x=%2F", RINGING)).status_code == 200
    reply = await send(app, f"{VOICE}?tenant=b", content=content, headers=headers(f"{VOICE}?tenant=a", RINGING))
    assert reply.status_code == 403


async def test_t3_what_a_proxy_makes_of_host_scheme_and_path_does_not_matter() -> None:
    app = application(FakeCallStore())
    proxied = {"host": "internal:8080", "x-forwarded-host": "evil.example.com", "x-forwarded-proto": "http"}

    reply = await send(app, VOICE, content=urlencode(RINGING).encode(), headers={**headers(VOICE, RINGING), **proxied})

    assert reply.status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        [("CallerName", ""), ("FromCity", "")],
        [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
        [("SpeechResult", "मुझे मदद चाहिए please ")],
        [("SipHeader_X-Note", "a&b=c+d %41")],
    ],
    ids=["blank", "repeated", "not ASCII, with a blank at its end", "reserved characters"],
)
async def test_fields_are_signed_and_read_exactly_as_they_came(more: list[tuple[str, str]]) -> None:
    assert (await post(application(FakeCallStore()), VOICE, [*RINGING.items(), *more])).status_code == 200


# --- bad requests


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_another_content_type_is_refused(content_type: str) -> None:
    given_headers = {**headers(VOICE, RINGING), "content-type": content_type}

    reply = await send(application(FakeCallStore()), VOICE, content=urlencode(RINGING).encode(), headers=given_headers)

    assert reply.status_code == 415


async def test_an_oversized_body_is_refused_before_it_is_read_whole() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY_BYTES:
            sent += MAX_BODY_BYTES // 4
            yield b"a" * (MAX_BODY_BYTES // 4)

    app = application(FakeCallStore())
    scope = _scope(headers(VOICE, RINGING))
    statuses = await _drive(app, scope, endless())

    assert statuses == [413]
    assert sent <= 2 * MAX_BODY_BYTES


async def test_a_body_of_just_the_allowed_size_is_served() -> None:
    room = MAX_BODY_BYTES - len(urlencode({**RINGING, "Note": ""}))

    for size, status in ((room, 200), (room + 1, 413)):
        reply = await post(application(FakeCallStore()), VOICE, {**RINGING, "Note": "x" * size})
        assert reply.status_code == status


@pytest.mark.parametrize(
    "content", [b"CallSid=%ff%fe", b"\xff\xfe\x00", "&".join(f"a{n}=" for n in range(MAX_FIELDS + 1)).encode()]
)
async def test_a_malformed_form_is_refused(content: bytes) -> None:
    reply = await send(application(FakeCallStore()), VOICE, content=content, headers=headers(VOICE, {}))

    assert reply.status_code == 400


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "call_sid",
    ["", "CA123", "MZ" + "0" * 32, "CA" + "0" * 33, "CA" + "०" * 32, CALL_SID + "\n", "x" * (MAX_VALUE_CHARS + 1)],
)
async def test_an_impossible_call_sid_is_refused(path: str, call_sid: str) -> None:
    store = FakeCallStore()

    assert (await post(application(store), path, {**FORMS[path], "CallSid": call_sid})).status_code == 400
    assert store.log(call_sid) == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_form_without_a_call_is_refused(path: str) -> None:
    fields = {name: value for name, value in FORMS[path].items() if name != "CallSid"}

    assert (await post(application(FakeCallStore()), path, fields)).status_code == 400


async def test_a_field_we_read_that_is_given_twice_is_refused_unless_both_agree() -> None:
    other = ("CallSid", "CA" + "9" * 32)

    assert (await post(application(FakeCallStore()), VOICE, [*RINGING.items(), other])).status_code == 400
    twice = [*RINGING.items(), ("CallSid", CALL_SID)]
    assert (await post(application(FakeCallStore()), VOICE, twice)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
@pytest.mark.parametrize("path", PATHS)
async def test_only_post_is_served(path: str, method: str) -> None:
    reply = await send(application(FakeCallStore()), path, method=method, headers=headers(path, FORMS[path]))

    assert reply.status_code == 405


@pytest.mark.parametrize(
    "target", ["/", "/twilio/voice/", "/docs", "/openapi.json", "//twilio/voice", "/" + "x" * 3000]
)
async def test_nothing_else_is_there(target: str) -> None:
    assert (await post(application(FakeCallStore()), target, RINGING)).status_code == 404


async def test_a_client_that_goes_away_half_way_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> AsyncIterator[bytes | None]:
        yield b"CallSid="
        yield None

    store = FakeCallStore()
    await _drive(application(store), _scope(headers(VOICE, RINGING)), broken())

    assert store.get(CALL_SID) is None
    assert [line["reason"] for line in _written(caplog.records)] == ["disconnected"]


async def test_health_is_told_without_a_signature() -> None:
    reply = await send(application(FakeCallStore()), "/health", method="GET")

    assert (reply.status_code, reply.text) == (200, "ok")


# --- replays


@pytest.mark.parametrize("path", PATHS)
async def test_a_replayed_request_changes_nothing_more(path: str) -> None:
    store = FakeCallStore()
    app = application(store)
    await post(app, VOICE, RINGING)
    store.claim_stream(CALL_SID, state(store).token_hash, state(store).created_at)
    await post(app, path, FORMS[path])
    streams, ended, lines = state(store).streams, state(store).ended_at, len(store.log(CALL_SID))

    for _ in range(3):
        await post(app, path, FORMS[path])

    assert (state(store).streams, state(store).ended_at) == (streams, ended)
    assert len(store.log(CALL_SID)) <= lines + (1 if path == NEXT else 0)


# --- faults of ours


@pytest.mark.parametrize("path", PATHS)
async def test_when_our_table_is_down_the_carrier_is_sent_to_its_fallback(path: str) -> None:
    store = FakeCallStore()
    store.fail(Unavailable("no table"))

    reply = await post(application(store), path, FORMS[path])

    assert reply.status_code == 500
    assert reply.content == b""


class BrokenStore(FakeCallStore):
    def get(self, call_sid: str) -> CallRecord | None:
        raise KeyError(f"caller {CALLER} of {call_sid}")


async def test_a_defect_of_ours_is_a_5xx_logged_without_what_it_quotes(caplog: pytest.LogCaptureFixture) -> None:
    reply = await post(application(BrokenStore()), NEXT, CALL)

    assert reply.status_code == 500
    (line,) = _written(caplog.records)
    assert (line["event"], line["exception"]) == ("webhook_failed", "KeyError")
    assert (line["path"], line["call_sid"]) == (NEXT, CALL_SID)
    assert CALLER not in json.dumps(line)


class HangingStore(FakeCallStore):
    """Does not answer until the test is over."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def create(self, call: NewCall) -> CallRecord | None:
        self.release.wait(timeout=30)
        return super().create(call)


async def test_a_table_that_hangs_is_given_up_before_the_carrier_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert webhook.DEADLINE_S < 15
    monkeypatch.setattr(webhook, "DEADLINE_S", 0.05)
    store = HangingStore()
    try:
        reply = await post(application(store), VOICE, RINGING)
    finally:
        store.release.set()

    assert reply.status_code == 503


# --- logs


async def test_every_refusal_is_logged_without_content(caplog: pytest.LogCaptureFixture) -> None:
    app = application(FakeCallStore())
    signed = headers(VOICE, RINGING)
    body = urlencode(RINGING).encode()
    await send(app, VOICE, content=body, headers={"content-type": FORM})
    await send(app, VOICE, content=body, headers={**signed, "x-twilio-signature": CALLER})
    await send(app, VOICE, content=body, headers={**signed, "content-type": f"text/{CALLER}"})
    await send(app, VOICE, content=b"x" * (MAX_BODY_BYTES + 1), headers=signed)
    await send(app, VOICE, content=b"%ff", headers=signed)
    await post(app, VOICE, {**RINGING, "CallSid": CALLER})
    await send(app, VOICE, method="GET")
    await send(app, "/my-words", method="GET")

    lines = _written(caplog.records)
    assert [(line["event"], line["status"], line["reason"]) for line in lines] == [
        ("webhook_refused", 403, "unsigned"),
        ("webhook_refused", 403, "forged"),
        ("webhook_refused", 415, "content-type"),
        ("webhook_refused", 413, "oversized"),
        ("webhook_refused", 400, "form"),
        ("webhook_refused", 400, "call-sid"),
        ("webhook_refused", 405, "method"),
        ("webhook_refused", 404, "path"),
    ]
    assert {line["path"] for line in lines} == {VOICE, "/"}
    assert CALLER not in caplog.text
    assert CALLER.strip("+") not in json.dumps(lines)


def _written(records: Iterable[logging.LogRecord]) -> list[dict[str, Any]]:
    """What a configured process would have written of these."""
    return [
        json.loads(JsonFormatter("test").format(record)) for record in records if record.name.startswith("functions")
    ]


# --- anything at all

NAMES = st.one_of(st.text(max_size=20), st.sampled_from(sorted({**COMPLETED, **STREAM_STARTED, "RecordingUrl": ""})))
VALUES = st.one_of(
    st.text(max_size=40), st.sampled_from([*COMPLETED.values(), *STREAM_STARTED.values(), "9" * 30, "-1"])
)
ANSWERS = {200, 204, 400, 403, 413, 415}


@given(st.sampled_from(PATHS), st.binary(max_size=300), st.booleans())
async def test_no_body_at_all_brings_a_webhook_down(path: str, content: bytes, is_form: bool) -> None:
    given_headers = {**headers(path, {}), **({} if is_form else {"content-type": "text/plain"})}

    reply = await send(application(FakeCallStore()), path, content=content, headers=given_headers)

    assert reply.status_code in ANSWERS


@given(st.sampled_from(PATHS), st.lists(st.tuples(NAMES, VALUES), max_size=12))
async def test_no_signed_form_at_all_brings_a_webhook_down(path: str, fields: list[tuple[str, str]]) -> None:
    reply = await post(application(FakeCallStore()), path, fields)

    assert reply.status_code in ANSWERS


@given(st.sampled_from(PATHS), st.sampled_from(sorted({**COMPLETED, **STREAM_STARTED, "RecordingUrl": ""})), st.text())
async def test_a_form_right_but_for_one_field_is_served_or_refused(path: str, name: str, value: str) -> None:
    reply = await post(application(FakeCallStore()), path, {**FORMS[path], name: value})

    assert reply.status_code in ANSWERS


# --- driving the application by hand


def _scope(given_headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": VOICE,
        "raw_path": VOICE.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in given_headers.items()],
        "client": ("203.0.113.7", 1),
        "server": ("10.0.0.7", 8080),
    }


async def _drive(app: Any, scope: dict[str, Any], chunks: AsyncIterator[bytes | None]) -> list[int]:
    """The statuses sent when the body comes in these chunks; None is a client that went away."""
    statuses = []

    async def receive() -> dict[str, Any]:
        chunk = await anext(chunks)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def reply(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, reply)
    return statuses
