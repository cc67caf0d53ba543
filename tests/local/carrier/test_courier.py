"""Webhook requests: deadlines, retries, connection overrides, signatures, failures with Twilio's codes."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.courier import Attempt, Courier, Overrides, Undelivered, overrides
from local.carrier.routes import Routes
from tests.local.carrier.office import TOKEN, VOICE, Office, served


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    async with served(office.handle) as office.url:
        yield office


@pytest.fixture
async def courier(office: Office) -> AsyncIterator[Courier]:
    async with aiohttp.ClientSession() as session:
        yield Courier(session, Routes({VOICE: office.url, "https://closed.example.test": "http://127.0.0.1:1"}), TOKEN)


def unseen(attempt: Attempt) -> None:
    pass


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(10)
    return web.Response()


def test_without_a_fragment_the_overrides_are_twilios_defaults() -> None:
    assert overrides("https://a.test/") == Overrides(5000, 15_000, 15_000, 1, frozenset({"ct"}))


def test_overrides_are_read_from_the_fragment() -> None:
    given = overrides("https://a.test/x?y=1#rc=3&rp=all,5xx&ct=2000&rt=3000&tt=4000")
    assert given == Overrides(2000, 3000, 4000, 3, frozenset({"all", "5xx"}))


@given(st.text())
def test_any_fragment_gives_overrides_within_their_ranges(fragment: str) -> None:
    given = overrides(f"https://a.test/#{fragment}")
    assert 100 <= given.connect_ms <= 10_000
    assert 100 <= given.read_ms <= 15_000
    assert 100 <= given.total_ms <= 15_000
    assert 0 <= given.retries <= 5
    assert given.policy


async def test_the_signature_covers_every_field_even_empty_ones_but_not_the_fragment(
    office: Office, courier: Courier
) -> None:
    await courier.send(f"{VOICE}/hook?tenant=a%20b#rc=2", "POST", [("FromCity", ""), ("Says", "já & né=")], unseen)
    (request,) = office.received
    assert request.signed
    assert request.fields == {"FromCity": "", "Says": "já & né="}
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"


async def test_with_get_the_fields_join_the_query_and_the_signed_url(office: Office, courier: Courier) -> None:
    await courier.send(f"{VOICE}/hook?a=1", "GET", [("CallSid", "CA1"), ("FromCity", "")], unseen)
    (request,) = office.received
    assert request.signed
    assert request.fields == {"a": "1", "CallSid": "CA1", "FromCity": ""}


async def test_a_redirect_is_followed_with_get_and_loses_the_fields(office: Office, courier: Courier) -> None:
    office.page("/old", web.Response(status=307, headers={"Location": "/new?x=1"}))
    reply = await courier.send(f"{VOICE}/old", "POST", [("Digits", "1")], unseen)
    assert reply.status == 204
    assert office.at("/new")[0].method == "GET"
    assert office.at("/new")[0].fields == {"x": "1"}
    assert office.at("/new")[0].signed


async def test_endless_http_redirects_are_given_up(office: Office, courier: Courier) -> None:
    office.page("/round", web.Response(status=302, headers={"Location": "/round"}))
    with pytest.raises(Undelivered) as failed:
        await courier.send(f"{VOICE}/round", "POST", [], unseen)
    assert failed.value.code == 11215


async def test_a_5xx_is_not_retried_unless_asked(office: Office, courier: Courier) -> None:
    office.page("/hook", web.Response(status=500))
    with pytest.raises(Undelivered) as failed:
        await courier.send(f"{VOICE}/hook", "POST", [], unseen)
    assert (failed.value.code, failed.value.status) == (11200, 500)
    assert len(office.received) == 1


async def test_retries_repeat_the_same_delivery_under_one_idempotency_token(office: Office, courier: Courier) -> None:
    attempts: list[Attempt] = []
    office.page("/hook", web.Response(status=500), web.Response(status=404), web.Response(status=204))
    await courier.send(f"{VOICE}/hook?t=secret#rc=2&rp=4xx,5xx", "POST", [("A", "1")], attempts.append)
    assert [(a.number, a.status, a.fault) for a in attempts] == [(1, 500, "5xx"), (2, 404, "4xx"), (3, 204, None)]
    assert {a.url for a in attempts} == {f"{VOICE}/hook"}
    tokens = {request.headers["I-Twilio-Idempotency-Token"] for request in office.received}
    assert len(tokens) == 1
    assert all(request.signed for request in office.received)


async def test_a_refused_connection_is_retried_once_by_default(courier: Courier) -> None:
    attempts: list[Attempt] = []
    with pytest.raises(Undelivered) as failed:
        await courier.send("https://closed.example.test/", "POST", [], attempts.append)
    assert failed.value.code == 11205
    assert [a.fault for a in attempts] == ["ct", "ct"]


async def test_a_slow_answer_runs_into_the_read_timeout(office: Office, courier: Courier) -> None:
    office.page("/slow", hang)
    with pytest.raises(Undelivered) as failed:
        await courier.send(f"{VOICE}/slow#rt=100", "POST", [], unseen)
    assert (failed.value.code, failed.value.fault) == (11200, "rt")


async def test_the_total_timeout_bounds_all_attempts(office: Office, courier: Courier) -> None:
    attempts: list[Attempt] = []
    office.page("/slow", hang)
    with pytest.raises(Undelivered) as failed:
        await courier.send(f"{VOICE}/slow#rt=100&tt=250&rc=5&rp=rt", "POST", [], attempts.append)
    assert failed.value.code == 11200
    assert len(attempts) < 6


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://unknown.example.test/", 11210),
        ("https://93.184.216.34/", 11210),
        ("/relative", 11100),
        ("wss://voice.example.test/", 11210),
        ("http://[broken/", 11100),
        ("https://voice.example.test/a b", 11100),
    ],
)
async def test_urls_that_lead_nowhere_fail_with_their_code(courier: Courier, url: str, code: int) -> None:
    with pytest.raises(Undelivered) as failed:
        await courier.send(url, "POST", [], unseen)
    assert failed.value.code == code


async def test_a_body_is_read_only_a_little_beyond_what_is_allowed(office: Office, courier: Courier) -> None:
    office.page("/big", web.Response(body=b"x" * 1_000_000))
    reply = await courier.send(f"{VOICE}/big", "POST", [], unseen)
    assert len(reply.body) == 64 * 1024 + 1
