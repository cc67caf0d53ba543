"""The Call resource and its status machine."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.record import Record, Status

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def record() -> Record:
    return Record(
        account_sid="AC1", direction="outbound-api", from_="+14155550100", to="+442071838750", created=NOW, sid="CA1"
    )


@given(st.lists(st.sampled_from(Status)))
def test_no_sequence_of_statuses_goes_backwards_or_leaves_a_final_one(statuses: list[Status]) -> None:
    order = [Status.QUEUED, Status.INITIATED, Status.RINGING, Status.IN_PROGRESS]
    call = record()
    for status in statuses:
        before, was_over = call.status, call.over
        moved = call.advance(status, NOW)
        assert moved == (call.status is not before)
        assert not (moved and was_over)
        if moved and status in order:
            assert order.index(status) > order.index(before)
    assert (call.ended is not None) == call.over


def test_duration_counts_from_answer_to_end_in_begun_seconds_and_minutes() -> None:
    call = record()
    for status in (Status.INITIATED, Status.RINGING):
        call.advance(status, NOW)
    call.advance(Status.IN_PROGRESS, NOW + timedelta(seconds=10))
    call.advance(Status.COMPLETED, NOW + timedelta(seconds=70.2))
    fields = dict(call.callback_fields(NOW))
    assert fields["CallDuration"] == "61"
    assert fields["Duration"] == "2"
    assert fields["SipResponseCode"] == "200"
    assert fields["Timestamp"] == "Fri, 20 Nov 2026 12:00:00 +0000"
    assert fields["CallbackSource"] == "call-progress-events"


def test_a_call_never_answered_has_no_duration() -> None:
    call = record()
    call.advance(Status.RINGING, NOW)
    call.advance(Status.NO_ANSWER, NOW + timedelta(seconds=60))
    assert call.duration_s == 0
    assert dict(call.callback_fields(NOW))["SipResponseCode"] == "487"


def test_callbacks_are_numbered_from_zero() -> None:
    call = record()
    numbers = []
    for status in (Status.INITIATED, Status.RINGING, Status.IN_PROGRESS, Status.COMPLETED):
        call.advance(status, NOW)
        numbers.append(dict(call.callback_fields(NOW))["SequenceNumber"])
    assert numbers == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("statuses", "event"),
    [
        ([Status.INITIATED], "initiated"),
        ([Status.RINGING], "ringing"),
        ([Status.RINGING, Status.IN_PROGRESS], "answered"),
        ([Status.RINGING, Status.BUSY], "completed"),
        ([], None),
    ],
)
def test_statuses_are_told_under_the_names_of_callback_events(statuses: list[Status], event: str | None) -> None:
    call = record()
    for status in statuses:
        call.advance(status, NOW)
    assert call.callback_event() == event


def test_the_resource_shows_initiated_as_queued_and_place_fields_are_sent_empty() -> None:
    call = record()
    call.advance(Status.INITIATED, NOW)
    assert call.json()["status"] == "queued"
    fields = dict(call.fields())
    assert fields["FromCountry"] == "US"
    assert fields["ToCountry"] == ""
    assert fields["CalledZip"] == ""
    assert fields["ApiVersion"] == "2010-04-01"
