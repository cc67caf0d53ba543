"""LanguageModel by OpenAI chat completions, or any endpoint that speaks the same protocol."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

from shared.core.actions import Message, ToolSpec
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

logger = logging.getLogger(__name__)

_WARM_UP_S: Final = 3.0


class OpenAiChat:
    """Replies with one model of one endpoint.

    The first word or tool call must come within `first_token_s`, the whole reply within `whole_s` of the request.
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        base_url: str | None = None,
        first_token_s: float = 4.0,
        whole_s: float = 20.0,
    ) -> None:
        self._model = model
        self._first_token_s = first_token_s
        self._whole_s = whole_s
        # Its own retries wait for as long as the vendor says; a caller on the line does not.
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=whole_s, max_retries=0)

    async def aclose(self) -> None:
        await self._client.close()

    async def warm_up(self) -> None:
        """Connect, and load what the client loads late, before the first caller waits for it. Never fails."""
        with suppress(TimeoutError, openai.APIError):
            async with asyncio.timeout(_WARM_UP_S):
                await self._client.models.list()

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        """One reply: text as it is written, then tool calls, whole, then what it cost."""
        started = asyncio.get_running_loop().time()
        assembly = _Assembly()
        with _named_errors():
            async with asyncio.timeout_at(started + self._first_token_s):
                stream = await self._open(messages, tools)
            async with stream:
                while True:
                    patience = self._whole_s if assembly.begun else self._first_token_s
                    async with asyncio.timeout_at(started + patience):
                        chunk = await _next(stream)
                    if chunk is None:
                        break
                    for event in assembly.add(chunk):
                        yield event
            if not assembly.finished:
                raise Unavailable("the model broke off")

    async def _open(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncStream[ChatCompletionChunk]:
        """Ask; once more, at once, when the connection broke or the vendor stumbled."""
        try:
            return await self._create(messages, tools)
        except (openai.APIConnectionError, openai.InternalServerError) as error:
            if isinstance(error, openai.APITimeoutError):
                raise
            logger.warning("model_asked_again", extra={"error": type(error).__name__})
            return await self._create(messages, tools)

    async def _create(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncStream[ChatCompletionChunk]:
        request: dict[str, Any] = {"messages": list(messages)}
        if tools:
            request["tools"] = list(tools)
        stream: AsyncStream[ChatCompletionChunk] = await self._client.chat.completions.create(
            model=self._model, stream=True, stream_options={"include_usage": True}, **request
        )
        return stream


async def _next(stream: AsyncStream[ChatCompletionChunk]) -> ChatCompletionChunk | None:
    try:
        return await anext(stream)
    except StopAsyncIteration:
        return None
    except (ValueError, TypeError):
        raise Unavailable("the model sent something unreadable") from None


@dataclass(slots=True)
class _Call:
    call_id: str
    name: str
    arguments: list[str] = field(default_factory=list)


class _Assembly:
    """A reply put together from its deltas."""

    def __init__(self) -> None:
        self.begun = False
        self.finished = False
        self._calls: list[_Call] = []
        self._open: dict[int, _Call] = {}

    def add(self, chunk: ChatCompletionChunk) -> list[ModelEvent]:
        """What this delta completes. The client does not check what it decodes, so nothing is taken for granted."""
        try:
            return list(self._events(chunk))
        except (AttributeError, LookupError, TypeError, ValueError):
            raise Unavailable("the model sent something unreadable") from None

    def _events(self, chunk: ChatCompletionChunk) -> Iterator[ModelEvent]:
        if chunk.choices:
            choice = chunk.choices[0]
            delta = choice.delta
            if delta.refusal or choice.finish_reason == "content_filter":
                raise Refused("the model will not answer this")
            if delta.content:
                self.begun = True
                yield ModelText(_sendable(delta.content))
            for piece in delta.tool_calls or ():
                self.begun = True
                self._add_call(piece)
            if choice.finish_reason and not self.finished:
                self.finished = True
                yield from (ModelToolCall(call.call_id, call.name, "".join(call.arguments)) for call in self._calls)
        if chunk.usage:
            yield ModelUsage(int(chunk.usage.prompt_tokens), int(chunk.usage.completion_tokens))

    def _add_call(self, piece: Any) -> None:
        """Pieces belong together by their index; an endpoint that does not count gives each call its own id."""
        call = self._open.get(piece.index)
        if call is None or (piece.id and piece.id != call.call_id):
            if not isinstance(piece.function.name, str):
                raise TypeError("a tool call without a name")
            call = _Call(piece.id or f"call-{len(self._calls)}", piece.function.name)
            self._calls.append(call)
            self._open[piece.index] = call
        if piece.function is not None and piece.function.arguments:
            call.arguments.append(_sendable(piece.function.arguments))


def _sendable(text: str) -> str:
    """The text without halves of characters, which would make the next request fail."""
    return text.encode("utf-8", "ignore").decode()


@contextmanager
def _named_errors() -> Iterator[None]:
    """Say what the vendor's error means; its own text may quote the conversation."""
    try:
        yield
    except (TimeoutError, openai.APITimeoutError):
        raise Unavailable("the model did not answer in time") from None
    except openai.APIStatusError as error:
        raise _status_error(error.status_code) from None
    except openai.APIError as error:
        raise Unavailable(f"the model could not be reached ({type(error).__name__})") from None


def _status_error(status: int) -> ProviderError:
    if status == 429:
        return Throttled("the model's quota is used up")
    if 400 <= status < 500 and status not in (408, 409):
        return Refused(f"the model's endpoint refused: HTTP {status}")
    return Unavailable(f"the model's endpoint failed: HTTP {status}")
