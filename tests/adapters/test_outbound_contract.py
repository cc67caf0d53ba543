"""What every Outbound does: the fake, and Twilio's REST API at the carrier stand-in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from local.carrier.trouble import OrderTrouble
from shared.adapters.twilio_outbound import TwilioOutbound
from shared.core.call_status import CallStatus
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.outbound import CallOrder, NumberRefused, Outbound
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
ANSWERS: dict[type[ProviderError], tuple[int, int]] = {
    Unavailable: (503, 20503),
    Throttled: (429, 20429),
    Refused: (400, 21215),
    NumberRefused: (400, 21211),
}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


type Break = Callable[[ProviderError, bool], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A carrier, and how to break it: the next order fails like this, placed all the same or not."""

    outbound: Outbound
    fails: Break


@pytest.fixture(params=["fake", "twilio"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    if request.param == "fake":
        fake = FakeOutbound()
        yield Line(fake, lambda error, placed: fake.refuse(error, placed=placed))
        return
    async with telephony() as t:

        def fails(error: ProviderError, placed: bool) -> None:
            status, code = ANSWERS[type(error)]
            trouble = OrderTrouble(what="calls", status=status, code=code, carried_out=placed)
            t.carrier.exchange.plant.troubles.orders.append(trouble)

        yield Line(TwilioOutbound(ACCOUNT, TOKEN, url=t.carrier.url), fails)


@pytest.fixture
def outbound(line: Line) -> Outbound:
    return line.outbound


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


@pytest.mark.parametrize("error", [Refused("no"), Throttled("later"), NumberRefused("never")], ids=str)
async def test_an_order_that_was_refused_placed_no_call(line: Line, error: ProviderError) -> None:
    line.fails(error, False)
    with pytest.raises(type(error)):
        await asyncio.to_thread(line.outbound.place, ORDER)
    assert await asyncio.to_thread(line.outbound.find, PERSON, LONG_AGO) == ()


@pytest.mark.parametrize("placed", [False, True])
async def test_of_an_order_without_an_answer_only_a_search_knows(line: Line, placed: bool) -> None:
    line.fails(Unavailable("silence"), placed)
    with pytest.raises(Unavailable):
        await asyncio.to_thread(line.outbound.place, ORDER)
    assert len(await asyncio.to_thread(line.outbound.find, PERSON, LONG_AGO)) == int(placed)
