"""<Enqueue>, <Dial><Queue> and <Leave>: waiting, and being taken out."""

import pytest

from local.carrier.page import Fetch
from local.carrier.phones.script import HangUp, Press, Script, Wait
from local.carrier.record import Webhook
from local.carrier.server import CallHandle
from tests.local.carrier.office import VOICE, Telephony
from tests.local.carrier.people import voice

AGENT = "+14155550177"


def queueing(line: Telephony, wait: str = "", **attributes: str) -> None:
    """The clinic's number lets callers wait."""
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    line.office.page("/voice", f'<Enqueue action="/left"{extra}>support</Enqueue>')
    line.office.page("/wait", wait)
    line.office.page("/left", "<Hangup/>")


async def waiting(line: Telephony, call: CallHandle) -> None:
    await call.timeline.until("queue", 5, state="waiting")


async def agent(line: Telephony, document: str, *steps: Wait | HangUp) -> CallHandle:
    """Somebody of the office calls a number of their own to take callers out."""
    number = line.carrier.exchange.number(AGENT) or line.carrier.exchange.add_number(AGENT)
    number.voice = Webhook(VOICE + "/agent")
    line.office.page("/agent", document)
    line.office.page("/taken", "<Hangup/>")
    return await line.carrier.call("+14155550188", AGENT, Script(*steps))


async def test_who_waits_hears_the_carriers_tune_and_then_the_agent(line: Telephony) -> None:
    queueing(line)
    caller = await line.call(Wait(ms=300), voice(), Wait(ms=60_000))
    await caller.timeline.until("sound", 5, who="agent", speaking=True)
    taker = await agent(line, '<Dial action="/taken"><Queue>support</Queue></Dial>', Wait(ms=800), HangUp())
    await caller.timeline.until("queue", 5, state="bridged")
    left = await line.office.until("/left")
    assert left.fields["QueueResult"] == "bridged"
    assert left.fields["QueueSid"].startswith("QU")
    assert int(left.fields["QueueTime"]) >= 0
    assert await caller.ended(5) == "completed"
    taken = await line.office.until("/taken")
    assert taken.fields["DequeueResult"] == "bridged"
    assert taken.fields["DequeuedCallSid"] == caller.sid
    assert taken.fields["DialBridged"] == "true"
    assert await taker.ended(5) == "completed"


async def test_the_one_who_has_waited_longest_is_taken_first(line: Telephony) -> None:
    queueing(line)
    first, second = await line.call(), await line.call()
    for call in (first, second):
        await waiting(line, call)
    taker = await agent(line, "<Dial><Queue>support</Queue></Dial>")
    await first.timeline.until("queue", 5, state="bridged")
    assert not second.timeline.of("queue", state="bridged")
    taker.hang_up()
    await taker.ended(5)
    await first.ended(5)
    second.hang_up()
    await second.ended(5)
    assert {r.fields["QueueResult"] for r in line.office.at("/left")} == {"bridged", "hangup"}


async def test_the_one_who_waited_is_told_before_the_bridge(spoken: Telephony) -> None:
    queueing(spoken, waitUrl="")
    spoken.office.page("/connecting", "<Say>You are being connected.</Say>")
    caller = await spoken.call()
    await waiting(spoken, caller)
    taker = await agent(spoken, '<Dial action="/taken"><Queue url="/connecting">support</Queue></Dial>')
    told = await spoken.office.until("/connecting")
    assert told.fields["CallSid"] == caller.sid
    assert told.fields["DequeingCallSid"] == taker.sid
    await caller.timeline.until("queue", 5, state="bridged")
    assert caller.timeline.of("sound", who="agent", speaking=True)
    caller.hang_up()
    assert await taker.ended(5) == "completed"
    await caller.ended(5)


async def test_the_wait_document_is_asked_again_and_again_with_the_position(spoken: Telephony) -> None:
    queueing(spoken, "<Say>You are still in the queue.</Say>", waitUrl="/wait")
    caller = await spoken.call()
    third = await spoken.office.until("/wait", 3)
    assert third.fields["QueuePosition"] == "1"
    assert third.fields["CurrentQueueSize"] == "1"
    assert third.fields["MaxQueueSize"] == "1000"
    caller.hang_up()
    await caller.ended(5)


async def test_leave_leaves_the_queue(line: Telephony) -> None:
    queueing(line, '<Pause length="1"/><Leave/>', waitUrl="/wait")
    caller = await line.call()
    assert (await line.office.until("/left")).fields["QueueResult"] == "leave"
    assert await caller.ended(5) == "completed"


async def test_a_key_that_the_wait_document_gathers_reaches_its_action(line: Telephony) -> None:
    queueing(line, '<Gather input="dtmf" numDigits="1" timeout="30" action="/key"/>', waitUrl="/wait")
    line.office.page("/key", "<Leave/>")
    caller = await line.call(Wait(ms=300), Press(digits="*"), Wait(ms=60_000))
    keyed = (await line.office.until("/key")).fields
    assert (keyed["Digits"], keyed["QueuePosition"]) == ("*", "1")
    assert (await line.office.until("/left")).fields["QueueResult"] == "leave"
    assert await caller.ended(5) == "completed"


async def test_hangup_in_the_wait_document_ends_the_call(line: Telephony) -> None:
    queueing(line, "<Hangup/>", waitUrl="/wait")
    caller = await line.call()
    assert await caller.ended(5) == "completed"


async def test_a_full_queue_says_so(line: Telephony) -> None:
    queueing(line, maxQueueSize="1")
    first = await line.call()
    await waiting(line, first)
    second = await line.call()
    assert (await line.office.until("/left", CallSid=second.sid)).fields["QueueResult"] == "queue-full"
    assert await second.ended(5) == "completed"
    first.hang_up()
    await first.ended(5)


async def test_a_caller_who_gives_up_is_told(line: Telephony) -> None:
    queueing(line)
    caller = await line.call(Wait(ms=200), HangUp())
    assert await caller.ended(5) == "completed"
    left = await line.office.until("/left")
    assert (left.fields["QueueResult"], left.fields["CallStatus"]) == ("hangup", "completed")


async def test_a_call_led_out_by_rest_is_told_and_goes_on_there(line: Telephony) -> None:
    queueing(line)
    line.office.page("/elsewhere", "<Hangup/>")
    caller = await line.call()
    await waiting(line, caller)
    line.carrier.exchange.calls[caller.sid].redirect(Fetch(f"{VOICE}/elsewhere", "POST", "update"))
    assert (await line.office.until("/left")).fields["QueueResult"] == "redirected"
    await line.office.until("/elsewhere")
    assert await caller.ended(5) == "completed"


async def test_nobody_waiting_is_no_answer(line: Telephony) -> None:
    taker = await agent(line, '<Dial action="/taken" timeout="5"><Queue>support</Queue></Dial>')
    assert (await line.office.until("/taken")).fields["DialCallStatus"] == "no-answer"
    assert await taker.ended(5) == "completed"


@pytest.mark.parametrize("document", ["<Enqueue/>", f"<Enqueue>{'x' * 65}</Enqueue>", "<Leave/>"])
async def test_what_makes_no_queue_is_complained_of(line: Telephony, document: str) -> None:
    line.office.page("/voice", document)
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [12200]


async def test_a_wait_document_that_cannot_be_had_is_an_error(line: Telephony) -> None:
    queueing(line, waitUrl="https://nowhere.example.test/")
    call = await line.call()
    assert (await line.office.until("/left")).fields["QueueResult"] == "error"
    assert await call.ended(5) == "completed"
