"""Stream status callbacks: recorded, and acted on where something can be done."""

import pytest

from shared.core.next_step import HangUp, TakeMessage
from shared.usecases.next_step import next_step
from shared.usecases.record_stream_status import MAX_ERROR_CHARS, StreamEvent, StreamReport, record_stream_status
from shared.wire.twiml import ConnectStream, Redirect
from tests.fakes import FakeCallStore
from tests.usecases.clinic import (
    ADDRESSES,
    AGENTS,
    CALL_SID,
    MESSAGE,
    NOW,
    STREAM_SID,
    answered,
    nobody,
    state,
    streaming,
)


def _report(store: FakeCallStore, event: StreamEvent, error: str = "") -> None:
    record_stream_status(store, AGENTS, StreamReport(CALL_SID, STREAM_SID, event, NOW, error))


def test_every_event_of_a_stream_is_recorded_once() -> None:
    store = FakeCallStore()
    streaming(store)
    for _ in range(2):
        _report(store, StreamEvent.STARTED)
        _report(store, StreamEvent.ERROR, "31950 Stream - Protocol - Invalid message")
        _report(store, StreamEvent.ERROR, "31951 Stream - Protocol - Unknown message")
        _report(store, StreamEvent.STOPPED)

    events = [(entry.data["event"], entry.data.get("code")) for entry in store.log(CALL_SID)]
    assert sorted(events, key=str) == [
        ("stream-error", 31950),
        ("stream-error", 31951),
        ("stream-started", None),
        ("stream-stopped", None),
    ]


def test_a_stream_that_stops_after_the_goodbye_finishes_the_call() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    _report(store, StreamEvent.STOPPED)

    assert state(store).outcome == "completed"


def test_a_late_word_of_a_streams_start_does_not_finish_the_call() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    _report(store, StreamEvent.STARTED)

    assert state(store).ended_at is None


@pytest.mark.parametrize("event", [StreamEvent.STOPPED, StreamEvent.ERROR])
def test_a_stream_that_breaks_before_is_not_the_end_of_the_call(event: StreamEvent) -> None:
    store = FakeCallStore()
    streaming(store)

    _report(store, event, "31924 Stream - WebSocket - Protocol Error")

    assert state(store).ended_at is None
    verbs = next_step(
        store, ADDRESSES, AGENTS, CALL_SID, token="fresh", now=NOW, put_through=nobody, take_payment=nobody
    )
    assert isinstance(verbs[0], ConnectStream)


def test_a_stream_that_stops_while_a_message_is_taken_leaves_the_caller_time_to_speak() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage(MESSAGE, "after-hours"))

    _report(store, StreamEvent.STOPPED)

    assert state(store).ended_at is None


def test_an_error_that_no_reconnect_can_cure_goes_on_turn_by_turn_at_once() -> None:
    store = FakeCallStore()
    answered(store)

    _report(store, StreamEvent.ERROR, "31922 Stream - Invalid URL scheme")

    verbs = next_step(
        store, ADDRESSES, AGENTS, CALL_SID, token="fresh", now=NOW, put_through=nobody, take_payment=nobody
    )
    assert verbs == (Redirect(ADDRESSES.turn_number(1)),)


def test_an_incurable_error_does_not_undo_what_the_agent_decided() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Leave your name.", "after-hours"))

    _report(store, StreamEvent.ERROR, "31941 Stream - Invalid track")

    assert state(store).next_step == TakeMessage("Leave your name.", "after-hours")


def test_a_late_report_about_an_ended_or_unknown_call_is_recorded_and_changes_nothing() -> None:
    store = FakeCallStore()
    _report(store, StreamEvent.ERROR, "31922")
    assert store.get(CALL_SID) is None

    streaming(store)
    store.finish(CALL_SID, "caller-left", NOW)
    before = state(store)
    _report(store, StreamEvent.STOPPED)

    assert state(store) == before
    assert len(store.log(CALL_SID)) == 2


def test_an_error_text_of_any_length_is_kept_short() -> None:
    store = FakeCallStore()
    _report(store, StreamEvent.ERROR, "x" * 1_000)

    (entry,) = store.log(CALL_SID)
    assert entry.data["error"] == "x" * MAX_ERROR_CHARS
    assert entry.data["code"] is None
