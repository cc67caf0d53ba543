import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cli.phone_server import Softphone, build_app, tail
from shared.ports import LogEntry, NewCall, Unavailable
from tests.fakes import FakeCallStore

PAGES = Path(__file__).parents[2] / "web" / "phone"
SID = "CA" + "1" * 32
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PHONE = Softphone("ws://127.0.0.1:1/lab/phone", "Hillside Clinic", "+14155550142", "+15550100123", "Polly.Matthew")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeCallStore:
    """One call, with two lines."""
    monkeypatch.setattr("cli.phone_server.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("cli.phone_server.SETTLED_S", 0.05)
    monkeypatch.setattr("cli.phone_server.UNKNOWN_S", 0.1)
    store = FakeCallStore()
    store.create(NewCall(SID, "AC1", "+1", "+2", "front_door", NOW, "hash", NOW))
    store.append(SID, [line("agent", text="Hello.")])
    store.append(SID, [line("caller", text="Hi.")])
    return store


def line(kind: str, **data: object) -> LogEntry:
    return LogEntry(f"01-{kind}", kind, NOW, data)


@pytest.fixture
async def browser(store: FakeCallStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(PAGES, store, PHONE))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_the_page_is_served_with_a_policy_that_lets_nothing_else_in(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/")
    assert "Switchboard" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert (await browser.get("/capture.js")).headers["content-type"].startswith("text/javascript")


async def test_the_page_learns_whom_to_call(browser: httpx.AsyncClient) -> None:
    config = (await browser.get("/config.json")).json()
    assert config["from"] == "+14155550142"
    assert config["carrier"].startswith("ws://")


async def test_the_record_of_a_call_is_streamed_until_it_is_over(
    browser: httpx.AsyncClient, store: FakeCallStore
) -> None:
    store.finish(SID, "completed", NOW + timedelta(seconds=1))
    answer = await browser.get(f"/calls/{SID}/record")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert [event["data"] for event in events[:-1]] == [{"text": "Hello."}, {"text": "Hi."}]
    assert "event: over" in answer.text


async def test_a_line_written_later_comes_once(store: FakeCallStore) -> None:
    heard = []
    async for entry in tail(store, SID):
        heard.append(entry.kind)
        if entry.kind == "caller":
            store.append(SID, [line("outcome", outcome="goodbye")])
            store.finish(SID, "completed", NOW)
    assert heard == ["agent", "caller", "outcome"]


async def test_a_call_nobody_knows_is_given_up(store: FakeCallStore) -> None:
    assert [entry async for entry in tail(store, "CA" + "9" * 32)] == []


async def test_a_table_that_fails_for_a_while_loses_nothing(store: FakeCallStore) -> None:
    store.finish(SID, "completed", NOW)
    heard = tail(store, SID)
    first = await anext(heard)
    store.fail(Unavailable("gone"))
    second = await anext(heard)
    store.fail(None)
    assert [first.kind, second.kind] == ["agent", "caller"]
    assert [entry async for entry in heard] == []


async def test_an_impossible_call_or_a_foreign_host_is_refused(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/calls/../record")).status_code == 404
    assert (await browser.get("/calls/CA1/record")).status_code == 404
    assert (await browser.get("/", headers={"Host": "evil.example"})).status_code == 400
