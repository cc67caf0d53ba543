"""A batch of the queue: what fails comes again, and nothing else does."""

import json
import logging
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.finished_calls import Answer, Publisher, publish
from shared.adapters.dynamodb_stream import rows_of
from shared.core.rules.person import OptOut
from shared.ports import LogEntry, Unavailable
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.finish_call import finish_call
from tests.campaigns import FakeCampaigns
from tests.fakes import FakeCallStore, FakeEventBus
from tests.payments import FakePayments
from tests.usecases.clinic import CALL_SID, NOW, OTHER_SID, streaming
from tests.usecases.finished_call import TRANSCRIPT, WORDS, finished

PERSON = "+14155550142"


def message(message_id: str, body: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "attributes": {"ApproximateReceiveCount": "1"}}


def of_call(call_sid: str) -> str:
    return json.dumps({"call_sid": call_sid})


def send(store: FakeCallStore, bus: FakeEventBus, *bodies: str, campaigns: FakeCampaigns | None = None) -> Answer:
    """The answer to a batch whose messages are numbered from 0."""
    campaigns, later = campaigns or FakeCampaigns(), lambda: NOW + timedelta(minutes=5)
    outgoing = Outgoing(campaigns, campaigns.ledger)
    deps = Publisher(store, bus, partial(rows_of, "calls"), later, FakePayments(), outgoing, campaigns)
    return publish(deps, {"Records": [message(str(number), body) for number, body in enumerate(bodies)]})


def failed(*numbers: int) -> Answer:
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in numbers]}


def test_p5_each_message_publishes_its_call() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)

    assert send(store, bus, of_call(CALL_SID), of_call(CALL_SID)) == failed()
    (event,) = bus.published
    assert event.detail["transcript"] == TRANSCRIPT


def test_x4_a_call_back_that_the_agent_has_promised_is_told_beside_its_call() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    streaming(store)
    booked = {"name": "request_callback", "arguments": {"topic": "my bill"}, "result": {"calls_back": "agent"}}
    store.append(CALL_SID, [LogEntry("01-00001", "tool", NOW, booked)])
    finish_call(store, CALL_SID, NOW)

    assert send(store, bus, of_call(CALL_SID), of_call(CALL_SID)) == failed()
    assert [event.kind for event in bus.published] == ["call.finished", "callback.due"]


def test_o6_who_opted_out_by_text_is_told_to_the_companys_systems() -> None:
    bus, campaigns = FakeEventBus(), FakeCampaigns()
    campaigns.ledger.opt_out(PERSON, OptOut(NOW, "text message", "SM1"))

    bus.fail(Unavailable("no bus"))
    assert send(FakeCallStore(), bus, json.dumps({"opted_out": PERSON}), campaigns=campaigns) == failed(0)
    bus.fail(None)
    assert send(FakeCallStore(), bus, json.dumps({"opted_out": PERSON}), campaigns=campaigns) == failed()

    (event,) = bus.published
    assert event.kind == "optout.recorded"
    assert {event.detail["called"], event.detail["how"], event.detail["reference"]} == {PERSON, "text message", "SM1"}


def test_p5_one_that_fails_holds_no_other_up() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)

    assert send(store, bus, of_call(OTHER_SID), "{", of_call(CALL_SID)) == failed(0, 1)
    assert len(bus.published) == 1


def test_p5_a_bus_that_is_away_lets_all_come_again() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)
    bus.fail(Unavailable("no bus"))

    assert send(store, bus, of_call(CALL_SID)) == failed(0)
    bus.fail(None)
    assert send(store, bus, of_call(CALL_SID)) == failed()


def test_the_log_says_which_call_failed_and_nothing_of_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)
    bus.fail(Unavailable("no bus"))

    send(store, bus, of_call(CALL_SID), "elsewhere")

    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.message for record in lines] == ["not_published", "message_not_understood"]
    assert [record.__dict__.get("call_sid") for record in lines] == [CALL_SID, None]
    assert WORDS not in caplog.text
    assert "elsewhere" not in caplog.text


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_whatever_else_is_in_a_message_it_only_fails(body: str) -> None:
    assert send(FakeCallStore(), FakeEventBus(), body) == failed(0)
