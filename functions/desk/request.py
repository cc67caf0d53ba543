"""A request of the page's: who asks, what for, and how it is told that this cannot be."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request

from shared.ports import Person

MOST_BYTES = 64 * 1024
"""Of a request's body."""
SIP = "custom:sip"
"""The attribute of a person who is rung by SIP; it counts before `phone_number`."""


class Wrong(Exception):
    """The request cannot be met: a status, and one line for a person."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def read[T](body: bytes, kind: type[T]) -> T:
    """The request's body. Raises Wrong, naming the field."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Wrong(400, str(error)) from None


async def body_of(request: Request) -> bytes:
    """Raises Wrong."""
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise Wrong(413, "That is too long.")
    return body


def person_of(scope: Mapping[str, Any]) -> Person:
    """Who asks, by the claims of the token that API Gateway has checked. Teams are the pool's groups. Raises Wrong."""
    try:
        claims: Mapping[str, str] = scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    except KeyError:
        raise Wrong(401, "Sign in first.") from None
    name = claims.get("name") or claims.get("email") or claims["cognito:username"]
    phone = claims.get(SIP) or claims.get("phone_number", "")
    return Person(claims["sub"], name, _groups(claims), phone, claims.get("cognito:username", ""))


def _groups(claims: Mapping[str, str]) -> tuple[str, ...]:
    """API Gateway hands lists over as text: `[billing sales]`."""
    given = claims.get("cognito:groups", "")
    if given.startswith('["'):
        return tuple(json.loads(given))
    return tuple(given.strip("[]").split())
