"""The carrier's side of the webhooks: signed forms, posted to the real application over ASGI, or as Lambda events."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette

from functions.dependencies import Dependencies
from functions.telephony import build_app
from functions.webhook import FORM, Door
from shared.core.agent import Agent
from shared.ports import CallStore
from shared.usecases.answer_outbound import Outgoing
from shared.wire import signature
from tests.payments import nobody_pays
from tests.usecases.clinic import ACCOUNT_SID, ADDRESSES, AGENTS, CALL_SID, CALLER, LINES, NOW, NUMBER, STREAM_SID
from tests.usecases.switch import nobodys

PUBLIC = "https://voice.example.com"
AUTH_TOKEN = "auth-token"
OLD_TOKEN = "token-before-rotation"

VOICE, NEXT, STATUS, STREAM_STATUS = "/twilio/voice", "/twilio/next", "/twilio/status", "/twilio/stream-status"

type Fields = Mapping[str, str] | Iterable[tuple[str, str]]

CALL = {
    "AccountSid": ACCOUNT_SID,
    "ApiVersion": "2010-04-01",
    "CallSid": CALL_SID,
    "CallStatus": "in-progress",
    "CallerName": "",
    "Direction": "inbound",
    "From": CALLER,
    "To": NUMBER,
}
RINGING = {**CALL, "CallStatus": "ringing"}
COMPLETED = {
    **CALL,
    "CallStatus": "completed",
    "CallDuration": "49",
    "CallbackSource": "call-progress-events",
    "SequenceNumber": "3",
    "Timestamp": "Fri, 20 Nov 2026 09:31:00 +0000",
}
STREAM_STARTED = {
    "AccountSid": ACCOUNT_SID,
    "CallSid": CALL_SID,
    "StreamSid": STREAM_SID,
    "StreamName": STREAM_SID,
    "StreamEvent": "stream-started",
    "Timestamp": "2026-11-20T09:30:01.602648368Z",
}


def application(store: CallStore, outgoing: Outgoing | None = None, agents: Mapping[str, Agent] = AGENTS) -> Starlette:
    """The webhooks of the clinic."""
    return build_app(replace(dependencies(store), outgoing=outgoing, agents=agents))


def dependencies(store: CallStore) -> Dependencies:
    """What they work with. Stream tokens are `token-1`, `token-2`, ..."""
    tokens = (f"token-{number}" for number in range(1, 1_000_000))
    return Dependencies(
        door=Door(PUBLIC, (AUTH_TOKEN, OLD_TOKEN)),
        store=store,
        addresses=ADDRESSES,
        agents=AGENTS,
        lines=LINES,
        switch=nobodys(store),
        cashier=nobody_pays(store),
        now=lambda: NOW,
        new_token=lambda: next(tokens),
    )


def pairs(fields: Fields) -> list[tuple[str, str]]:
    return list(fields.items() if isinstance(fields, Mapping) else fields)


def headers(target: str, fields: Fields, *, token: str = AUTH_TOKEN) -> dict[str, str]:
    """What Twilio sends along with a form; `target` is path and query."""
    return {
        "content-type": f"{FORM}; charset=UTF-8",
        "user-agent": "TwilioProxy/1.1",
        "x-twilio-signature": signature.sign(token, PUBLIC + target, pairs(fields)),
    }


async def post(app: Starlette, target: str, fields: Fields, *, token: str = AUTH_TOKEN) -> httpx.Response:
    """A signed form, as it should be."""
    content = urlencode(pairs(fields)).encode()
    return await send(app, target, content=content, headers=headers(target, fields, token=token))


async def send(
    app: Starlette, target: str, *, method: str = "POST", content: Any = b"", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Any request. What the application raises reaches the test."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://10.0.0.7:8080") as client:
        return await client.request(method, target, content=content, headers=headers)


def event(path: str, fields: Fields, *, query: str = "", base64: bool = True, method: str = "POST") -> dict[str, Any]:
    """An API Gateway HTTP API event, payload version 2.0, as the gateway makes it of a signed form."""
    body = urlencode(pairs(fields)).encode()
    target = path + (f"?{query}" if query else "")
    host = "abc123.execute-api.eu-west-1.amazonaws.com"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            **headers(target, fields),
            "content-length": str(len(body)),
            "host": host,
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": host,
            "domainPrefix": "abc123",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "TwilioProxy/1.1",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "20/Nov/2026:09:30:00 +0000",
            "timeEpoch": 1795167000000,
        },
        "body": b64encode(body).decode() if base64 else body.decode(),
        "isBase64Encoded": base64,
    }
