"""The far ends of the port LanguageModel, one for each vendor, which all do the same when told."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol

from shared.adapters.bedrock_chat import BedrockChat
from shared.adapters.openai_chat import OpenAiChat
from shared.ports import LanguageModel, ModelEvent, ModelText, ModelToolCall, ModelUsage, Unavailable
from shared.wire import event_stream
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.fakes import Changes, FakeLanguageModel, ModelStep


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

    def status(self, status: int) -> Handler:
        return status_answer(status)

    def nonsense(self) -> Handler:
        return nonsense("text/event-stream", sse(chunk({"content": "Hel"})) + b"data: {\n\n")

    def cancelled(self) -> int:
        return self.server.hung_up


def status_answer(status: int) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.answer("application/json", b'{"message":"tell-no-one"}', status)

    return answer


def nonsense(content_type: str, data: bytes) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.begin(content_type)
        await exchange.chunk(data)
        await exchange.client_hangs_up()

    return answer


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

    def status(self, status: int) -> Handler:
        return status_answer(status)

    def nonsense(self) -> Handler:
        begun = said("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}})
        return nonsense("application/vnd.amazon.eventstream", begun + b"nonsense" * 10)

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


class Remote(Vendor, Protocol):
    """A vendor behind a socket, on its bad days."""

    server: HttpServer

    def status(self, status: int) -> Handler:
        """An answer of that HTTP status, whose text quotes "tell-no-one"."""
        ...

    def nonsense(self) -> Handler:
        """A good beginning, and then something that is not of the protocol."""
        ...


@asynccontextmanager
async def running(name: str, **limits: Any) -> AsyncIterator[Remote]:
    """The vendor of that name, on a socket of its own. `limits` are its adapter's; AWS's keys are the environment's."""
    async with HttpServer().running() as server:
        endpoint = limits.pop("endpoint", server.url)
        match name:
            case "openai":
                async with aclosing(OpenAiChat(api_key="a-secret", model="m", base_url=endpoint, **limits)) as openai:
                    yield OpenAiVendor(server, openai)
            case "bedrock":
                made = BedrockChat(region="us-east-1", model="m", endpoint=endpoint, **limits)
                async with aclosing(made) as bedrock:
                    yield BedrockVendor(server, bedrock)
            case _:
                raise LookupError(name)


REMOTE = ("openai", "bedrock")
