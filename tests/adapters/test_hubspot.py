"""Calls noted in HubSpot, over a socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest

from local.crm.hubspot import serving_hubspot
from shared.adapters.hubspot import HubSpot
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.crm import CallNote, Reached

NOTE = CallNote(
    key="CA" + "1" * 32,
    at=datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
    number="+14155550142",
    line="+15550100123",
    outgoing=True,
    reached=Reached.TALKED,
    talked_s=41,
    title="appointment reminder: confirmed",
    body="It is <today>.\nConfirmed.",
)


@pytest.fixture
async def hubspot() -> AsyncIterator[str]:
    async with serving_hubspot() as url:
        yield url


def _lab(url: str, path: str, body: Any = None, method: str = "POST") -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{url}/lab/{path}", data, method=method), timeout=10) as answer:
        return json.load(answer)


async def lab(url: str, path: str, body: Any = None, method: str = "POST") -> Any:
    return await asyncio.to_thread(_lab, url, path, body, method)


async def noted(url: str) -> Any:
    return await lab(url, "calls", method="GET")


async def test_i1_a_call_is_noted_with_whoever_has_the_number(hubspot: str) -> None:
    await lab(hubspot, "contacts", {"firstname": "Grace", "phone": "+1 (415) 555-0199"})
    contact = await lab(hubspot, "contacts", {"firstname": "Peter", "phone": "+1 (415) 555-0142"})
    await asyncio.to_thread(HubSpot("key", url=hubspot).note_call, NOTE)
    (call,) = await noted(hubspot)
    assert call["associations"] == [contact["id"]]
    assert call["properties"] == {
        "hs_timestamp": "2026-11-20T15:30:00+00:00",
        "hs_call_title": "appointment reminder: confirmed",
        "hs_call_body": "It is &lt;today&gt;.<br>Confirmed.",
        "hs_call_direction": "OUTBOUND",
        "hs_call_status": "COMPLETED",
        "hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "hs_call_duration": "41000",
        "hs_call_from_number": "+15550100123",
        "hs_call_to_number": "+14155550142",
        "hs_call_external_id": NOTE.key,
        "hs_call_source": "INTEGRATIONS_PLATFORM",
    }


async def test_i1_a_number_that_nobody_has_is_noted_alone(hubspot: str) -> None:
    await asyncio.to_thread(HubSpot("key", url=hubspot).note_call, NOTE)
    (call,) = await noted(hubspot)
    assert call["associations"] == []


async def test_i1_it_says_whether_a_call_is_noted(hubspot: str) -> None:
    crm = HubSpot("key", url=hubspot)
    assert not await asyncio.to_thread(crm.has_call, NOTE.key)
    await asyncio.to_thread(crm.note_call, NOTE)
    assert await asyncio.to_thread(crm.has_call, NOTE.key)
    assert not await asyncio.to_thread(crm.has_call, "CA" + "2" * 32)


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (502, Unavailable), (400, Refused)])
async def test_what_it_will_not_do_is_told_by_whether_to_try_again(
    hubspot: str, status: int, error: type[ProviderError]
) -> None:
    await lab(hubspot, "fault", {"status": status}, "PUT")
    with pytest.raises(error, match=f"HubSpot: {status}"):
        await asyncio.to_thread(HubSpot("key", url=hubspot).note_call, NOTE)
    assert await noted(hubspot) == []


async def test_one_that_is_not_there_is_unavailable(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await asyncio.to_thread(HubSpot("key", url=f"http://127.0.0.1:{unused_tcp_port}").has_call, NOTE.key)
