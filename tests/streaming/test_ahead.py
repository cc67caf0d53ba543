"""People are rung while the agent still says so: over a real socket, with fakes behind the ports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from shared.core.agent import Destination, DestinationKind
from shared.core.next_step import HandOver
from shared.core.take_over import taken_over_by
from shared.core.transfer import Transfer
from shared.core.transfer_events import Phase, Why
from shared.ports import ModelText, ModelToolCall, Transcript, Unavailable
from shared.usecases.transfer_legs import put_through
from streaming.voice_activity import VoiceActivity
from tests.streaming.conftest import CLINIC, Service, service_parts, serving
from tests.streaming.test_call_runner import CLOSED, TOKEN, heard_until_clear, said
from tests.streaming.twilio import SILENCE, TwilioSocket, calling

STEP = HandOver("desk", "asked")
DESK = Destination(DestinationKind.NUMBER, "+353861111111", "the desk")
SAYS = "I will put you through."
AGENT = replace(CLINIC, routes=(replace(CLINIC.routes[0], say=SAYS, destinations=(DESK,)),))


@pytest.fixture
async def reached(silero: VoiceActivity) -> AsyncIterator[Service]:
    """The clinic, whose desk can be rung."""
    with service_parts(silero, AGENT) as service:
        async with serving(service.app) as service.port:
            yield service


def transfer(service: Service, call_sid: str) -> Transfer:
    kept = service.switch.transfers.transfer(call_sid, 1)
    assert kept is not None
    return kept.transfer


async def comes(condition: Callable[[], bool]) -> None:
    """Wait until threads have made it so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # fakes that other rooms share have no hook for it
            await asyncio.sleep(0.005)


async def asks_for_people(service: Service, line: TwilioSocket, call_sid: str) -> None:
    """The agent says that it puts the caller through, and a phone rings."""
    await service.listening(call_sid)
    line.plays = False
    service.model.script(ModelToolCall("t1", "transfer", '{"to": "desk"}'))
    await said(service, call_sid, "a human please")
    await service.voice.changes.until(lambda: service.voice.spoken[-1].text == SAYS)
    await comes(lambda: len(service.telephony.rung) == 1)


async def test_x1_a_phone_rings_while_the_caller_hears_so_and_once(reached: Service) -> None:
    call_sid = reached.new_call()
    async with calling(reached.port, call_sid, TOKEN) as line:
        await asks_for_people(reached, line, call_sid)
        assert reached.call(call_sid).next_step == STEP
        assert not reached.kinds(call_sid).count("transfer")
        for mark in line.marks[3:]:
            await line.mark(mark)
        assert await line.closed() == CLOSED
    await reached.idle()
    call = reached.call(call_sid)
    assert call.next_step == STEP
    put_through(reached.switch, call, STEP)
    assert len(reached.telephony.rung) == 1
    assert (transfer(reached, call_sid).phase, transfer(reached, call_sid).ahead) == (Phase.RINGING, False)


async def test_x1_what_is_known_of_the_caller_is_written_before_anybody_is_rung(reached: Service) -> None:
    call_sid = reached.new_call()
    async with calling(reached.port, call_sid, TOKEN) as line:
        await asks_for_people(reached, line, call_sid)
        kept = reached.switch.transfers.transfer(call_sid, 1)
        assert kept is not None
        assert kept.briefing["last_turns"][-1] == {"who": "caller", "text": "a human please"}  # type: ignore[index]


async def test_x1_a_caller_who_says_stop_is_not_put_through_and_the_phone_falls_silent(reached: Service) -> None:
    call_sid = reached.new_call()
    async with calling(reached.port, call_sid, TOKEN) as line:
        await asks_for_people(reached, line, call_sid)
        await heard_until_clear(line)
        line.plays = True
        reached.model.script(ModelText("All right."))
        stop = Transcript("r2", "no stop", is_final=True, stable_words=2)
        (await reached.hearing.stream()).say(stop)
        await line.say(SILENCE * 100)
        await comes(lambda: len(reached.telephony.hung_up) == 1)
        await comes(lambda: reached.call(call_sid).next_step is None)
    await reached.idle()
    assert transfer(reached, call_sid).why is Why.CALLED_OFF
    assert reached.telephony.redirected == []


async def test_x1_a_caller_who_hangs_up_meanwhile_leaves_no_phone_ringing(reached: Service) -> None:
    call_sid = reached.new_call()
    async with calling(reached.port, call_sid, TOKEN) as line:
        await asks_for_people(reached, line, call_sid)
        await line.stop(call_sid)
    await reached.idle()
    assert reached.telephony.hung_up == [f"CA{1:032x}"]
    assert reached.call(call_sid).ended_at is not None


async def test_r6_when_the_stream_breaks_meanwhile_the_phone_rings_on(reached: Service) -> None:
    call_sid = reached.new_call()
    async with calling(reached.port, call_sid, TOKEN) as line:
        await asks_for_people(reached, line, call_sid)
    await reached.idle()
    assert reached.telephony.hung_up == []
    assert reached.call(call_sid).next_step == STEP


async def test_who_takes_the_call_over_first_has_it(reached: Service) -> None:
    call_sid = reached.new_call()
    async with calling(reached.port, call_sid, TOKEN) as line:
        await reached.listening(call_sid)
        assert reached.store.take_over(call_sid, taken_over_by("ann"), stream=1)
        reached.model.script(ModelToolCall("t1", "transfer", '{"to": "desk"}'))
        await said(reached, call_sid, "a human please")
        assert await line.closed() == CLOSED
    await reached.idle()
    assert reached.telephony.rung == []
    assert reached.call(call_sid).next_step == taken_over_by("ann")


async def test_r6_a_carrier_that_takes_no_order_does_not_touch_what_the_agent_says(reached: Service) -> None:
    call_sid = reached.new_call()
    reached.telephony.refuse(Unavailable("down"))
    reached.model.script(ModelToolCall("t1", "transfer", '{"to": "desk"}'))
    async with calling(reached.port, call_sid, TOKEN) as line:
        await said(reached, call_sid, "a human please")
        assert await line.closed() == CLOSED
    await reached.idle()
    assert [entry.data["text"] for entry in reached.entries(call_sid, "agent")][-1] == SAYS
    assert reached.call(call_sid).next_step == STEP
    assert transfer(reached, call_sid).why is Why.FAILED
