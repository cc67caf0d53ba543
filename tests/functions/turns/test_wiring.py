"""Turns as they are deployed: which model thinks, and who thinks in its stead."""

import asyncio
from pathlib import Path

import pytest

from functions import ready_agents
from functions.turns.wiring import dependencies
from shared.ports import ModelEvent, ModelText
from shared.settings import TurnSettings
from tests.adapters.http_server import Exchange, HttpServer
from tests.adapters.language_model_vendors import converse, said, status_answer
from tests.fakes import PATIENCE_S
from tests.test_settings import STREAMING

ROOT = Path(__file__).parents[3]
HELLO: list[ModelEvent] = [ModelText("Hello.")]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    ready_agents.write(tmp_path, [ROOT / "agents" / "front_door.yaml"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    models = {"LANGUAGE_MODEL": "openai,bedrock", "BEDROCK_MODEL": "m"}
    return STREAMING | models | {"AGENTS_DIR": str(tmp_path), "LINES": '{"*": "front_door"}'}


async def _hello(exchange: Exchange) -> None:
    await exchange.begin("application/vnd.amazon.eventstream")
    for kind, data in converse(HELLO):
        await exchange.chunk(said(kind, data))
    await exchange.end()


async def test_c3_the_second_model_thinks_when_the_first_is_down_and_at_once_in_the_next_turn(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HttpServer().running() as first, HttpServer().running() as second:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", second.url)
        settings = TurnSettings.from_environment(environment | {"OPENAI_BASE_URL": f"{first.url}/v1"})
        deps = dependencies(settings, lambda _: None)
        first.script(status_answer(503), status_answer(503))
        second.script(_hello, _hello)

        async def turn() -> list[ModelEvent]:
            async with deps.talk() as talk, asyncio.timeout(PATIENCE_S):
                asked = talk.model.reply(({"role": "user", "content": "Hello?"},), ())
                return [event async for event in asked if isinstance(event, ModelText)]

        for _ in range(2):
            assert await asyncio.to_thread(asyncio.run, turn()) == HELLO  # each event has a loop of its own
        assert len(first.exchanges) == 2  # the adapter's two tries, of the first turn alone
