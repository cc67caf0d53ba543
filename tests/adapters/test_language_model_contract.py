"""What every LanguageModel does: the fake, OpenAI chat completions and Bedrock, each over its own protocol."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import pytest

from shared.adapters.bedrock_chat import BedrockChat
from shared.adapters.openai_chat import OpenAiChat
from shared.ports import LanguageModel, ModelEvent, ModelText, ModelToolCall, ModelUsage, ProviderError, Unavailable
from shared.wire import event_stream
from streaming.failover import Candidate, RepliesInTurn
from tests.adapters.http_server import Exchange, HttpServer
from tests.fakes import PATIENCE_S, Changes, FakeLanguageModel, ModelStep

MESSAGES = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Book me in."})
TOOLS = ({"type": "function", "function": {"name": "book", "parameters": {"type": "object", "properties": {}}}},)
REPLY: list[ModelEvent] = [
    ModelText("Let me "),
    ModelText("see."),
    ModelToolCall("call_1", "book", '{"day": "Tuesday"}'),
    ModelToolCall("call_2", "end_call", "{}"),
    ModelUsage(120, 30),
]


class Vendor(Protocol):
    """The far end of the port."""

    language_model: LanguageModel
    changes: Changes

    def will_reply(self, events: Sequence[ModelEvent], *, then: str) -> None:
        """Script the next reply; `then` it is over, breaks, or stalls."""
        ...

    def asked(self) -> tuple[list[Any], list[Any]]: ...
    def cancelled(self) -> int: ...


class FakeVendor:
    def __init__(self) -> None:
        self.fake = FakeLanguageModel()
        self.language_model: LanguageModel = self.fake
        self.changes = self.fake.changes

    def will_reply(self, events: Sequence[ModelEvent], *, then: str) -> None:
        endings: dict[str, tuple[ModelStep, ...]] = {
            "over": (),
            "breaks": (Unavailable("broke off"),),
            "stalls": (asyncio.Event(),),
        }
        self.fake.script(*events, *endings[then])

    def asked(self) -> tuple[list[Any], list[Any]]:
        (asked,) = self.fake.asked
        return list(asked.messages), list(asked.tools)

    def cancelled(self) -> int:
        return len(self.fake.cancelled)


class OpenAiVendor:
    def __init__(self, server: HttpServer, model: OpenAiChat) -> None:
        self.server = server
        self.language_model: LanguageModel = model
        self.changes = server.changes

    def will_reply(self, events: Sequence[ModelEvent], *, then: str) -> None:
        async def reply(exchange: Exchange) -> None:
            await exchange.begin("text/event-stream")
            for data in deltas(events):
                await exchange.chunk(sse(data))
            if then == "breaks":
                exchange.reset()
            if then == "stalls":
                await exchange.client_hangs_up()
            await exchange.chunk(b"data: [DONE]\n\n")
            await exchange.end()

        self.server.script(reply)

    def asked(self) -> tuple[list[Any], list[Any]]:
        (exchange,) = self.server.exchanges
        body = json.loads(exchange.body)
        return body["messages"], body.get("tools", [])

    def cancelled(self) -> int:
        return self.server.hung_up


class BedrockVendor:
    def __init__(self, server: HttpServer, model: BedrockChat) -> None:
        self.server = server
        self.language_model: LanguageModel = model
        self.changes = server.changes

    def will_reply(self, events: Sequence[ModelEvent], *, then: str) -> None:
        async def reply(exchange: Exchange) -> None:
            await exchange.begin("application/vnd.amazon.eventstream")
            whole = then == "over"
            for kind, data in converse(events, whole=whole):
                await exchange.chunk(said(kind, data))
            if then == "breaks":
                exchange.reset()
            if then == "stalls":
                await exchange.client_hangs_up()
            await exchange.end()

        self.server.script(reply)

    def asked(self) -> tuple[list[Any], list[Any]]:
        """In the words of the port."""
        (exchange,) = self.server.exchanges
        body = json.loads(exchange.body)
        messages = [{"role": "system", "content": part["text"]} for part in body["system"]]
        messages += [{"role": turn["role"], "content": turn["content"][0]["text"]} for turn in body["messages"]]
        specs = [tool["toolSpec"] for tool in body["toolConfig"]["tools"]]
        functions = [{"name": spec["name"], "parameters": spec["inputSchema"]["json"]} for spec in specs]
        return messages, [{"type": "function", "function": function} for function in functions]

    def cancelled(self) -> int:
        return self.server.hung_up


def said(kind: str, data: object) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return event_stream.encode(headers, json.dumps(data).encode())


def converse(events: Sequence[ModelEvent], *, whole: bool = True) -> list[tuple[str, dict[str, Any]]]:
    """The events by which Converse says this: arguments come in pieces, usage after the end."""
    out: list[tuple[str, dict[str, Any]]] = [("messageStart", {"role": "assistant"})]
    reason, usage, block = "end_turn", {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, 0
    for event in events:
        match event:
            case ModelText(text):
                out.append(("contentBlockDelta", {"contentBlockIndex": block, "delta": {"text": text}}))
            case ModelToolCall(call_id, name, arguments):
                out.append(("contentBlockStop", {"contentBlockIndex": block}))
                block += 1
                start = {"toolUse": {"toolUseId": call_id, "name": name}}
                out.append(("contentBlockStart", {"contentBlockIndex": block, "start": start}))
                for part in (arguments[:3], arguments[3:]):
                    delta = {"contentBlockIndex": block, "delta": {"toolUse": {"input": part}}}
                    out.append(("contentBlockDelta", delta))
                reason = "tool_use"
            case ModelUsage(used, written):
                usage = {"inputTokens": used, "outputTokens": written, "totalTokens": used + written}
    if whole:
        out.append(("contentBlockStop", {"contentBlockIndex": block}))
        out.append(("messageStop", {"stopReason": reason}))
        out.append(("metadata", {"usage": usage, "metrics": {"latencyMs": 300}}))
    return out


def sse(data: object) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def chunk(delta: dict[str, Any], finish_reason: str | None = None, usage: Any = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        "usage": usage,
    }


def deltas(events: Sequence[ModelEvent]) -> list[dict[str, Any]]:
    """The chunks by which OpenAI says this: arguments come in pieces, usage after the end and without a choice."""
    chunks = [chunk({"role": "assistant", "content": ""})]
    calls = 0
    last: list[dict[str, Any]] = [chunk({}, "stop")]
    for event in events:
        match event:
            case ModelText(text):
                chunks.append(chunk({"content": text}))
            case ModelToolCall(call_id, name, arguments):
                function = {"name": name, "arguments": ""}
                start = {"index": calls, "id": call_id, "type": "function", "function": function}
                chunks.append(chunk({"tool_calls": [start]}))
                pieces = ({"index": calls, "function": {"arguments": part}} for part in (arguments[:3], arguments[3:]))
                chunks.extend(chunk({"tool_calls": [piece]}) for piece in pieces)
                calls += 1
                last = [chunk({}, "tool_calls")]
            case ModelUsage(used, written):
                usage = {"prompt_tokens": used, "completion_tokens": written, "total_tokens": used + written}
                last.append({**chunk({}, usage=usage), "choices": []})
    return chunks + last


@pytest.fixture(params=["fake", "in turn", "openai", "bedrock"])
async def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    if request.param == "fake":
        yield FakeVendor()
        return
    if request.param == "in turn":
        vendor = FakeVendor()
        vendor.language_model = RepliesInTurn([Candidate("fake", vendor.fake), Candidate("other", FakeLanguageModel())])
        yield vendor
        return
    async with HttpServer().running() as server:
        if request.param == "openai":
            async with aclosing(OpenAiChat(api_key="a-secret", model="m", base_url=server.url)) as openai:
                yield OpenAiVendor(server, openai)
        else:
            async with aclosing(BedrockChat(region="us-east-1", model="m", endpoint=server.url)) as bedrock:
                yield BedrockVendor(server, bedrock)


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
