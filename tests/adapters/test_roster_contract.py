"""What every Roster does: the fake, and DynamoDB."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from local.cloud.emulator import emulator
from shared.adapters.dynamodb_calls import table_spec
from shared.adapters.dynamodb_roster import DynamoDbRoster
from shared.ports import Refused
from shared.ports.fleet import Roster
from tests.fakes import FakeRoster

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = 30 * SECOND

_numbers = count()


@pytest.fixture(scope="module")
def tables() -> Iterator[Callable[[], DynamoDbRoster]]:
    """A table for each roster: a stage has one."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        client = boto3.client("dynamodb", region_name="eu-west-1")

        def made() -> DynamoDbRoster:
            name = f"calls-{next(_numbers)}"
            client.create_table(**table_spec(name))
            return DynamoDbRoster(client, name)

        yield made


@pytest.fixture(params=["fake", "dynamodb"])
def roster(request: pytest.FixtureRequest, tables: Callable[[], DynamoDbRoster]) -> Roster:
    return FakeRoster() if request.param == "fake" else tables()


def test_a_task_is_counted_on_for_as_long_as_it_says(roster: Roster) -> None:
    assert roster.awake_since(NOW) is None
    roster.announce("one", NOW, NOW + LEASE)

    assert roster.awake_since(NOW + LEASE - SECOND) == NOW
    assert roster.awake_since(NOW + LEASE) is None


def test_a_renewed_word_does_not_change_since_when(roster: Roster) -> None:
    roster.announce("one", NOW, NOW + LEASE)
    roster.announce("one", NOW, NOW + 2 * LEASE)

    assert roster.awake_since(NOW + LEASE) == NOW


def test_of_several_tasks_the_eldest_that_lives_counts(roster: Roster) -> None:
    roster.announce("one", NOW, NOW + LEASE)
    roster.announce("two", NOW + SECOND, NOW + 2 * LEASE)

    assert roster.awake_since(NOW + SECOND) == NOW
    assert roster.awake_since(NOW + LEASE) == NOW + SECOND


def test_a_task_that_takes_its_word_back_is_not_counted_on(roster: Roster) -> None:
    roster.announce("one", NOW, NOW + LEASE)
    roster.withdraw("one")
    roster.withdraw("never announced")

    assert roster.awake_since(NOW) is None


def test_one_of_many_asks_and_another_after_a_while(roster: Roster) -> None:
    assert roster.ask(NOW, NOW + LEASE) == NOW
    assert roster.ask(NOW + SECOND, NOW + LEASE) is None
    assert roster.ask(NOW + LEASE, NOW + 2 * LEASE) == NOW


def test_once_a_task_has_come_none_is_wanted_any_more(roster: Roster) -> None:
    roster.ask(NOW, NOW + LEASE)
    roster.announce("one", NOW + SECOND, NOW + 2 * SECOND)

    assert roster.ask(NOW + 2 * SECOND, NOW + LEASE) == NOW + 2 * SECOND


@pytest.mark.e2e
def test_of_many_at_once_one_is_told_to_ask() -> None:
    """On an emulator that keeps its word to several at once, which moto's in this process does not."""
    with asyncio.Runner() as runner:
        running = emulator()
        url = runner.run(running.__aenter__())
        try:
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=url, **keys)
            client.create_table(**table_spec("calls"))
            roster = DynamoDbRoster(client, "calls")
            with ThreadPoolExecutor(8) as threads:
                told = list(threads.map(lambda _: roster.ask(NOW, NOW + LEASE), range(16)))
            assert sorted(told, key=str) == [NOW, *[None] * 15]
        finally:
            runner.run(running.__aexit__(None, None, None))


type Operation = Callable[[Roster], object]

_times = st.integers(0, 90).map(lambda seconds: NOW + seconds * SECOND)
_tasks = st.sampled_from(["one", "two"])
_operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(lambda task, since, until: lambda r: r.announce(task, since, until), _tasks, _times, _times),
    st.builds(lambda task: lambda r: r.withdraw(task), _tasks),
    st.builds(lambda now: lambda r: r.awake_since(now), _times),
    st.builds(lambda now: lambda r: r.ask(now, now + LEASE), _times),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_operations, max_size=12))
def test_any_history_gives_the_fake_and_dynamodb_the_same_answers(
    tables: Callable[[], DynamoDbRoster], operations: list[Operation]
) -> None:
    fake, dynamodb = FakeRoster(), tables()

    for operation in operations:
        assert operation(fake) == operation(dynamodb)


def test_a_table_that_is_not_there_is_told_by_name() -> None:
    with mock_aws():
        client = boto3.client(
            "dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        roster = DynamoDbRoster(client, "nowhere")
        operations: list[Operation] = [
            lambda r: r.announce("one", NOW, NOW),
            lambda r: r.awake_since(NOW),
            lambda r: r.ask(NOW, NOW),
        ]
        for operation in operations:
            with pytest.raises(Refused, match="DynamoDB: ResourceNotFoundException"):
                operation(roster)
