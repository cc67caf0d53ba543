"""LanguageModel by OpenAI chat completions, or any endpoint that speaks the same protocol.

`POST {base_url}/chat/completions` with `stream`, answered by server-sent events (OpenAI API reference, "Chat
completions", "Streaming"). Why not OpenAI's own client: docs/decisions/0004-chat-completions-without-the-sdk.md.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import aiohttp
import msgspec

from shared.asking import Connections, once_more, read_end
from shared.core.actions import Message, ToolSpec
from shared.current_call import CALL_SID
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

_LONGEST_EVENT_BYTES: Final = 1_000_000


class OpenAiChat:
    """Replies with one model of one endpoint. `aclose` when done; a reply after that connects anew.

    The first word or tool call must come within `first_token_s`, the whole reply within `whole_s` of the request, and
    once begun it must not pause for `quiet_s`.
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        base_url: str = "https://api.openai.com/v1",
        first_token_s: float = 4.0,
        whole_s: float = 20.0,
        quiet_s: float = 2.5,
    ) -> None:
        self._model = model
        self._base_url = base_url.rstrip("/")
        self._first_token_s = first_token_s
        self._whole_s = whole_s
        self._quiet_s = quiet_s
        self._connections = Connections(
            {
                "Authorization": f"Bearer {api_key}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "identity",  # what is compressed is held back until it is worth it
            }
        )

    async def aclose(self) -> None:
        await self._connections.close()

    async def warm_up(self) -> None:
        """Connect before the first caller waits for it. Never fails."""
        await self._connections.warm_up(f"{self._base_url}/models")

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        """One reply: text as it is written, then tool calls, whole, then what it cost."""
        now = asyncio.get_running_loop().time
        started = now()
        assembly = _Assembly()
        events = _Events()
        with _named_errors():
            async with asyncio.timeout_at(started + self._first_token_s):
                response = await self._ask(_request(self._model, messages, tools))
            with closing(response):
                while not events.over:
                    end_by = started + self._first_token_s
                    if assembly.begun:
                        end_by = min(started + self._whole_s, now() + self._quiet_s)
                    async with asyncio.timeout_at(end_by):
                        data = await response.content.readany()
                    if not data:
                        break
                    for chunk in events.feed(data):
                        for event in assembly.add(chunk):
                            yield event
                await read_end(response)
            if not assembly.finished:
                raise Unavailable("the model broke off")

    async def _ask(self, request: bytes) -> aiohttp.ClientResponse:
        url = f"{self._base_url}/chat/completions"
        post = partial(self._connections.session.post, url, data=request, allow_redirects=False)
        return _accepted(await once_more(post))


def _request(model: str, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> bytes:
    body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    if tools:
        body["tools"] = tools
    if call_sid := CALL_SID.get():
        body["user"] = call_sid
    return msgspec.json.encode(body)


def _accepted(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    """The response, if it is one that streams; its text is not read, for it may quote the conversation."""
    if response.status == 200:
        return response
    response.close()
    raise _status_error(response.status)


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta
    finish_reason: str | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int
    completion_tokens: int


class _Chunk(msgspec.Struct, gc=False):
    """A chat completion chunk, as far as we need it. With `error` the vendor gives up in mid-reply."""

    choices: list[_Choice]
    usage: _Usage | None = None
    error: msgspec.Raw | None = None


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class _Events:
    """Server-sent events put together from bytes as they come. A chunk is one line, so nothing else is kept."""

    def __init__(self) -> None:
        self.over = False
        self._rest = b""

    def feed(self, data: bytes) -> list[_Chunk]:
        """The chunks that `data` completes. Raises Unavailable when one cannot be read."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_EVENT_BYTES:
            raise Unavailable("the model sent something unreadable")
        chunks = []
        for line in lines:
            if line.startswith(b"data:") and not self.over:
                event = line[5:].strip()
                self.over = event == b"[DONE]"
                if not self.over:
                    chunks.append(_chunk(event))
        return chunks


def _chunk(event: bytes) -> _Chunk:
    try:
        try:
            chunk = _decode_chunk(event)
        except msgspec.DecodeError:  # half a character, which models do write, is text to json only
            chunk = msgspec.convert(json.loads(event), _Chunk)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Unavailable("the model sent something unreadable") from None
    if chunk.error is not None:
        raise Unavailable("the model failed in mid-reply")
    return chunk


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
        self._open: dict[int | None, _Call] = {}

    def add(self, chunk: _Chunk) -> Iterator[ModelEvent]:
        """What this delta completes. Raises Refused when the model will not answer."""
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
            yield ModelUsage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)

    def _add_call(self, piece: _ToolCall) -> None:
        """Pieces belong together by their index; an endpoint that does not count gives each call its own id."""
        call = self._open.get(piece.index)
        function = piece.function or _Function()
        if call is None or (piece.id and piece.id != call.call_id):
            if function.name is None:
                raise Unavailable("the model sent something unreadable")
            call = _Call(piece.id or f"call-{len(self._calls)}", function.name)
            self._calls.append(call)
            self._open[piece.index] = call
        if function.arguments:
            call.arguments.append(_sendable(function.arguments))


def _sendable(text: str) -> str:
    """The text without halves of characters, which would make the next request fail."""
    return text.encode("utf-8", "ignore").decode()


@contextmanager
def _named_errors() -> Iterator[None]:
    """Say what the vendor's error means; its own text may quote the conversation."""
    try:
        yield
    except TimeoutError:
        raise Unavailable("the model did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"the model could not be reached ({type(error).__name__})") from None


def _status_error(status: int) -> ProviderError:
    if status == 429:
        return Throttled("the model's quota is used up")
    if 300 <= status < 500 and status not in (408, 409):
        return Refused(f"the model's endpoint refused: HTTP {status}")
    return Unavailable(f"the model's endpoint failed: HTTP {status}")
