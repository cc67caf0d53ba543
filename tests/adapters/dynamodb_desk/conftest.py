from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_desk.rows import table_spec

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

_tables = count()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield boto3.client("dynamodb", region_name="eu-west-1")


def new_table(dynamodb: Any) -> str:
    """An empty one."""
    name = f"desk-{next(_tables)}"
    dynamodb.create_table(**table_spec(name))
    return name


@pytest.fixture
def table(dynamodb: Any) -> str:
    """A table of the test's own."""
    return new_table(dynamodb)
