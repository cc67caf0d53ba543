"""What every Outbound does: the fake, and Twilio's REST API at the carrier stand-in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from local.carrier.handset import Answer
from local.carrier.phones.script import Script
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
    picks_up: Callable[[bool], None]
    """Whether the person will; or lets it ring."""
    talks: Callable[[str], Awaitable[None]]
    """Waits until they do, in that call."""


@pytest.fixture(params=["fake", "twilio"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    if request.param == "fake":
        fake = FakeOutbound()

        async def talks(sid: str) -> None:
            fake.becomes(sid, CallStatus.IN_PROGRESS)

        yield Line(fake, lambda error, placed: fake.refuse(error, placed=placed), lambda _: None, talks)
        return
    async with telephony() as t:

        def fails(error: ProviderError, placed: bool) -> None:
            status, code = ANSWERS[type(error)]
            trouble = OrderTrouble(what="calls", status=status, code=code, carried_out=placed)
            t.carrier.exchange.plant.troubles.orders.append(trouble)

        def picks_up(will: bool) -> None:
            t.office.page("/answer", '<Pause length="600"/>')
            t.carrier.exchange.phones[PERSON] = lambda: Script(answer=Answer.PICKED_UP if will else None)

        async def in_call(sid: str) -> None:
            await t.carrier.handle(sid).timeline.until("verb", 5, name="Pause")

        yield Line(TwilioOutbound(ACCOUNT, TOKEN, url=t.carrier.url), fails, picks_up, in_call)


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


async def test_a_call_that_is_called_off_never_goes_through_and_may_be_called_off_again(line: Line) -> None:
    line.picks_up(False)
    sid = await asyncio.to_thread(line.outbound.place, ORDER)
    await asyncio.to_thread(line.outbound.cancel, sid)
    await asyncio.to_thread(line.outbound.cancel, sid)
    assert await ended_as(line.outbound, sid) is CallStatus.CANCELED


async def test_who_has_picked_up_is_not_hung_up_on(line: Line) -> None:
    line.picks_up(True)
    sid = await asyncio.to_thread(line.outbound.place, ORDER)
    await line.talks(sid)
    await asyncio.to_thread(line.outbound.cancel, sid)
    call = await asyncio.to_thread(line.outbound.status, sid)
    assert call is not None
    assert call.status is CallStatus.IN_PROGRESS


async def ended_as(outbound: Outbound, sid: str) -> CallStatus:
    async with asyncio.timeout(5):
        while (call := await asyncio.to_thread(outbound.status, sid)) and not call.status.is_terminal:
            pass
    assert call is not None
    return call.status


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
