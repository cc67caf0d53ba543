"""A model on Amazon Bedrock that is always well: the embedded one, asked and answering as ConverseStream has it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from local.model.conversation import Call
from local.model.protocol import ChatRequest, arguments_of, pieces_of, read_request
from shared.wire import event_stream

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
PATH: Final = "/model/{model}/converse-stream"


def chat(body: bytes) -> ChatRequest:
    """The conversation, as the embedded model reads one."""
    asked = json.loads(body)
    messages = [{"role": "system", "content": block["text"]} for block in asked["system"]]
    for turn in asked["messages"]:
        messages.extend(_messages(turn["role"], turn["content"]))
    specs = [tool["toolSpec"] for tool in asked.get("toolConfig", {}).get("tools", ())]
    functions = [
        {"name": spec["name"], "description": spec.get("description", ""), "parameters": spec["inputSchema"]["json"]}
        for spec in specs
    ]
    tools = [{"type": "function", "function": function} for function in functions]
    return read_request(
        json.dumps({"model": "m", "messages": messages, **({"tools": tools} if tools else {})}).encode()
    )


def _messages(role: str, blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    results = [block["toolResult"] for block in blocks if "toolResult" in block]
    for result in results:
        yield {"role": "tool", "tool_call_id": result["toolUseId"], "content": result["content"][0]["text"]}
    calls = [
        {
            "id": use["toolUseId"],
            "type": "function",
            "function": {"name": use["name"], "arguments": json.dumps(use["input"])},
        }
        for use in (block["toolUse"] for block in blocks if "toolUse" in block)
    ]
    text = " ".join(block["text"] for block in blocks if "text" in block)
    if text or calls:
        yield {"role": role, "content": text, **({"tool_calls": calls} if calls else {})}


def events(text: str, calls: tuple[tuple[str, Call], ...]) -> Iterator[bytes]:
    """The reply, event by event."""
    yield _event("messageStart", {"role": "assistant"})
    for piece in pieces_of(text):
        yield _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})
    for number, (call_id, call) in enumerate(calls, 1):
        use = {"toolUse": {"toolUseId": call_id, "name": call.name}}
        yield _event("contentBlockStart", {"contentBlockIndex": number, "start": use})
        arguments = {"toolUse": {"input": arguments_of(call)}}
        yield _event("contentBlockDelta", {"contentBlockIndex": number, "delta": arguments})
        yield _event("contentBlockStop", {"contentBlockIndex": number})
    yield _event("messageStop", {"stopReason": "tool_use" if calls else "end_turn"})
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    yield _event("metadata", {"usage": usage, "metrics": {"latencyMs": 300}})


def _event(kind: str, data: object) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return event_stream.encode(headers, json.dumps(data).encode())
