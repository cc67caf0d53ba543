"""LanguageModel by Amazon Bedrock: Claude, Llama and every other model that Converse serves, in one way.

`POST /model/{modelId}/converse-stream`, answered by event-stream messages (Amazon Bedrock API reference,
"ConverseStream"; field names are those of botocore's `bedrock-runtime` description), signed by us and sent by
aiohttp; tests compare it with boto3's request. What the models add, from the Bedrock User Guide, "Carry out a
conversation" and "Use a tool": a conversation begins with the user and the roles alternate, and text is not blank. That
the real service takes what is sent here is not proven.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import aiohttp
import botocore.session
from yarl import URL

from shared.asking import Connections, once_more, read_end
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
from shared.signing import Signer
from shared.wire import converse_messages, event_stream
from shared.wire.converse_messages import BadReply
from shared.wire.event_stream import BadEventStream

_HEADERS: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
_REFUSING: Final = frozenset({"content_filtered", "guardrail_intervened"})
_BROKEN: Final = frozenset({"malformed_model_output", "malformed_tool_use"})
_THROTTLES: Final = frozenset({"ThrottlingException", "throttlingException"})
_PASSING: Final = frozenset({"ModelTimeoutException", "ModelErrorException", "ModelNotReadyException"})


class BedrockChat:
    """Replies with one model, or inference profile, of one region.

    `aclose` when done; a reply after that connects anew.

    The first word or tool call must come within `first_token_s`, the whole reply within `whole_s` of the request, and
    once begun it must not pause for `quiet_s`.
    Endpoint and credentials are those that AWS's own clients would take from the environment.
    """

    def __init__(
        self,
        *,
        region: str,
        model: str,
        endpoint: str | None = None,
        first_token_s: float = 4.0,
        whole_s: float = 20.0,
        quiet_s: float = 2.5,
    ) -> None:
        sdk = botocore.session.get_session()
        self._endpoint = endpoint or sdk.create_client("bedrock-runtime", region_name=region).meta.endpoint_url
        self._url = f"{self._endpoint}/model/{quote(model, safe='')}"
        self._signer = Signer("bedrock", region, sdk.get_credentials())
        self._first_token_s = first_token_s
        self._whole_s = whole_s
        self._quiet_s = quiet_s
        self._connections = Connections({})
        self._streams_tools: bool | None = None
        """Whether the model calls tools in a stream; None until it has answered."""

    async def aclose(self) -> None:
        await self._connections.close()

    async def warm_up(self) -> None:
        """Connect before the first caller waits for it. Never fails."""
        await self._connections.warm_up(self._endpoint)

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        """One reply: text as it is written, then tool calls, whole, then what it cost."""
        body = converse_messages.request(messages, tools)
        now = asyncio.get_running_loop().time
        started = now()
        begin_by = started + self._first_token_s
        with _named_errors():
            response = await self._begin(body, begin_by, with_tools=bool(tools))
            if response is None:
                for event in await self._whole(body, begin_by):
                    yield event
                return
            assembly = _Assembly()
            decoder = event_stream.Decoder()
            with closing(response):
                while not assembly.over:
                    end_by = begin_by
                    if assembly.begun:
                        end_by = min(started + self._whole_s, now() + self._quiet_s)
                    async with asyncio.timeout_at(end_by):
                        data = await response.content.readany()
                    if not data:
                        break
                    for message in decoder.feed(data):
                        for event in assembly.add(message):
                            yield event
                await read_end(response)
            if not assembly.finished:
                raise Unavailable("Bedrock: the model broke off")

    async def _begin(self, body: bytes, begin_by: float, *, with_tools: bool) -> aiohttp.ClientResponse | None:
        """The answer, as a stream; None if the model may be one that calls tools only in a whole reply."""
        if with_tools and self._streams_tools is False:
            return None
        async with asyncio.timeout_at(begin_by):
            response = await self._ask("converse-stream", body)
        if with_tools and response.status == 400 and self._streams_tools is None:
            response.close()
            return None
        response = _accepted(response)
        self._streams_tools = self._streams_tools or (True if with_tools else None)
        return response

    async def _whole(self, body: bytes, begin_by: float) -> list[ModelEvent]:
        """Llama and others call tools, but not in a stream ("This model doesn't support tool use in streaming mode").
        What they answer is known of them from then on."""
        async with asyncio.timeout_at(begin_by):
            response = _accepted(await self._ask("converse", body))
            reply = converse_messages.reply(await response.read())
        self._streams_tools = False
        _check(reply.stop_reason)
        said = reply.output.message.content
        events: list[ModelEvent] = [ModelText(block.text) for block in said if block.text]
        for block in said:
            if block.tool_use is not None:
                use = block.tool_use
                events.append(ModelToolCall(use.tool_use_id, use.name, bytes(use.input).decode()))
        if reply.usage:
            events.append(ModelUsage(reply.usage.input_tokens, reply.usage.output_tokens))
        return events

    async def _ask(self, operation: str, body: bytes) -> aiohttp.ClientResponse:
        url = f"{self._url}/{operation}"

        async def post() -> aiohttp.ClientResponse:
            headers = await self._signer.headers(url, body, _HEADERS)
            sent = self._connections.session.post(
                URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
            )
            return await sent

        return await once_more(post)


@dataclass(slots=True)
class _Call:
    call_id: str
    name: str
    arguments: list[str] = field(default_factory=list)


class _Assembly:
    """A reply put together from its events."""

    def __init__(self) -> None:
        self.begun = False
        self.finished = False
        self.over = False
        self._calls: dict[int, _Call] = {}

    def add(self, message: event_stream.Message) -> Iterator[ModelEvent]:
        """What this event completes. Raises the ProviderError that it stands for."""
        if message.headers.get(":message-type") != "event":
            raise _named(0, str(message.headers.get(":exception-type") or message.headers.get(":error-code") or ""))
        event = converse_messages.event(message.payload)
        match message.headers.get(":event-type"):
            case "contentBlockStart" if event.start and event.start.tool_use:
                self.begun = True
                use = event.start.tool_use
                self._calls[event.content_block_index] = _Call(use.tool_use_id, use.name)
            case "contentBlockDelta" if event.delta:
                yield from self._delta(event.content_block_index, event.delta)
            case "messageStop":
                yield from self._stop(event.stop_reason)
            case "metadata":
                self.over = True
                if event.usage:
                    yield ModelUsage(event.usage.input_tokens, event.usage.output_tokens)
            case _:
                pass

    def _delta(self, index: int, delta: converse_messages.Block) -> Iterator[ModelEvent]:
        if delta.text:
            self.begun = True
            yield ModelText(delta.text)
        if delta.tool_use and index in self._calls:
            self._calls[index].arguments.append(converse_messages.piece(delta.tool_use))

    def _stop(self, reason: str | None) -> Iterator[ModelEvent]:
        _check(reason)
        self.begun = self.finished = True
        for call in self._calls.values():
            yield ModelToolCall(call.call_id, call.name, "".join(call.arguments) or "{}")


# --- errors


def _check(stop_reason: str | None) -> None:
    """Raise what it means that the model stopped."""
    if stop_reason in _REFUSING:
        raise Refused("the model will not answer this")
    if stop_reason in _BROKEN:
        raise Unavailable(f"Bedrock: {stop_reason}")


def _accepted(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    """The response, if it is one that streams; its text is not read, for it may quote the conversation."""
    if response.status == 200:
        return response
    response.close()
    raise _named(response.status, response.headers.get("x-amzn-ErrorType", ""))


def _named(status: int, error_type: str) -> ProviderError:
    """What an error means, before the stream or (with status 0) in it, where names begin with a small letter."""
    code = error_type.partition(":")[0] or f"HTTP {status}"
    if code in _THROTTLES or (status == 429 and code not in _PASSING):
        return Throttled(f"Bedrock: {code}")
    refused = code == "validationException" or (300 <= status < 500 and code not in _PASSING)
    return (Refused if refused else Unavailable)(f"Bedrock: {code}")


@contextmanager
def _named_errors() -> Iterator[None]:
    """Say what the vendor's error means; its own text may quote the conversation."""
    try:
        yield
    except TimeoutError:
        raise Unavailable("Bedrock did not answer in time") from None
    except (BadEventStream, BadReply):
        raise Unavailable("Bedrock sent something unreadable") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"Bedrock could not be reached ({type(error).__name__})") from None
