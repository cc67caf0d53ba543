"""What travels to and from Amazon Bedrock's Converse: a conversation one way, a reply in events or whole the other.

Field names are Converse's own (API reference, "Converse" and "ConverseStream").
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from shared.core.actions import Message, ToolSpec

MOST_TOKENS: Final = 1_000
"""Of a reply that is to be spoken: several minutes."""

_CALL_BEGINS: Final = {"text": "(The call begins.)"}


class BadReply(ValueError):
    """A message that is none of Converse's."""


def request(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> bytes:
    """The conversation as Converse has it: the system apart, blocks of content, and roles that alternate."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        role, blocks = _blocks(message)
        if role == "system" or not blocks:
            continue
        if not turns and role == "assistant":
            turns.append({"role": "user", "content": [_CALL_BEGINS]})
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"].extend(blocks)
        else:
            turns.append({"role": role, "content": blocks})
    body: dict[str, Any] = {
        "messages": turns,
        "system": [{"text": m["content"]} for m in messages if m["role"] == "system" and m.get("content")],
        "inferenceConfig": {"maxTokens": MOST_TOKENS},
    }
    if tools:
        body["toolConfig"] = {"tools": [_tool(tool) for tool in tools]}
    return msgspec.json.encode(body)


def _blocks(message: Any) -> tuple[str, list[dict[str, Any]]]:
    role, text = message["role"], message.get("content") or ""
    if role == "tool":
        result = {"toolUseId": message["tool_call_id"], "content": [{"text": text or "{}"}]}
        return "user", [{"toolResult": result}]
    blocks: list[dict[str, Any]] = [{"text": text}] if text.strip() else []
    for call in message.get("tool_calls") or ():
        function = call["function"]
        use = {"toolUseId": call["id"], "name": function["name"], "input": _object(function["arguments"])}
        blocks.append({"toolUse": use})
    return role, blocks


def _object(arguments: str) -> object:
    """A call's arguments; those that are no JSON object, which Converse would refuse, are left out."""
    try:
        read = json.loads(arguments)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _tool(tool: Any) -> dict[str, Any]:
    function = tool["function"]
    spec = {"name": function["name"], "inputSchema": {"json": function.get("parameters") or {"type": "object"}}}
    if function.get("description"):
        spec["description"] = function["description"]
    return {"toolSpec": spec}


class ToolUse(msgspec.Struct, gc=False, rename="camel"):
    """A call of a tool: `input` is JSON, a piece of its text in an event and a value in a whole reply."""

    tool_use_id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")


class Block(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    tool_use: ToolUse | None = None


class Usage(msgspec.Struct, gc=False, rename="camel"):
    input_tokens: int
    output_tokens: int


class Event(msgspec.Struct, gc=False, rename="camel"):
    """Any event of a stream, as far as we need it."""

    content_block_index: int = 0
    start: Block | None = None
    delta: Block | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class _Said(msgspec.Struct, gc=False):
    content: list[Block] = []


class _Output(msgspec.Struct, gc=False):
    message: _Said


class Reply(msgspec.Struct, gc=False, rename="camel"):
    """A whole reply."""

    output: _Output
    stop_reason: str | None = None
    usage: Usage | None = None


_decode_event = msgspec.json.Decoder(Event).decode
_decode_reply = msgspec.json.Decoder(Reply).decode


def event(payload: bytes) -> Event:
    """Raises BadReply, and nothing else."""
    try:
        return _decode_event(payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadReply(str(error)) from None


def reply(body: bytes) -> Reply:
    """Raises BadReply, and nothing else."""
    try:
        return _decode_reply(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadReply(str(error)) from None


def piece(use: ToolUse) -> str:
    """The piece of a call's arguments that an event brings. Raises BadReply."""
    try:
        return msgspec.json.decode(use.input, type=str)
    except msgspec.DecodeError as error:
        raise BadReply(str(error)) from None
