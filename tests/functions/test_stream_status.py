"""The stream status callback, as Twilio sends it."""

from datetime import UTC, datetime

import pytest

from shared.core.next_step import HangUp, TurnByTurn
from tests.fakes import FakeCallStore
from tests.functions.carrier import NEXT, STREAM_STARTED, STREAM_STATUS, application, post
from tests.usecases.clinic import CALL_SID, NOW, STREAM_SID, answered, state, streaming

STOPPED = {**STREAM_STARTED, "StreamEvent": "stream-stopped"}
FAILED = {
    **STREAM_STARTED,
    "StreamEvent": "stream-error",
    "StreamError": "31941 - Stream - Invalid Track configuration",
}


async def test_t5_a_stream_event_is_recorded_with_its_time_and_needs_no_reply() -> None:
    store = FakeCallStore()
    streaming(store)

    reply = await post(application(store), STREAM_STATUS, STREAM_STARTED)

    assert (reply.status_code, reply.content) == (204, b"")
    (entry,) = store.log(CALL_SID)
    assert entry.at == datetime(2026, 11, 20, 9, 30, 1, 602648, tzinfo=UTC)
    assert entry.data == {"event": "stream-started", "stream_sid": STREAM_SID}


async def test_a_stream_event_delivered_twice_is_recorded_once() -> None:
    store = FakeCallStore()
    streaming(store)
    app = application(store)

    for fields in (STREAM_STARTED, STOPPED, STREAM_STARTED, STOPPED):
        await post(app, STREAM_STATUS, fields)

    assert [entry.data["event"] for entry in store.log(CALL_SID)] == ["stream-started", "stream-stopped"]


async def test_a_stream_that_stops_after_the_goodbye_finishes_the_call() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    await post(application(store), STREAM_STATUS, STOPPED)

    assert state(store).outcome == "completed"


async def test_t5_a_stream_that_can_never_work_is_acted_on() -> None:
    store = FakeCallStore()
    answered(store)
    app = application(store)

    await post(app, STREAM_STATUS, FAILED)

    assert state(store).next_step == TurnByTurn("stream-error")
    assert "/twilio/turn?turn=1<" in (await post(app, NEXT, STREAM_STARTED)).text


@pytest.mark.parametrize(
    "wrong",
    [{"StreamEvent": ""}, {"StreamEvent": "stream-paused"}, {"StreamSid": ""}, {"StreamSid": CALL_SID}],
)
async def test_an_impossible_stream_event_is_refused(wrong: dict[str, str]) -> None:
    store = FakeCallStore()
    streaming(store)

    assert (await post(application(store), STREAM_STATUS, {**STREAM_STARTED, **wrong})).status_code == 400
    assert store.log(CALL_SID) == []


@pytest.mark.parametrize("timestamp", ["", "soon", "0001-01-01T00:00:00+23:59", "2026-11-20T09:30:00"])
async def test_a_time_that_cannot_be_read_is_the_arrival(timestamp: str) -> None:
    store = FakeCallStore()
    streaming(store)

    await post(application(store), STREAM_STATUS, {**STREAM_STARTED, "Timestamp": timestamp})

    assert store.log(CALL_SID)[0].at == NOW
