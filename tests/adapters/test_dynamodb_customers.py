"""Who a caller is, is compared here, and guessed nowhere."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_bookings import table_spec
from shared.adapters.dynamodb_customers import TRIES_A_DAY, VERIFY_CUSTOMER, DynamoDbCustomers
from shared.core.events import JsonValue
from shared.ports import Refused
from tests.adapters.moto_server import live_client

RIGHT = {"customer_number": "204417", "zip": "10027"}
WRONG = {**RIGHT, "zip": "10001"}


class Clock:
    now = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["boto3", "live"])
def customers(
    request: pytest.FixtureRequest, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DynamoDbCustomers]:
    """By boto3's client, and by that of the live loop."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws(), live_client() as live, ThreadPoolExecutor(1) as threads:
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("bookings"))
        made = DynamoDbCustomers(
            client if request.param == "boto3" else live, "bookings", threads=threads, now=lambda: clock.now
        )
        made.put("204417", "Grace Miller", {"zip": "10027", "town": "New York"})
        yield made


async def verify(customers: DynamoDbCustomers, arguments: dict[str, str]) -> dict[str, Any]:
    found: dict[str, JsonValue] = dict(await customers.run(VERIFY_CUSTOMER, arguments, key="CA1:identify:0"))
    return found


async def test_f3_who_knows_what_the_table_knows_is_the_customer(customers: DynamoDbCustomers) -> None:
    assert await verify(customers, RIGHT) == {"name": "Grace Miller", "identity": "Grace Miller"}
    assert "name" in await verify(customers, {**RIGHT, "town": "NEW  york"})


@pytest.mark.parametrize(
    "claims",
    [WRONG, {**RIGHT, "customer_number": "204418"}, {**RIGHT, "town": "Boston"}, {**RIGHT, "born": "x"}],
    ids=["another ZIP", "nobody's number", "one of two", "something the table does not know"],
)
async def test_f3_who_does_not_know_it_all_is_nobody(customers: DynamoDbCustomers, claims: dict[str, str]) -> None:
    assert await verify(customers, claims) == {"problem": "no_match"}


async def test_f3_nobody_guesses_all_day_long_even_in_many_calls(customers: DynamoDbCustomers, clock: Clock) -> None:
    for _ in range(TRIES_A_DAY):
        assert await verify(customers, WRONG) == {"problem": "no_match"}
    assert await verify(customers, RIGHT) == {"problem": "locked"}
    clock.now += timedelta(days=1)
    assert "name" in await verify(customers, RIGHT)


@pytest.mark.parametrize("claims", [{"customer_number": "204417"}, {"zip": "10027"}, {}])
async def test_an_agent_file_that_asks_for_too_little_is_refused(
    customers: DynamoDbCustomers, claims: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        await verify(customers, claims)
    with pytest.raises(Refused):
        await customers.run("other", RIGHT, key="k")
