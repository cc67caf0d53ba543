"""OpenAI's chat completions as data: requests checked as the vendor checks them, answers and chunks in its shape.

Shapes and error texts follow the vendor's public API reference and the `openai` SDK's types.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.model.conversation import Call, Called, Conversation, Heard, Said, Step, read_call, read_result
from local.model.engine import ToolChoice
from local.model.tools import Tool, read_tool

_KNOWN = frozenset(
    """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages
    metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention
    reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature
    tool_choice tools top_logprobs top_p user verbosity web_search_options
    """.split()
)
_PIECE = re.compile(r"\s*\w+|\s*[^\w\s]+|\s+")
_NAME = r"^[a-zA-Z0-9_-]{1,64}$"


class ApiError(Exception):
    """A refusal in the vendor's shape: {"error": {"message", "type", "param", "code"}}."""

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        code: str | None = None,
        type_: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = {"error": {"message": message, "type": type_, "param": param, "code": code}}


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class Part(_Loose):
    type: Literal["text", "refusal"]
    text: str = ""


class CalledFunction(_Loose):
    name: str
    arguments: str


class ToolCall(_Loose):
    id: str
    type: Literal["function"]
    function: CalledFunction


class Message(_Loose):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    name: str | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content)
        return self.content or ""


class Function(_Loose):
    name: str = Field(pattern=_NAME)
    description: str | None = None
    parameters: dict[str, Any] | None = None


class OfferedTool(_Loose):
    type: Literal["function"]
    function: Function


class NamedFunction(_Loose):
    name: str


class NamedChoice(_Loose):
    type: Literal["function"]
    function: NamedFunction


class StreamOptions(_Loose):
    include_usage: bool = False


class ChatRequest(_Loose):
    """The body of POST /v1/chat/completions; what a deterministic model has no use for is accepted and unread."""

    model: str
    messages: list[Message] = Field(min_length=1)
    tools: list[OfferedTool] | None = Field(default=None, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | NamedChoice | None = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    n: int | None = Field(default=None, ge=1, le=1)

    def conversation(self) -> Conversation:
        """The messages as the engine reads them; what the user said in several messages running is one utterance."""
        names: dict[str, str] = {}
        steps: list[Step] = []
        for message in self.messages:
            match message.role:
                case "user" if steps and isinstance(steps[-1], Heard):
                    steps[-1] = Heard(f"{steps[-1].text} {message.text()}")
                case "user":
                    steps.append(Heard(message.text()))
                case "assistant":
                    if message.text():
                        steps.append(Said(message.text()))
                    if message.tool_calls:
                        names |= {call.id: call.function.name for call in message.tool_calls}
                        steps.append(
                            Called(tuple(read_call(c.function.name, c.function.arguments) for c in message.tool_calls))
                        )
                case "tool":
                    steps.append(read_result(names.get(message.tool_call_id or "", ""), message.text()))
                case "system" | "developer" | "function":
                    pass
        system = "\n\n".join(message.text() for message in self.messages if message.role in ("system", "developer"))
        return Conversation(system, tuple(steps))

    def offered(self) -> list[Tool]:
        return [
            read_tool(tool.function.name, tool.function.description or "", tool.function.parameters or {})
            for tool in self.tools or ()
        ]

    def choice(self) -> ToolChoice:
        if isinstance(self.tool_choice, NamedChoice):
            return ToolChoice("required", self.tool_choice.function.name)
        return ToolChoice(self.tool_choice or "auto")

    def limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens


def read_request(body: bytes) -> ChatRequest:
    """Check a body as the vendor does; raises ApiError (400) with its wording where that is public."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(raw, dict):
        raise ApiError(400, "We could not parse the JSON body of your request.")
    for name in raw:
        if name not in _KNOWN:
            raise ApiError(400, f"Unrecognized request argument supplied: {name}")
    for name in ("model", "messages"):
        if name not in raw:
            raise ApiError(400, f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    try:
        request = ChatRequest.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        param = _path(first["loc"])
        raise ApiError(400, f"Invalid value for '{param}': {first['msg']}.", param, "invalid_value") from error
    _check(request)
    return request


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).lstrip(".")


def _check(request: ChatRequest) -> None:
    if request.stream_options and not request.stream:
        raise ApiError(
            400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    if request.tools is not None and not request.tools:
        raise ApiError(
            400, "Invalid 'tools': empty array. Expected an array with minimum length 1.", "tools", "empty_array"
        )
    if request.tool_choice is not None and request.tool_choice != "none" and not request.tools:
        raise ApiError(
            400,
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
            "tool_choice",
        )
    if isinstance(request.tool_choice, NamedChoice):
        name = request.tool_choice.function.name
        if name not in [tool.function.name for tool in request.tools or ()]:
            raise ApiError(400, f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice")
    _check_order(request.messages)


def _check_order(messages: Sequence[Message]) -> None:
    """Every tool call must be answered at once, and nothing else may be answered."""
    waiting: set[str] = set()
    open_at = -1
    for index, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                raise ApiError(400, text, f"messages.[{index}].role")
            waiting.discard(message.tool_call_id)
            continue
        if waiting:
            break
        waiting, open_at = {call.id for call in message.tool_calls or ()}, index
    if waiting:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(sorted(waiting))}"
        )
        raise ApiError(400, text, f"messages.[{open_at + 1}].role")


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer, ready to be sent whole or in pieces. `created` is Unix seconds."""

    id: str
    created: int
    model: str
    pieces: tuple[str, ...]
    calls: tuple[tuple[str, Call], ...]
    prompt_tokens: int
    cut: bool

    def finish_reason(self) -> str:
        return "tool_calls" if self.calls else "length" if self.cut else "stop"

    def usage(self) -> dict[str, Any]:
        spoken = len(self.pieces) + sum(
            len(pieces_of(call.name)) + len(pieces_of(arguments_of(call))) for _, call in self.calls
        )
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": spoken,
            "total_tokens": self.prompt_tokens + spoken,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }

    def whole(self) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.pieces) or None, "refusal": None}
        if self.calls:
            message["tool_calls"] = [
                {"id": id_, "type": "function", "function": {"name": call.name, "arguments": arguments_of(call)}}
                for id_, call in self.calls
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason()}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage()}

    def chunks(self, include_usage: bool) -> Iterator[dict[str, Any]]:
        """The same answer as chunks: the role, the text, each call's name and then its arguments in pieces, the end."""
        more: dict[str, Any] = {"usage": None} if include_usage else {}
        yield self._chunk(
            {"role": "assistant", "content": None if self.calls and not self.pieces else "", "refusal": None},
            None,
            more,
        )
        for piece in self.pieces:
            yield self._chunk({"content": piece}, None, more)
        for index, (id_, call) in enumerate(self.calls):
            opening = {"index": index, "id": id_, "type": "function", "function": {"name": call.name, "arguments": ""}}
            yield self._chunk({"tool_calls": [opening]}, None, more)
            for piece in pieces_of(arguments_of(call)):
                yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, None, more)
        yield self._chunk({}, self.finish_reason(), more)
        if include_usage:
            yield {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage()}

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_embedded",
        }

    def _chunk(self, delta: dict[str, Any], finish: str | None, more: dict[str, Any]) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **more}


def arguments_of(call: Call) -> str:
    return json.dumps(dict(call.arguments), ensure_ascii=False)


def pieces_of(text: str) -> list[str]:
    """Text in token-sized pieces that join to the same text; a token here is a word or a mark."""
    return _PIECE.findall(text)
