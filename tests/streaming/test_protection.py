"""A task with a call is protected; one without is not. The agent is real HTTP, on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from shared.adapters.ecs_agent import EcsAgent
from streaming.live_calls import LiveCalls
from streaming.protection import MINUTES, Protection
from tests.ecs_agent import DENIED, Agent
from tests.ecs_agent import agent as running

BUSY, IDLE = {"ProtectionEnabled": True, "ExpiresInMinutes": MINUTES}, {"ProtectionEnabled": False}


@pytest.fixture
def agent() -> Iterator[Agent]:
    with running() as served:
        yield served


@asynccontextmanager
async def protected(agent: Agent, **times: float) -> AsyncIterator[LiveCalls]:
    """Calls whose comings and goings the agent hears of."""
    protection = Protection(EcsAgent(agent.uri), **times)
    calls = LiveCalls(10, on_busy=protection.busy)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(protection.run())
        with suppress(asyncio.CancelledError):
            yield calls
        task.cancel()


async def told(agent: Agent) -> dict[str, Any]:
    _, state = await asyncio.to_thread(agent.told.get, timeout=10)
    return state


async def test_r6_a_task_is_protected_from_the_first_call_to_the_last(agent: Agent) -> None:
    async with protected(agent) as calls:
        calls.admit()
        assert await told(agent) == BUSY
        calls.admit()
        calls.release()
        calls.release()
        assert await told(agent) == IDLE

    assert agent.told.empty()


async def test_an_idle_task_asks_for_nothing(agent: Agent) -> None:
    async with protected(agent, retry_s=0.01) as calls:
        calls.admit()
        assert await told(agent) == BUSY
        calls.release()
        assert await told(agent) == IDLE
        calls.admit()
        assert await told(agent) == BUSY


async def test_r6_a_task_that_is_never_idle_asks_for_protection_once_and_so_may_be_replaced_at_last(
    agent: Agent,
) -> None:
    async with protected(agent, retry_s=0.01) as calls:
        calls.admit()
        assert await told(agent) == BUSY
        for _ in range(5):
            calls.admit()
            calls.release()
            await asyncio.sleep(0.01)
        calls.release()
        assert await told(agent) == IDLE


async def test_what_failed_is_tried_again_and_no_call_waits_for_it(agent: Agent) -> None:
    agent.answers += [(400, DENIED), (500, b"")]
    async with protected(agent, retry_s=0.01) as calls:
        assert calls.admit()
        assert [await told(agent) for _ in range(3)] == [BUSY] * 3
        calls.release()
        assert await told(agent) == IDLE


async def test_a_call_that_ends_while_the_agent_is_slow_leaves_no_protection_behind(agent: Agent) -> None:
    async with protected(agent) as calls:
        for _ in range(5):
            calls.admit()
            calls.release()
        calls.admit()
        assert await told(agent) == BUSY
        calls.release()
        assert await told(agent) == IDLE
