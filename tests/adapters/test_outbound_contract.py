"""What every Outbound does: the fake, and Twilio's REST API at the carrier stand-in."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.twilio_outbound import TwilioOutbound
from shared.core.call_status import CallStatus
from shared.ports.outbound import CallOrder, Outbound
from tests.local.carrier.office import ACCOUNT, CLINIC, TOKEN, VOICE, telephony
from tests.outbound import FakeOutbound

PERSON = "+14155550111"
ORDER = CallOrder(
    to=PERSON,
    from_=CLINIC,
    url=f"{VOICE}/answer",
    fallback_url=f"{VOICE}/fallback",
    status_url=f"{VOICE}/status",
    machine_url=f"{VOICE}/machine",
    ring_s=20,
    time_limit_s=600,
)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["fake", "twilio"])
async def outbound(request: pytest.FixtureRequest) -> AsyncIterator[Outbound]:
    if request.param == "fake":
        yield FakeOutbound()
        return
    async with telephony() as t:
        yield TwilioOutbound(ACCOUNT, TOKEN, url=t.carrier.url)


async def test_a_call_that_was_placed_is_found_by_its_number_and_by_its_name(outbound: Outbound) -> None:
    sid = await asyncio.to_thread(outbound.place, ORDER)
    (found,) = await asyncio.to_thread(outbound.find, PERSON, LONG_AGO)
    assert found.call_sid == sid
    call = await asyncio.to_thread(outbound.status, sid)
    assert call is not None
    assert call.call_sid == sid
    assert abs(call.placed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert call.answered_by == ""


async def test_calls_to_others_and_those_of_before_are_not_found(outbound: Outbound) -> None:
    await asyncio.to_thread(outbound.place, ORDER)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await asyncio.to_thread(outbound.find, PERSON, later) == ()
    assert await asyncio.to_thread(outbound.find, "+14155550112", LONG_AGO) == ()


async def test_a_call_nobody_placed_is_not_known(outbound: Outbound) -> None:
    assert await asyncio.to_thread(outbound.status, "CA" + "9" * 32) is None


async def test_a_call_that_is_cancelled_ends_and_may_be_cancelled_again(outbound: Outbound) -> None:
    sid = await asyncio.to_thread(outbound.place, ORDER)
    await asyncio.to_thread(outbound.cancel, sid)
    await asyncio.to_thread(outbound.cancel, sid)
    async with asyncio.timeout(5):
        while (call := await asyncio.to_thread(outbound.status, sid)) and not call.status.is_terminal:
            pass
    assert call is not None
    assert call.status in (CallStatus.CANCELED, CallStatus.FAILED)
