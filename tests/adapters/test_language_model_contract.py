"""What every LanguageModel does: the fake, OpenAI chat completions and Bedrock, each over its own protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from shared.failover import Candidate, RepliesInTurn
from shared.ports import ModelEvent, ModelText, ModelToolCall, ModelUsage, ProviderError
from tests.adapters.language_model_vendors import REMOTE, FakeVendor, Vendor, running
from tests.fakes import PATIENCE_S, FakeLanguageModel

MESSAGES = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Book me in."})
TOOLS = ({"type": "function", "function": {"name": "book", "parameters": {"type": "object", "properties": {}}}},)
REPLY: list[ModelEvent] = [
    ModelText("Let me "),
    ModelText("see."),
    ModelToolCall("call_1", "book", '{"day": "Tuesday"}'),
    ModelToolCall("call_2", "end_call", "{}"),
    ModelUsage(120, 30),
]


@pytest.fixture(params=["fake", "in turn", *REMOTE])
async def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    if request.param in REMOTE:
        async with running(request.param) as remote:
            yield remote
        return
    vendor = FakeVendor()
    if request.param == "in turn":
        vendor.language_model = RepliesInTurn([Candidate("fake", vendor.fake), Candidate("other", FakeLanguageModel())])
    yield vendor


async def _replied(vendor: Vendor) -> list[ModelEvent]:
    async with asyncio.timeout(PATIENCE_S):
        return [event async for event in vendor.language_model.reply(MESSAGES, TOOLS)]


async def test_text_comes_as_written_calls_whole_and_usage_last(vendor: Vendor) -> None:
    vendor.will_reply(REPLY, then="over")

    assert await _replied(vendor) == REPLY


async def test_messages_and_tools_reach_the_model(vendor: Vendor) -> None:
    vendor.will_reply(REPLY, then="over")

    await _replied(vendor)

    assert vendor.asked() == (list(MESSAGES), list(TOOLS))


async def test_a_reply_that_breaks_off_is_named(vendor: Vendor) -> None:
    vendor.will_reply([ModelText("Let me ")], then="breaks")

    with pytest.raises(ProviderError):
        await _replied(vendor)


async def test_the_first_words_do_not_wait_for_the_last_and_closing_cancels(vendor: Vendor) -> None:
    vendor.will_reply([ModelText("Let me ")], then="stalls")

    async with aclosing(vendor.language_model.reply(MESSAGES, TOOLS)) as reply:
        async with asyncio.timeout(PATIENCE_S):
            assert await anext(reply) == ModelText("Let me ")

    await vendor.changes.until(lambda: vendor.cancelled() == 1)
