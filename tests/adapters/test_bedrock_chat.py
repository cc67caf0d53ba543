"""Bedrock's wire and its faults: the conversation as Converse has it, signed, and every error by its name."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from shared.adapters.bedrock_chat import BedrockChat
from shared.core.actions import Message
from shared.ports import (
    ModelEvent,
    ModelText,
    ModelToolCall,
    ModelUsage,
    ProviderError,
    Refused,
    Throttled,
    Unavailable,
)
from shared.wire import event_stream
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.adapters.language_model_vendors import converse, said
from tests.fakes import PATIENCE_S

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
TOOL = {
    "type": "function",
    "function": {"name": "book", "description": "Books.", "parameters": {"type": "object", "properties": {}}},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "book", "arguments": '{"day": "Tuesday"}'}}
CONVERSATION: tuple[Message, ...] = (
    {"role": "system", "content": "Be brief."},
    {"role": "assistant", "content": "Good morning."},
    {"role": "user", "content": "Book me in."},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": '{"ok": true}'},
    {"role": "user", "content": "Hello?"},
    {"role": "user", "content": "Are you there?"},
)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def _bedrock(server: HttpServer, **values: Any) -> Any:
    return aclosing(BedrockChat(region="us-east-1", model=MODEL, endpoint=server.url, **values))


async def _replied(bedrock: BedrockChat) -> list[ModelEvent]:
    async with asyncio.timeout(PATIENCE_S):
        return [event async for event in bedrock.reply(CONVERSATION, (TOOL,))]


def _says(*events: tuple[str, dict[str, Any]], end: bool = True) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.begin("application/vnd.amazon.eventstream")
        for kind, data in events:
            await exchange.chunk(said(kind, data))
        if end:
            await exchange.end()
        else:
            await exchange.client_hangs_up()

    return answer


def _fails(status: int, code: str) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.answer("application/json", b'{"message":"tell-no-one"}', status, x_amzn_ErrorType=code)

    return answer


HELLO = _says(*converse([ModelText("Hello.")]))


async def test_c3_the_conversation_is_told_as_converse_has_it(server: HttpServer) -> None:
    server.script(HELLO)
    async with _bedrock(server) as bedrock:
        assert await _replied(bedrock) == [ModelText("Hello."), ModelUsage(1, 1)]

    (exchange,) = server.exchanges
    assert (exchange.method, exchange.path) == ("POST", f"/model/{MODEL.replace(':', '%3A')}/converse-stream")
    assert json.loads(exchange.body) == {
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "(The call begins.)"}]},
            {
                "role": "assistant",
                "content": [{"text": "Good morning."}],
            },
            {"role": "user", "content": [{"text": "Book me in."}]},
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "call_1", "name": "book", "input": {"day": "Tuesday"}}}],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "call_1", "content": [{"text": '{"ok": true}'}]}},
                    {"text": "Hello?"},
                    {"text": "Are you there?"},
                ],
            },
        ],
        "inferenceConfig": {"maxTokens": 1000},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "book",
                        "description": "Books.",
                        "inputSchema": {"json": {"type": "object", "properties": {}}},
                    }
                }
            ]
        },
    }


async def test_the_request_is_the_one_that_aws_own_client_sends(server: HttpServer) -> None:
    server.script(HELLO, HELLO)
    async with _bedrock(server) as bedrock:
        await _replied(bedrock)
    asked = json.loads(server.exchanges[0].body)
    sdk = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=server.url)

    def with_theirs() -> list[dict[str, Any]]:
        return list(sdk.converse_stream(modelId=MODEL, **asked)["stream"])

    heard = await asyncio.to_thread(with_theirs)

    ours, theirs = server.exchanges
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert asked == json.loads(theirs.body)
    assert [name for event in heard for name in event] == [
        "messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata",
    ]  # fmt: skip


async def test_a_request_carries_the_signature_that_aws_would_compute(server: HttpServer) -> None:
    server.script(HELLO)
    async with _bedrock(server) as bedrock:
        await _replied(bedrock)

    (exchange,) = server.exchanges
    assert "/us-east-1/bedrock/aws4_request" in exchange.headers["authorization"]
    signed = exchange.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    headers = {name: exchange.headers[name] for name in signed if name != "host"}
    request = AWSRequest("POST", f"{server.url}{exchange.path}", data=exchange.body, headers=headers)
    request.context["timestamp"] = exchange.headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "a-secret"), "bedrock", "us-east-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert exchange.headers["authorization"].endswith(f"Signature={signature}")


async def test_one_connection_serves_one_reply_after_another(server: HttpServer) -> None:
    server.script(HELLO, HELLO)
    async with _bedrock(server) as bedrock:
        await _replied(bedrock)
        await _replied(bedrock)

    first, second = server.exchanges
    assert first.writer is second.writer


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (429, "ThrottlingException", Throttled),
        (403, "AccessDeniedException:http://internal/", Refused),
        (404, "ResourceNotFoundException", Refused),
        (408, "ModelTimeoutException", Unavailable),
        (424, "ModelErrorException", Unavailable),
        (429, "ModelNotReadyException", Unavailable),
    ],
)
async def test_each_error_is_named_and_asked_about_once(
    server: HttpServer, status: int, code: str, expected: type[ProviderError]
) -> None:
    server.script(_fails(status, code))
    async with _bedrock(server) as bedrock:
        with pytest.raises(expected, match=code.partition(":")[0]) as caught:
            await _replied(bedrock)

    assert "tell-no-one" not in str(caught.value)
    assert len(server.exchanges) == 1


STREAMLESS = "ValidationException:This model doesn't support tool use in streaming mode."
WHOLE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"text": "One moment."},
                {"toolUse": {"toolUseId": "t-1", "name": "book", "input": {"day": "Tuesday"}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
    "metrics": {"latencyMs": 9},
}


async def _whole(exchange: Exchange) -> None:
    await exchange.answer("application/json", json.dumps(WHOLE).encode())


async def test_c3_a_model_that_calls_tools_only_in_a_whole_reply_is_known_after_one_request(
    server: HttpServer,
) -> None:
    server.script(_fails(400, STREAMLESS), _whole, _whole)
    async with _bedrock(server) as bedrock:
        replies = [await _replied(bedrock), await _replied(bedrock)]

    expected = [ModelText("One moment."), ModelToolCall("t-1", "book", '{"day": "Tuesday"}'), ModelUsage(3, 4)]
    assert replies == [expected, expected]
    assert [exchange.path.rpartition("/")[2] for exchange in server.exchanges] == [
        "converse-stream", "converse", "converse",
    ]  # fmt: skip


async def test_a_model_that_has_streamed_is_not_asked_for_a_whole_reply(server: HttpServer) -> None:
    server.script(HELLO, _fails(400, "ValidationException"))
    async with _bedrock(server) as bedrock:
        await _replied(bedrock)
        with pytest.raises(Refused):
            await _replied(bedrock)

    assert len(server.exchanges) == 2


async def test_whole_replies_have_the_same_deadline(server: HttpServer) -> None:
    async def stall(exchange: Exchange) -> None:
        await exchange.begin("application/json")
        await exchange.client_hangs_up()

    server.script(_fails(400, STREAMLESS), stall)
    async with _bedrock(server, first_token_s=0.2) as bedrock:
        with pytest.raises(Unavailable, match="in time"):
            await _replied(bedrock)


async def test_a_whole_reply_that_is_none_is_named(server: HttpServer) -> None:
    async def nonsense(exchange: Exchange) -> None:
        await exchange.answer("application/json", b'{"output":7}')

    server.script(_fails(400, STREAMLESS), nonsense)
    async with _bedrock(server) as bedrock:
        with pytest.raises(Unavailable, match="unreadable"):
            await _replied(bedrock)


async def test_a_fault_of_the_vendors_is_asked_about_once_more(server: HttpServer) -> None:
    server.script(_fails(500, "InternalServerException"), HELLO)
    async with _bedrock(server) as bedrock:
        assert await _replied(bedrock)

    server.script(_fails(503, "ServiceUnavailableException"), _fails(503, "ServiceUnavailableException"))
    async with _bedrock(server) as bedrock:
        with pytest.raises(Unavailable, match="ServiceUnavailableException"):
            await _replied(bedrock)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("throttlingException", Throttled),
        ("validationException", Refused),
        ("modelStreamErrorException", Unavailable),
        ("internalServerException", Unavailable),
        ("serviceUnavailableException", Unavailable),
    ],
)
async def test_an_error_in_mid_reply_is_named(server: HttpServer, name: str, expected: type[ProviderError]) -> None:
    failure = event_stream.encode(
        {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"},
        b'{"message":"tell-no-one"}',
    )

    async def break_off(exchange: Exchange) -> None:
        await exchange.begin("application/vnd.amazon.eventstream")
        await exchange.chunk(said("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}}))
        await exchange.chunk(failure)
        await exchange.end()

    server.script(break_off)
    async with _bedrock(server) as bedrock:
        with pytest.raises(expected, match=name) as caught:
            await _replied(bedrock)
    assert "tell-no-one" not in str(caught.value)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("content_filtered", Refused),
        ("guardrail_intervened", Refused),
        ("malformed_tool_use", Unavailable),
        ("malformed_model_output", Unavailable),
    ],
)
async def test_a_reply_that_is_none_is_named(server: HttpServer, reason: str, expected: type[ProviderError]) -> None:
    server.script(_says(("messageStop", {"stopReason": reason})))
    async with _bedrock(server) as bedrock:
        with pytest.raises(expected):
            await _replied(bedrock)


async def test_reasoning_and_events_unknown_today_are_passed_over(server: HttpServer) -> None:
    thought = {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}
    server.script(
        _says(
            ("messageStart", {"role": "assistant"}),
            ("contentBlockDelta", thought),
            ("somethingNew", {"x": 1}),
            ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "book"}}}),
            ("messageStop", {"stopReason": "tool_use"}),
            ("metadata", {"usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}}),
        )
    )
    async with _bedrock(server) as bedrock:
        assert await _replied(bedrock) == [ModelToolCall("t", "book", "{}"), ModelUsage(3, 4)]


_TEXT = ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}})


@pytest.mark.parametrize("events", [(), (_TEXT,)])
async def test_every_stall_is_ended_by_a_deadline(server: HttpServer, events: tuple[Any, ...]) -> None:
    server.script(_says(*events, end=False))
    async with _bedrock(server, first_token_s=0.2, whole_s=0.2) as bedrock:
        with pytest.raises(Unavailable, match="in time"):
            await _replied(bedrock)


async def _nonsense(exchange: Exchange) -> None:
    await exchange.begin("application/vnd.amazon.eventstream")
    await exchange.chunk(b"nonsense" * 10)
    await exchange.client_hangs_up()


async def _bad_json(exchange: Exchange) -> None:
    await exchange.begin("application/vnd.amazon.eventstream")
    await exchange.chunk(event_stream.encode({":event-type": "messageStop", ":message-type": "event"}, b"{"))
    await exchange.client_hangs_up()


@pytest.mark.parametrize("fault", [_nonsense, _bad_json, _says(_TEXT)])
async def test_every_break_is_named_and_the_next_reply_comes(server: HttpServer, fault: Handler) -> None:
    server.script(fault, HELLO)
    async with _bedrock(server) as bedrock:
        with pytest.raises(Unavailable):
            await _replied(bedrock)
        assert await _replied(bedrock)


async def test_a_vendor_that_is_not_there_is_named() -> None:
    async with aclosing(BedrockChat(region="us-east-1", model=MODEL, endpoint="http://127.0.0.1:1")) as bedrock:
        await bedrock.warm_up()
        with pytest.raises(Unavailable, match="could not be reached"):
            await _replied(bedrock)


async def test_a_call_whose_arguments_were_no_object_is_told_without_them(server: HttpServer) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "book", "arguments": "{"}}
    messages: tuple[Message, ...] = (
        {"role": "user", "content": "Book."},
        {"role": "assistant", "content": " ", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": ""},
    )
    server.script(HELLO)
    async with _bedrock(server) as bedrock, asyncio.timeout(PATIENCE_S):
        assert [event async for event in bedrock.reply(messages, ())]

    body = json.loads(server.exchanges[0].body)
    assert body["messages"][1:] == [
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c", "name": "book", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c", "content": [{"text": "{}"}]}}]},
    ]
    assert "toolConfig" not in body
