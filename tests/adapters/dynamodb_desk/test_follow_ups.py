from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.dynamodb_desk.follow_ups import AGENT, DynamoDbFollowUps
from shared.ports import FollowUpKind, FollowUps
from tests.adapters.dynamodb_desk.conftest import NOON, Clock
from tests.people import FakeFollowUps

TASK, CALLBACK = FollowUpKind.TASK, FollowUpKind.CALLBACK


@pytest.fixture
def follow_ups(dynamodb: Any, table: str, clock: Clock) -> DynamoDbFollowUps:
    return DynamoDbFollowUps(dynamodb, table, now=clock)


@pytest.fixture(params=["fake", "dynamodb"])
def either(request: pytest.FixtureRequest, follow_ups: DynamoDbFollowUps) -> FollowUps:
    return FakeFollowUps() if request.param == "fake" else follow_ups


def test_the_same_is_added_once(either: FollowUps) -> None:
    assert either.add(CALLBACK, "CA1", "wants to move the visit", NOON)
    assert not either.add(CALLBACK, "CA1", "wants to move the visit", NOON)
    assert either.add(CALLBACK, "CA1", "wants to move the visit", NOON, number="+14155550142")
    assert either.add(TASK, "CA1", "wants to move the visit", NOON)


def test_what_is_open_is_listed_by_when_it_is_due(follow_ups: DynamoDbFollowUps) -> None:
    follow_ups.add(TASK, "CA1", "later", NOON + timedelta(hours=1))
    follow_ups.add(CALLBACK, "CA2", "sooner", NOON, number="+14155550142")

    first, second = follow_ups.open()

    assert (first.kind, first.call_sid, first.about, first.number) == (CALLBACK, "CA2", "sooner", "+14155550142")
    assert (second.about, second.taken_by, second.done_by) == ("later", None, None)


def test_one_person_takes_it_and_others_cannot_until_it_is_given_up(follow_ups: DynamoDbFollowUps) -> None:
    follow_ups.add(TASK, "CA1", "send the form", NOON)
    (task,) = follow_ups.open()

    assert follow_ups.take(task.id, "ann")
    assert follow_ups.take(task.id, "ann")
    assert not follow_ups.take(task.id, "ben")
    assert not follow_ups.done(task.id, "ben")
    assert not follow_ups.give_up(task.id, "ben")
    assert follow_ups.give_up(task.id, "ann")
    assert follow_ups.take(task.id, "ben")
    assert follow_ups.open()[0].taken_by == "ben"


def test_what_is_done_is_done_once_and_no_longer_open(follow_ups: DynamoDbFollowUps) -> None:
    follow_ups.add(TASK, "CA1", "send the form", NOON)
    (task,) = follow_ups.open()

    assert follow_ups.done(task.id, "ann")
    assert not follow_ups.done(task.id, "ben")
    assert not follow_ups.take(task.id, "ben")
    assert follow_ups.open() == []


def test_what_is_not_there_cannot_be_taken(follow_ups: DynamoDbFollowUps) -> None:
    assert not follow_ups.take("no-such", "ann")
    assert not follow_ups.done("no-such", "ann")


def booked(follow_ups: DynamoDbFollowUps) -> str:
    """Somebody was promised that the agent calls back."""
    follow_ups.add(CALLBACK, "CA1", "the bill", NOON, number="+14155550142", agent_until=NOON + timedelta(hours=26))
    (found,) = follow_ups.open()
    return found.id


def test_x4_what_the_agent_does_nobody_else_can_take_and_it_is_promised_once(follow_ups: DynamoDbFollowUps) -> None:
    callback = booked(follow_ups)
    later = NOON + timedelta(seconds=3)
    assert not follow_ups.add(CALLBACK, "CA1", "the bill", later, number="+14155550142", agent_until=later)
    assert follow_ups.open()[0].taken_by == AGENT
    assert not follow_ups.take(callback, "ann")
    assert not follow_ups.done(callback, "ann")


def test_x4_what_the_agent_has_done_is_done_and_what_it_has_not_is_peoples(follow_ups: DynamoDbFollowUps) -> None:
    callback = booked(follow_ups)
    follow_ups.called_back("+14155550199", done=True)
    assert follow_ups.open()[0].taken_by == AGENT
    follow_ups.called_back("+14155550142", done=False)
    assert follow_ups.open()[0].taken_by is None
    assert follow_ups.take(callback, "ann")
    follow_ups.called_back("+14155550142", done=True)
    assert follow_ups.open()[0].taken_by == "ann"


def test_x4_what_the_agent_has_done_is_no_longer_open(follow_ups: DynamoDbFollowUps) -> None:
    booked(follow_ups)
    for _ in range(2):
        follow_ups.called_back("+14155550142", done=True)
    assert follow_ups.open() == []


def test_x4_an_agent_that_never_calls_keeps_nobody_from_it(follow_ups: DynamoDbFollowUps, clock: Clock) -> None:
    callback = booked(follow_ups)
    clock.pass_by(27 * 3600)
    assert follow_ups.open()[0].taken_by is None
    assert follow_ups.take(callback, "ann")
    assert not follow_ups.take(callback, "ben")
