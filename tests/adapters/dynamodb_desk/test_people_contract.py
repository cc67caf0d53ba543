"""What every People does: the fake, and DynamoDB. One call has a person, whoever asks at the same time."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cloud.emulator import emulator
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_desk.rows import table_spec
from shared.core.presence import Presence
from shared.ports import Person
from tests.adapters.dynamodb_desk.conftest import Clock, new_table
from tests.people import FakePeople

ANN = Person("p-ann", "Ann", ("billing",), "+14155550111", "ann")
BEN = Person("p-ben", "Ben", ("billing", "sales"), "sip:ben@example.com", "ben")
LEASE = timedelta(seconds=60)

type Someone = FakePeople | DynamoDbPeople


@pytest.fixture(params=["fake", "dynamodb"])
def people(request: pytest.FixtureRequest, dynamodb: Any, table: str, clock: Clock) -> Someone:
    return FakePeople(clock) if request.param == "fake" else DynamoDbPeople(dynamodb, table, now=clock)


def arrive(people: Someone, *persons: Person) -> None:
    for person in persons:
        people.sign_in(person)
        people.be(person.id, Presence.FREE)


def test_only_people_of_the_team_who_are_there_and_free_can_be_rung(people: Someone, clock: Clock) -> None:
    arrive(people, ANN, BEN)

    assert people.free("billing", clock()) == (ANN, BEN)
    assert people.free("sales", clock()) == (BEN,)
    assert people.free("support", clock()) == ()


def test_who_signs_in_is_away_until_they_say_otherwise(people: Someone, clock: Clock) -> None:
    people.sign_in(ANN)

    assert people.free("billing", clock()) == ()
    assert not people.claim(ANN.id, "CA1", clock() + LEASE)


def test_who_wants_a_call_may_have_it_without_having_said_that_they_are_free(people: Someone, clock: Clock) -> None:
    people.sign_in(ANN)

    assert people.claim(ANN.id, "CA1", clock() + LEASE, willing=True)
    assert not people.claim(ANN.id, "CA2", clock() + LEASE, willing=True)
    people.release(ANN.id, "CA1")
    people.left(ANN.id)
    assert not people.claim(ANN.id, "CA1", clock() + LEASE, willing=True)


def test_a_person_is_known_by_the_name_they_sign_in_with(people: Someone) -> None:
    arrive(people, ANN, BEN)

    assert people.person("ben") == BEN
    assert people.person("eve") is None


def test_who_has_waited_longest_is_first(people: Someone, clock: Clock) -> None:
    arrive(people, BEN)
    clock.pass_by(1)
    arrive(people, ANN)

    assert people.free("billing", clock()) == (BEN, ANN)
    assert people.claim(BEN.id, "CA1", clock() + LEASE)
    clock.pass_by(1)
    people.release(BEN.id, "CA1")
    assert people.free("billing", clock()) == (ANN, BEN)


def test_a_page_that_is_closed_or_silent_for_long_makes_nobody_free(people: Someone, clock: Clock) -> None:
    arrive(people, ANN, BEN)
    people.left(ANN.id)
    clock.pass_by(100)
    people.seen(BEN.id)

    assert people.free("billing", clock()) == (BEN,)
    clock.pass_by(151)
    assert people.free("billing", clock()) == ()
    assert not people.claim(BEN.id, "CA1", clock() + LEASE)


def test_a_person_without_a_phone_is_not_rung(people: Someone, clock: Clock) -> None:
    arrive(people, Person("p-eve", "Eve", ("billing",), ""))

    assert people.free("billing", clock()) == ()


def test_one_call_has_a_person_and_may_prolong_it(people: Someone, clock: Clock) -> None:
    arrive(people, ANN)

    assert people.claim(ANN.id, "CA1", clock() + LEASE)
    assert not people.claim(ANN.id, "CA2", clock() + LEASE)
    assert people.claim(ANN.id, "CA1", clock() + 2 * LEASE)
    assert people.free("billing", clock()) == ()
    clock.pass_by(90)
    people.seen(ANN.id)
    assert not people.claim(ANN.id, "CA2", clock() + LEASE)


def test_a_lease_ends_by_itself(people: Someone, clock: Clock) -> None:
    arrive(people, ANN)
    assert people.claim(ANN.id, "CA1", clock() + LEASE)

    clock.pass_by(60)

    assert people.free("billing", clock()) == (ANN,)
    assert people.claim(ANN.id, "CA2", clock() + LEASE)


def test_a_person_who_went_away_keeps_the_call_that_has_them(people: Someone, clock: Clock) -> None:
    arrive(people, ANN)
    assert people.claim(ANN.id, "CA1", clock() + LEASE)

    people.be(ANN.id, Presence.AFTER_CALL)

    assert people.claim(ANN.id, "CA1", clock() + LEASE)
    people.release(ANN.id, "CA1")
    assert not people.claim(ANN.id, "CA2", clock() + LEASE)


def test_another_calls_release_changes_nothing(people: Someone, clock: Clock) -> None:
    arrive(people, ANN)
    assert people.claim(ANN.id, "CA1", clock() + LEASE)

    people.release(ANN.id, "CA2")
    people.release("p-nobody", "CA1")

    assert not people.claim(ANN.id, "CA2", clock() + LEASE)


def test_an_unknown_person_is_not_claimed(people: Someone, clock: Clock) -> None:
    assert not people.claim("p-nobody", "CA1", clock() + LEASE)
    people.seen("p-nobody")
    people.be("p-nobody", Presence.FREE)
    assert people.free("billing", clock()) == ()


def test_whoever_signs_in_again_keeps_their_state_and_takes_on_the_directorys_word(
    people: Someone, clock: Clock
) -> None:
    arrive(people, ANN)
    moved = Person(ANN.id, "Ann Lee", ("sales",), "+14155550112")

    people.sign_in(moved)

    assert people.free("billing", clock()) == ()
    assert people.free("sales", clock()) == (moved,)


_calls = st.sampled_from(["CA1", "CA2", "CA3"])
_persons = st.sampled_from([ANN, BEN])
_steps = st.one_of(
    st.tuples(st.just("claim"), _persons, _calls),
    st.tuples(st.just("release"), _persons, _calls),
    st.tuples(st.just("wait"), _persons, st.just("")),
    st.tuples(st.sampled_from(list(Presence)), _persons, st.just("")),
)


@given(st.lists(_steps, max_size=12))
@settings(max_examples=40, deadline=None)
def test_a_random_history_leaves_fake_and_dynamodb_agreed_on_who_is_free_and_who_was_claimed(
    dynamodb: Any, history: list[tuple[str, Person, str]]
) -> None:
    clock, name = Clock(), new_table(dynamodb)
    both: tuple[Someone, ...] = (FakePeople(clock), DynamoDbPeople(dynamodb, name, now=clock))
    for people in both:
        arrive(people, ANN, BEN)
    for step, person, call in history:
        clock.pass_by(25 if step == "wait" else 0.001)
        one, other = (_done(people, step, person, call, clock) for people in both)
        assert one == other


def _done(people: Someone, step: str, person: Person, call: str, clock: Clock) -> object:
    match step:
        case "claim":
            won = people.claim(person.id, call, clock() + LEASE)
            return won, people.free("billing", clock())
        case "release":
            people.release(person.id, call)
        case "wait":
            people.seen(person.id)
        case _:
            people.be(person.id, Presence(step))
    return people.free("billing", clock())


@pytest.fixture
def emulated(clock: Clock) -> Iterator[DynamoDbPeople]:
    """On an emulator that keeps its word to several at once, which moto's in this process does not."""
    with asyncio.Runner() as runner:
        running = emulator()
        url = runner.run(running.__aenter__())
        try:
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=url, **keys)
            client.create_table(**table_spec("desk"))
            yield DynamoDbPeople(client, "desk", now=clock)
        finally:
            runner.run(running.__aexit__(None, None, None))


def test_of_many_calls_that_want_one_person_at_once_exactly_one_has_them(
    emulated: DynamoDbPeople, clock: Clock
) -> None:
    arrive(emulated, ANN)
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda number: emulated.claim(ANN.id, f"CA{number}", clock() + LEASE), range(24)))

    assert won.count(True) == 1
