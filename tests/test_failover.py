"""One model stands in for another, until it has begun."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.failover import Candidate, RepliesInTurn
from shared.ports import ModelEvent, ModelText, ProviderError, Unavailable
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
