import json
from collections.abc import Mapping
from typing import Any

import pytest

from functions.desk.socket import socket
from shared.core.presence import Presence
from tests.functions.desk.conftest import SAM, Desk

CALL = f"CA{1:032x}"


def event(kind: str, connection: str = "c1", *, ticket: str | None = None, body: object = None) -> Mapping[str, Any]:
    """As API Gateway has it for a WebSocket API."""
    return {
        "requestContext": {"eventType": kind, "connectionId": connection},
        "queryStringParameters": {"ticket": ticket} if ticket else None,
        "body": body if isinstance(body, str) else json.dumps(body),
    }


@pytest.fixture
def signed_in(desk: Desk) -> Desk:
    desk.deps.people.sign_in(SAM)
    desk.deps.people.be(SAM.id, Presence.FREE)
    desk.deps.connections.issue("t1", SAM.id)
    return desk


def test_r4_a_ticket_opens_one_connection(signed_in: Desk) -> None:
    assert socket(signed_in.deps, event("CONNECT", "c1", ticket="t1")) == {"statusCode": 200}
    assert socket(signed_in.deps, event("CONNECT", "c2", ticket="t1")) == {"statusCode": 403}
    assert socket(signed_in.deps, event("MESSAGE", "c1", body={"watch": None})) == {"statusCode": 200}
    assert socket(signed_in.deps, event("MESSAGE", "c2", body={"watch": None})) == {"statusCode": 403}
    assert [connection.id for connection in signed_in.deps.connections.listening()] == ["c1"]


@pytest.mark.parametrize("ticket", ["other", None])
def test_r4_without_a_ticket_of_ours_nobody_listens(signed_in: Desk, ticket: str | None) -> None:
    assert socket(signed_in.deps, event("CONNECT", ticket=ticket)) == {"statusCode": 403}
    assert signed_in.deps.connections.listening() == []


def test_r4_a_ticket_is_too_old_after_half_a_minute(signed_in: Desk) -> None:
    signed_in.pass_by(31)

    assert socket(signed_in.deps, event("CONNECT", ticket="t1")) == {"statusCode": 403}


def test_a_page_says_which_call_it_watches_and_is_answered(signed_in: Desk) -> None:
    socket(signed_in.deps, event("CONNECT", ticket="t1"))

    assert socket(signed_in.deps, event("MESSAGE", body={"watch": CALL})) == {"statusCode": 200}

    (connection,) = signed_in.deps.connections.listening()
    assert connection.watching == CALL
    assert signed_in.lines.told("c1", "watching") == [{"kind": "watching", "call_sid": CALL}]


def test_saying_so_again_keeps_a_person_there(signed_in: Desk) -> None:
    socket(signed_in.deps, event("CONNECT", ticket="t1"))
    for _ in range(5):
        signed_in.pass_by(50)
        socket(signed_in.deps, event("MESSAGE", body={"watch": None}))

    assert signed_in.deps.people.free("front_desk", signed_in.deps.now()) == (SAM,)


@pytest.mark.parametrize("body", ["", "[]", "{", {"watch": 5}, {"watch": "x" * 40}, {"listen": CALL}])
def test_what_is_not_understood_changes_nothing(signed_in: Desk, body: object) -> None:
    socket(signed_in.deps, event("CONNECT", ticket="t1"))

    assert socket(signed_in.deps, event("MESSAGE", body=body)) == {"statusCode": 400}
    assert signed_in.deps.connections.listening() == []


def test_nobody_is_told_anything_before_their_connection_is_open(signed_in: Desk) -> None:
    """API Gateway would say that it is gone, and it would be forgotten."""
    assert socket(signed_in.deps, event("CONNECT", ticket="t1")) == {"statusCode": 200}
    assert signed_in.deps.connections.listening() == []

    socket(signed_in.deps, event("MESSAGE", body={"watch": None}))
    assert [connection.id for connection in signed_in.deps.connections.listening()] == ["c1"]


def test_a_connection_that_was_never_opened_watches_nothing(desk: Desk) -> None:
    assert socket(desk.deps, event("MESSAGE", body={"watch": CALL})) == {"statusCode": 403}
    assert desk.deps.connections.listening() == []


def test_a_person_is_gone_when_their_last_page_is_closed(signed_in: Desk) -> None:
    signed_in.deps.connections.issue("t2", SAM.id)
    socket(signed_in.deps, event("CONNECT", "c1", ticket="t1"))
    socket(signed_in.deps, event("CONNECT", "c2", ticket="t2"))

    socket(signed_in.deps, event("DISCONNECT", "c1"))
    assert signed_in.deps.people.free("front_desk", signed_in.deps.now()) == (SAM,)
    socket(signed_in.deps, event("DISCONNECT", "c2"))
    assert signed_in.deps.people.free("front_desk", signed_in.deps.now()) == ()
    socket(signed_in.deps, event("DISCONNECT", "c2"))
