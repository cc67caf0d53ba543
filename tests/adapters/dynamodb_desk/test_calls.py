from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.adapters.dynamodb_desk.calls import PAGE, CallLine, DynamoDbDeskCalls
from shared.adapters.dynamodb_desk.rows import text
from tests.adapters.dynamodb_desk.conftest import NOON, Clock


@pytest.fixture
def calls(dynamodb: Any, table: str, clock: Clock) -> DynamoDbDeskCalls:
    return DynamoDbDeskCalls(dynamodb, table, now=clock)


def line(number: int, at: datetime, **more: Any) -> CallLine:
    sid = f"CA{number:032x}"
    return CallLine(sid, f"+1415555{number:04}", "+15550100123", "front_door", "completed", text(at), **more)


def ended(number: int, at: datetime, **more: Any) -> CallLine:
    return line(number, at, ended_at=text(at + timedelta(minutes=2)), outcome="goodbye", **more)


def test_live_calls_are_listed_in_the_order_in_which_they_began(calls: DynamoDbDeskCalls) -> None:
    later, sooner = line(1, NOON), line(2, NOON - timedelta(minutes=1))
    for one in (later, sooner):
        calls.keep(one)

    assert [one.sid for one in calls.live()] == [sooner.sid, later.sid]


def test_a_call_of_which_no_end_was_told_is_live_for_a_day_at_most(calls: DynamoDbDeskCalls, clock: Clock) -> None:
    calls.keep(line(1, NOON))
    clock.pass_by(24 * 3600 + 1)

    assert calls.live() == []


def test_former_calls_are_listed_across_months_the_newest_first(calls: DynamoDbDeskCalls) -> None:
    lines = [ended(number, NOON - timedelta(days=20 * number)) for number in range(1, 6)]
    for one in reversed(lines):
        calls.keep(one)

    assert calls.former() == lines
    assert calls.former(before=lines[1].at) == lines[2:]


def test_x3_a_call_is_found_by_any_words_that_are_shown_of_it(calls: DynamoDbDeskCalls) -> None:
    booked = ended(1, NOON - timedelta(days=40), summary="The caller wanted: book appointment.")
    other = ended(2, NOON - timedelta(days=1), summary="The caller wanted: nothing in particular.")
    for one in (booked, other):
        calls.keep(one)

    assert calls.former("Appointment wanted") == [booked]
    assert calls.former("+14155550002") == [other]
    assert calls.former("front door") == [other, booked]
    assert calls.former("dentist") == []


def test_a_page_has_an_end_and_the_next_begins_there(calls: DynamoDbDeskCalls) -> None:
    lines = [ended(number, NOON - timedelta(minutes=number)) for number in range(1, PAGE + 6)]
    for one in lines:
        calls.keep(one)

    first = calls.former()
    assert first == lines[:PAGE]
    assert calls.former(before=first[-1].at) == lines[PAGE:]
