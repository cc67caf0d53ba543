"""The embedded model of `local.model` behind its port, at the pace of a real one."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import cache

from local.model.engine import Engine
from local.model.protocol import arguments_of, pieces_of, read_request
from shared.core.actions import Message, ToolSpec
from shared.ports import ModelEvent, ModelText, ModelToolCall


@dataclass(frozen=True, slots=True)
class ThinkingPace:
    """How fast words come."""

    first_token_ms: int = 375
    first_token_spread: float = 0.35
    token_ms: int = 15


@cache
def engine() -> Engine:
    """Loaded once, in about a second."""
    return Engine()


class Thinking:
    """LanguageModel."""

    def __init__(self, pace: ThinkingPace, draw: random.Random) -> None:
        self._pace, self._draw = pace, draw
        self._calls = 0

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        body = {"model": "embedded", "messages": list(messages), **({"tools": list(tools)} if tools else {})}
        chat = read_request(json.dumps(body).encode())
        pace = self._pace
        await asyncio.sleep(pace.first_token_ms / 1000 * self._draw.lognormvariate(0, pace.first_token_spread))
        decision = engine().reply(chat.conversation(), chat.offered(), chat.choice())
        for piece in pieces_of(decision.text):
            yield ModelText(piece)
            await asyncio.sleep(pace.token_ms / 1000)
        for call in decision.calls:
            self._calls += 1
            await asyncio.sleep(pace.token_ms * 8 / 1000)
            yield ModelToolCall(f"call_{self._calls}", call.name, arguments_of(call))
