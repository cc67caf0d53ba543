"""One model stands in for another, until it has begun."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from shared.core.actions import Message, ToolSpec
from shared.failover import Candidate, RepliesInTurn
from shared.ports import LanguageModel, ModelEvent, ModelText, ProviderError, Unavailable
from tests.fakes import PATIENCE_S, FakeLanguageModel

DOWN = Unavailable("down")


async def _reply(*replies: Sequence[ModelEvent | ProviderError]) -> list[ModelEvent]:
    models = [FakeLanguageModel(reply) for reply in replies]
    pair = RepliesInTurn([Candidate(str(at), model) for at, model in enumerate(models)])
    async with asyncio.timeout(PATIENCE_S):
        return [event async for event in pair.reply((), ())]


async def test_c3_the_second_model_answers_when_the_first_does_not_begin() -> None:
    assert await _reply([DOWN], [ModelText("Hello.")]) == [ModelText("Hello.")]


async def test_a_reply_that_breaks_off_is_not_begun_anew() -> None:
    with pytest.raises(Unavailable):
        await _reply([ModelText("Hel"), DOWN], [ModelText("Hello.")])


class _BreaksOff:
    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        yield ModelText("Hel")
        await asyncio.Event().wait()


@pytest.mark.parametrize(("owed_s", "well"), [(0.5, True), (1.5, False)])
async def test_c3_whoever_owes_the_rest_when_nobody_listens_any_longer_has_stalled(owed_s: float, well: bool) -> None:
    now = 0.0
    model = Candidate[LanguageModel]("model", _BreaksOff(), lambda: now)
    begun = asyncio.Event()

    async def listen() -> None:
        async for _ in RepliesInTurn([model]).reply((), ()):
            begun.set()

    async with asyncio.timeout(PATIENCE_S):
        listening = asyncio.ensure_future(listen())
        await begun.wait()
        await asyncio.sleep(0)
        now = owed_s
        listening.cancel()
        await asyncio.wait([listening])
    assert model.is_well is well
