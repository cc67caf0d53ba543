"""The agent that keeps a busy task from being scaled in."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.adapters.ecs_agent import EcsAgent
from shared.ports import ProviderError, Refused, Unavailable
from tests.ecs_agent import BLOCKED, DENIED, Agent
from tests.ecs_agent import agent as running

PATH = "/api/6e6f/task-protection/v1/state"


@pytest.fixture
def agent() -> Iterator[Agent]:
    with running() as served:
        yield served


def test_r6_a_task_is_protected_for_a_while_and_released(agent: Agent) -> None:
    task = EcsAgent(agent.uri)
    task.protect(60)
    task.release()

    assert agent.told.get(timeout=5) == (PATH, {"ProtectionEnabled": True, "ExpiresInMinutes": 60})
    assert agent.told.get(timeout=5) == (PATH, {"ProtectionEnabled": False})


@pytest.mark.parametrize(
    ("status", "answer", "error", "told"),
    [
        (200, BLOCKED, Refused, "DEPLOYMENT_BLOCKED"),
        (400, DENIED, Refused, "AccessDeniedException"),
        (500, {}, Refused, "500"),
        (200, b"not json", Unavailable, "JSONDecodeError"),
    ],
)
def test_what_the_agent_will_not_do_is_told_with_its_reason(
    agent: Agent, status: int, answer: Any, error: type[ProviderError], told: str
) -> None:
    agent.answers.append((status, answer))

    with pytest.raises(error, match=told):
        EcsAgent(agent.uri).protect(60)


def test_an_agent_that_is_not_there_is_unavailable(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable):
        EcsAgent(f"http://127.0.0.1:{unused_tcp_port}").release()
