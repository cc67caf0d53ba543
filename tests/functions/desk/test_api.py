"""The API behind Mangum, by events as API Gateway sends them once it has checked a token."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from mangum import Mangum

from functions.desk import page
from functions.desk.api import build_app
from functions.desk.push import push
from shared.ports import LogEntry
from tests.functions.desk.conftest import NOON, Desk

CLAIMS = {
    "sub": "p-sam",
    "name": "Sam Rivera",
    "cognito:username": "sam",
    "cognito:groups": "[billing front_desk]",
    "phone_number": "+14155550171",
}
PLACES = page.Places("https://issuer", "https://people.auth.example.com", "client", "wss://news.example.com/desk")


class Asked:
    """What a request is answered."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.status = answer["statusCode"]
        self.headers: Mapping[str, str] = answer["headers"]
        self.text: str = answer["body"]
        self.content = b64decode(self.text) if answer["isBase64Encoded"] else self.text.encode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Api:
    def __init__(self, desk: Desk, folder: Path) -> None:
        self._app = Mangum(build_app(desk.deps, page.routes(folder, PLACES)), lifespan="off")

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str = "",
        claims: Mapping[str, str] | None = CLAIMS,
    ) -> Asked:
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1"}
        context: dict[str, Any] = {"http": http, "stage": "$default"}
        if claims is not None:
            context["authorizer"] = {"jwt": {"claims": claims, "scopes": []}}
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"host": "desk.example.com"},
            "requestContext": context,
            "isBase64Encoded": False,
            "body": body if isinstance(body, str) else json.dumps(body),
        }
        return Asked(self._app(event, None))  # type: ignore[arg-type]


@pytest.fixture
def api(desk: Desk, tmp_path: Path) -> Iterator[Api]:
    (tmp_path / "index.html").write_text("<!doctype html><title>Desk</title>")
    (tmp_path / "desk.js").write_text("begin()")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # Mangum takes the thread's, as a Lambda has one
    yield Api(desk, tmp_path)
    asyncio.set_event_loop(None)
    loop.close()


def test_x3_a_page_begins_with_who_is_there_and_which_calls_go_on(desk: Desk, api: Api) -> None:
    told = api.ask("GET", "/api/desk").json

    assert told["me"] == "p-sam"
    (me,) = told["people"]
    assert (me["name"], me["teams"], me["presence"], me["there"]) == (
        "Sam Rivera", ["billing", "front_desk"], "away", True,
    )  # fmt: skip
    assert (told["live"], told["follow_ups"]) == ([], [])
    (task,) = [task for task in told["agents"]["front_door"]["tasks"] if task["name"] == "book_appointment"]
    assert "service" in [slot["name"] for slot in task["slots"]]
    assert "phone" not in me


@pytest.mark.parametrize(
    ("claims", "phone"),
    [(CLAIMS, "+14155550171"), (CLAIMS | {"custom:sip": "sip:sam@example.com"}, "sip:sam@example.com")],
)
def test_a_person_is_rung_at_the_address_the_directory_has(
    desk: Desk, api: Api, claims: Mapping[str, str], phone: str
) -> None:
    api.ask("GET", "/api/desk", claims=claims)

    assert [x.person.phone for x in desk.deps.people.everyone()] == [phone]


def test_presence_is_kept(desk: Desk, api: Api) -> None:
    api.ask("GET", "/api/desk")

    assert api.ask("PUT", "/api/presence", {"presence": "free"}).status == 200
    assert [person.name for person in desk.deps.people.free("billing", NOON)] == ["Sam Rivera"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"presence": "asleep"}, "Invalid enum value 'asleep' - at `$.presence`"),
        ({}, "Object missing required field `presence`"),
        ("{", "Input data was truncated"),
        ({"presence": "free", "person": "p-kim"}, "Object contains unknown field `person`"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(desk: Desk, api: Api, body: object, why: str) -> None:
    api.ask("GET", "/api/desk")
    answer = api.ask("PUT", "/api/presence", body)

    assert (answer.status, answer.json) == (400, {"wrong": why})
    assert desk.deps.people.free("billing", NOON) == ()


def test_a_call_is_read_whole(desk: Desk, api: Api) -> None:
    sid = desk.ring()
    desk.deps.store.append(sid, [LogEntry("01-1", "caller", NOON, {"text": "Hello"})])
    desk.deps.store.append(sid, [LogEntry("01-2", "model_usage", NOON, {"input_tokens": 1})])

    told = api.ask("GET", f"/api/calls/{sid}").json

    assert (told["call"]["sid"], told["call"]["caller"]) == (sid, "+14155550001")
    assert [(line["kind"], line["data"]) for line in told["lines"]] == [("caller", {"text": "Hello"})]
    assert told["task"] is None
    assert "token" not in json.dumps(told)


def test_a_call_that_is_not_there_is_not_found(api: Api) -> None:
    assert api.ask("GET", f"/api/calls/CA{9:032x}").status == 404


def test_r4_whoever_has_not_signed_in_is_told_nothing(desk: Desk, api: Api) -> None:
    for method, path in (("GET", "/api/desk"), ("POST", "/api/ticket"), ("GET", f"/api/calls/{desk.ring()}")):
        answer = api.ask(method, path, claims=None)
        assert (answer.status, answer.json) == (401, {"wrong": "Sign in first."})


def test_r4_the_page_runs_nothing_but_its_own_and_asks_nobody_else(api: Api) -> None:
    answer = api.ask("GET", "/", claims=None)

    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert "<title>Desk</title>" in answer.text
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://people.auth.example.com wss://news.example.com"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_is_told_where_to_sign_in_and_nothing_secret(api: Api) -> None:
    assert api.ask("GET", "/config.json", claims=None).json == {
        "issuer": "https://issuer",
        "sign_in": "https://people.auth.example.com",
        "client": "client",
        "socket": "wss://news.example.com/desk",
    }
    assert api.ask("GET", "/desk.js", claims=None).headers["content-type"].startswith("text/javascript")
    assert api.ask("GET", "/other.js", claims=None).status == 404


# --- after a call


def over(desk: Desk, number: int = 1) -> str:
    sid = desk.ring(number)
    desk.deps.store.finish(sid, "goodbye", desk.pass_by(60))
    return sid


def told(desk: Desk) -> None:
    """What was written goes into the lists."""
    with ThreadPoolExecutor(1) as senders:
        push(desk.deps, desk.events(), senders)


def test_x3_a_persons_summary_counts_before_the_reports_however_late_that_is(desk: Desk, api: Api) -> None:
    sid = over(desk)
    answer = api.ask("PUT", f"/api/calls/{sid}/review", {"version": 0, "summary": "Wants a call back."})
    told(desk)
    desk.deps.store.save_report(sid, {"summary": "The caller left."}, lines=9)
    told(desk)

    assert (answer.status, answer.json["review"]["name"]) == (200, "Sam Rivera")
    assert [line["summary"] for line in api.ask("GET", "/api/history").json["calls"]] == ["Wants a call back."]
    whole = api.ask("GET", f"/api/calls/{sid}").json
    assert (whole["review"]["summary"], whole["call"]["summary"]) == ("Wants a call back.", "The caller left.")


def test_x3_of_two_who_correct_the_same_version_one_is_told(desk: Desk, api: Api) -> None:
    sid = over(desk)
    kim = CLAIMS | {"sub": "p-kim", "name": "Kim Lee"}

    first = api.ask("PUT", f"/api/calls/{sid}/review", {"version": 0, "slots": {"book.day": "2026-12-01"}}, claims=kim)
    second = api.ask("PUT", f"/api/calls/{sid}/review", {"version": 0, "slots": {"book.day": "2026-12-02"}})
    third = api.ask("PUT", f"/api/calls/{sid}/review", {"version": 1, "slots": {"book.day": "2026-12-02"}})

    assert (first.status, second.status, third.status) == (200, 409, 200)
    assert second.json == {"wrong": "Kim Lee has changed this meanwhile."}
    review = api.ask("GET", f"/api/calls/{sid}").json["review"]
    assert (review["version"], review["slots"]) == (2, {"book.day": "2026-12-02"})


def test_a_value_may_be_corrected_while_the_call_goes_on_and_its_summary_only_after(desk: Desk, api: Api) -> None:
    sid = desk.ring()

    assert api.ask("PUT", f"/api/calls/{sid}/review", {"version": 0, "summary": "Too soon."}).status == 409
    assert api.ask("PUT", f"/api/calls/{sid}/review", {"version": 0, "slots": {"book.day": "2026-12-01"}}).status == 200
    told = [line["data"] for line in api.ask("GET", f"/api/calls/{sid}").json["lines"] if line["kind"] == "corrected"]
    assert told == [{"slots": {"book.day": "2026-12-01"}}], "the agent goes by it when it has the call again"


def test_x3_history_is_searched_and_read_on(desk: Desk, api: Api) -> None:
    first, second = over(desk, 1), over(desk, 2)
    told(desk)

    found = api.ask("GET", "/api/history", query="q=5550001").json
    assert [line["sid"] for line in found["calls"]] == [first]
    newest = api.ask("GET", "/api/history").json["calls"]
    assert [line["sid"] for line in newest] == [second, first]
    on = api.ask("GET", "/api/history", query=urlencode({"before": newest[0]["at"]})).json
    assert [line["sid"] for line in on["calls"]] == [first]
    assert api.ask("GET", "/api/history", query="before=yesterday").status == 400


def test_what_is_to_be_done_is_added_taken_and_done(desk: Desk, api: Api) -> None:
    sid = over(desk)
    asked = {"kind": "callback", "call_sid": sid, "about": "The bill", "at": "2026-11-20T15:00:00Z", "number": ""}
    assert api.ask("POST", "/api/follow-ups", asked).status == 200
    (what,) = api.ask("GET", "/api/desk").json["follow_ups"]
    api.ask("GET", "/api/desk", claims=CLAIMS | {"sub": "p-kim", "name": "Kim Lee"})

    assert api.ask("PUT", f"/api/follow-ups/{what['id']}", {"do": "take"}).status == 200
    answer = api.ask("PUT", f"/api/follow-ups/{what['id']}", {"do": "done"}, claims=CLAIMS | {"sub": "p-kim"})
    assert (answer.status, answer.json) == (409, {"wrong": "Sam Rivera has taken it."})
    assert api.ask("PUT", f"/api/follow-ups/{what['id']}", {"do": "done"}).status == 200
    assert api.ask("PUT", f"/api/follow-ups/{what['id']}", {"do": "take"}).json == {"wrong": "It is done already."}
    assert api.ask("GET", "/api/desk").json["follow_ups"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", "4155550100"), ("call_sid", "CA1"), ("about", ""), ("at", "soon"), ("kind", "chore")],
)
def test_what_is_to_be_done_is_checked_field_by_field(desk: Desk, api: Api, field: str, value: str) -> None:
    asked = {"kind": "task", "call_sid": f"CA{1:032x}", "about": "The bill", "at": "2026-11-20T15:00:00Z"}

    answer = api.ask("POST", "/api/follow-ups", asked | {field: value})

    assert answer.status == 400
    assert f"`$.{field}`" in answer.json["wrong"]
    assert api.ask("GET", "/api/desk").json["follow_ups"] == []
