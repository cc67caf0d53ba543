"""Calls that an application orders: how fast they are started, which are refused, and answers that get lost."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests
from twilio.rest import Client

from local.carrier.phones.script import AwaitKey, Script, Wait
from local.carrier.server import CallHandle
from local.carrier.trouble import CallbackTrouble, LineTrouble, OrderTrouble
from tests.local.carrier.office import CLINIC, VOICE, Telephony
from tests.local.carrier.people import HUMAN, OTHER, someone, voice
from tests.local.carrier.rest.conftest import Sdk

EVENTS = ["initiated", "ringing", "answered", "completed"]
HANG_UP = "<Response><Hangup/></Response>"


async def order(sdk: Sdk, to: str = HUMAN, **fields: Any) -> Any:
    return await sdk(lambda c: c.calls.create(to=to, from_=CLINIC, **{"twiml": HANG_UP, **fields}))


def listed(fields: dict[str, Any], client: Client) -> list[Any]:
    return list(client.calls.list(**fields))


def of(line: Telephony, call: Any) -> CallHandle:
    return line.carrier.handle(call.sid)


async def test_one_call_a_second_is_started_and_the_others_are_queued(line: Telephony, sdk: Sdk) -> None:
    someone(line)
    calls = [await order(sdk) for _ in range(3)]
    assert [call.status for call in calls] == ["queued"] * 3
    for call in calls:
        assert await of(line, call).ended(10) == "completed"
    waited = [int(shown.queue_time) for shown in reversed(await sdk(partial(listed, {})))]
    assert waited[0] < 500
    assert waited == sorted(waited)
    begun = [of(line, call).timeline.of("status", status="initiated")[0] for call in calls]
    first, last = (line.carrier.exchange.calls[e.call_sid].record.created for e in (begun[0], begun[-1]))
    between = (last - first).total_seconds() * 1000 + begun[-1].at_ms - begun[0].at_ms
    # Two seconds of calls that pass five times as fast as in life; the clocks are rounded to ms.
    assert between >= 398


async def test_a_call_that_is_called_off_in_the_queue_never_rings(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.account.limits.calls_per_second = 0.01
    someone(line)
    await order(sdk)
    waiting = await order(sdk)
    await sdk(lambda c: c.calls(waiting.sid).update(status="completed"))
    assert await of(line, waiting).ended(5) == "canceled"
    assert [event.detail["status"] for event in of(line, waiting).timeline.of("status")] == ["canceled"]


async def test_an_account_has_no_more_calls_at_once_than_it_may(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.account.limits.calls_at_once = 1
    someone(line)
    await order(sdk, twiml="<Response><Pause length='600'/></Response>")
    refused = await sdk.refusal(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, twiml=HANG_UP))
    assert (refused.status, refused.code) == (400, 10004)


async def test_too_many_requests_at_once_are_turned_away(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.account.limits.requests_at_once = 0
    refused = await sdk.refusal(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, twiml=HANG_UP))
    assert (refused.status, refused.code) == (429, 20429)
    assert list(line.carrier.calls()) == []


@pytest.mark.parametrize("code", [21214, 21215, 21216, 21217, 13224, 13225])
async def test_numbers_that_may_not_be_called_are_refused_by_their_beginning(
    line: Telephony, sdk: Sdk, code: int
) -> None:
    line.carrier.exchange.account.limits.refused = {"+1": 21211, "+1415": code}
    refused = await sdk.refusal(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, twiml=HANG_UP))
    assert (refused.status, refused.code) == (400, code)
    assert list(line.carrier.calls()) == []


async def test_the_last_callback_says_how_the_network_answered(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.phones[HUMAN] = lambda: Script(unconnected=503)
    call = await order(sdk, status_callback=f"{VOICE}/status", status_callback_event=EVENTS)
    assert await of(line, call).ended(5) == "failed"
    told = [request.fields for request in line.office.at("/status")]
    assert sorted(fields["CallStatus"] for fields in told) == ["failed", "initiated"]
    assert [fields["SipResponseCode"] for fields in told if "SipResponseCode" in fields] == ["503"]


async def test_a_broken_line_fails_as_many_calls_as_it_was_told_to(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.plant.troubles.lines.append(LineTrouble(times=2, sip=500))
    someone(line)
    assert [await of(line, await order(sdk)).ended(10) for _ in range(3)] == ["failed", "failed", "completed"]


async def test_keys_are_pressed_for_the_caller_once_the_call_is_answered(line: Telephony, sdk: Sdk) -> None:
    someone(line, AwaitKey(key="2"), voice(), Wait(ms=60_000))
    call = await order(sdk, twiml="<Response><Pause length='600'/></Response>", send_digits="1ww2")
    await of(line, call).timeline.until("phone", 5, step=2)


@pytest.mark.parametrize("digits", ["12x", "1" * 33])
async def test_keys_that_no_telephone_has_are_refused(sdk: Sdk, digits: str) -> None:
    refused = await sdk.refusal(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, twiml=HANG_UP, send_digits=digits))
    assert refused.code == 20001


async def test_of_an_order_that_was_lost_nothing_is_known(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.plant.troubles.orders += [
        OrderTrouble(what="calls", status=503, code=20503),
        OrderTrouble(what="calls", carried_out=True),
    ]
    refused = await sdk.refusal(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, twiml=HANG_UP))
    assert (refused.status, refused.code) == (503, 20503)
    assert await sdk(lambda c: c.calls.list(to=HUMAN)) == []
    refused = await sdk.refusal(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, twiml=HANG_UP))
    assert refused.status == 500
    assert len(await sdk(lambda c: c.calls.list(to=HUMAN))) == 1
    await order(sdk)


@pytest.mark.parametrize("carried_out", [False, True])
async def test_the_line_may_break_before_an_answer_or_after_the_call_was_placed(
    line: Telephony, sdk: Sdk, carried_out: bool
) -> None:
    line.carrier.exchange.plant.troubles.orders.append(
        OrderTrouble(what="calls", answer="reset", carried_out=carried_out)
    )
    with pytest.raises(requests.exceptions.ConnectionError):
        await order(sdk)
    assert len(list(line.carrier.calls())) == int(carried_out)


async def test_calls_are_found_by_whom_when_and_how_they_went(line: Telephony, sdk: Sdk) -> None:
    someone(line)
    someone(line, at=OTHER)
    placed = await order(sdk)
    await order(sdk, to=OTHER)
    await of(line, placed).ended(5)
    before, after = datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC) + timedelta(minutes=5)
    for fields, found in (
        ({"to": HUMAN, "start_time_after": before}, 1),
        ({"to": HUMAN, "start_time_after": after}, 0),
        ({"to": HUMAN, "start_time_before": before}, 0),
        ({"to": HUMAN, "status": "completed"}, 1),
        ({"to": HUMAN, "status": "busy"}, 0),
    ):
        assert len(await sdk(partial(listed, fields))) == found


@pytest.mark.parametrize(
    ("fate", "statuses"),
    [
        ("lost", ["completed", "in-progress", "ringing"]),
        ("twice", ["completed", "in-progress", "initiated", "initiated", "ringing"]),
        ("late", ["completed", "in-progress", "initiated", "ringing"]),
    ],
)
async def test_callbacks_may_be_lost_repeated_or_overtaken(
    line: Telephony, sdk: Sdk, fate: Any, statuses: list[str]
) -> None:
    line.carrier.exchange.plant.troubles.callbacks.append(CallbackTrouble(fate=fate, late_ms=300, purpose="status"))
    someone(line)
    line.office.page("/voice", '<Pause length="600"/>')
    call = await order(
        sdk, url=f"{VOICE}/voice", status_callback=f"{VOICE}/status", status_callback_event=EVENTS, twiml=""
    )
    await of(line, call).timeline.until("verb", 5, name="Pause")
    await sdk(lambda c: c.calls(call.sid).update(status="completed"))
    await of(line, call).ended(5)
    told = [request.fields["CallStatus"] for request in line.office.at("/status")]
    assert sorted(told) == statuses
    if fate == "late":
        assert told.index("initiated") > told.index("ringing")
