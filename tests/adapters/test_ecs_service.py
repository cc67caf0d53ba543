"""A task is asked of ECS: a stand-in that speaks its protocol, and AWS's own client."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.cloud.ecs import Config, running
from shared.adapters.ecs_service import EcsService
from shared.ports import ProviderError, Refused, Unavailable
from tests.local.cloud.client import aws

CLUSTER, SERVICE = "switchboard-test", "streaming"


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    """Of a service whose tasks take longer than any test."""
    async with running(Config(CLUSTER, SERVICE, (sys.executable, "-c", ""), start_s=300)) as ecs:
        yield aws("ecs", ecs.endpoint)


def desired(client: Any) -> int:
    return int(client.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]["desiredCount"])


async def test_t7_one_task_is_started_where_none_is_wanted(client: Any) -> None:
    assert await asyncio.to_thread(EcsService(client, CLUSTER, SERVICE).start_one)
    assert await asyncio.to_thread(desired, client) == 1


@pytest.mark.parametrize("wanted", [1, 3])
async def test_t7_a_service_that_has_tasks_is_left_as_it_is(client: Any, wanted: int) -> None:
    await asyncio.to_thread(lambda: client.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=wanted))

    assert not await asyncio.to_thread(EcsService(client, CLUSTER, SERVICE).start_one)
    assert await asyncio.to_thread(desired, client) == wanted


@pytest.mark.parametrize(
    ("cluster", "service", "told"),
    [("another", SERVICE, "ECS: ClusterNotFoundException"), (CLUSTER, "another", "there is no service another")],
)
async def test_a_service_that_is_not_there_is_told(client: Any, cluster: str, service: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        await asyncio.to_thread(EcsService(client, cluster, service).start_one)


def test_ecs_that_does_not_answer_is_unavailable(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match="ECS: EndpointConnectionError") as error:
        EcsService(aws("ecs", f"http://127.0.0.1:{unused_tcp_port}"), CLUSTER, SERVICE).start_one()
    assert isinstance(error.value, ProviderError)
