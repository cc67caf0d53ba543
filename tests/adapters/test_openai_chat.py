"""Chat completions on the wire: what is asked, how deltas fit together, and every way to fail."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from openai import AsyncOpenAI

from shared.adapters.openai_chat import OpenAiChat
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
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.adapters.language_model_vendors import chunk, deltas, sse
from tests.fakes import PATIENCE_S

MESSAGES = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Book me in."})

HELLO: list[ModelEvent] = [ModelText("Hello.")]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def _chat(server: HttpServer, **limits: float) -> OpenAiChat:
    return OpenAiChat(api_key="a-secret", model="gpt-5-mini", base_url=server.url, **limits)


async def _replied(server: HttpServer, tools: Sequence[Any] = (), **limits: float) -> list[ModelEvent]:
    async with asyncio.timeout(PATIENCE_S), aclosing(_chat(server, **limits)) as chat:
        return [event async for event in chat.reply(MESSAGES, tools)]


def _stream(*chunks: object, done: bool = True) -> Handler:
    async def reply(exchange: Exchange) -> None:
        await exchange.begin("text/event-stream")
        for data in chunks:
            await exchange.chunk(data if isinstance(data, bytes) else sse(data))
        if done:
            await exchange.chunk(b"data: [DONE]\n\n")
        await exchange.end()

    return reply


def _error(status: int, **headers: str) -> Handler:
    async def reply(exchange: Exchange) -> None:
        body = {"error": {"message": "tell-no-one", "type": "x", "code": "y", "param": None}}
        await exchange.answer("application/json", json.dumps(body).encode(), status, **headers)

    return reply


async def test_what_is_asked_of_the_vendor(server: HttpServer) -> None:
    server.script(_stream(*deltas(HELLO)), _stream(*deltas(HELLO)))
    tool = {"type": "function", "function": {"name": "book", "parameters": {"type": "object"}}}

    await _replied(server)
    await _replied(server, [tool])

    plain, with_tool = (json.loads(exchange.body) for exchange in server.exchanges)
    assert server.exchanges[0].path == "/chat/completions"
    assert server.exchanges[0].headers["authorization"] == "Bearer a-secret"
    assert plain == {
        "model": "gpt-5-mini",
        "messages": list(MESSAGES),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert with_tool == {**plain, "tools": [tool]}


async def test_the_request_is_the_one_that_openais_own_client_sends(server: HttpServer) -> None:
    server.script(_stream(*deltas(HELLO)), _stream(*deltas(HELLO)))
    tool = {"type": "function", "function": {"name": "book", "parameters": {"type": "object"}}}
    asked: dict[str, Any] = {"messages": list(MESSAGES), "tools": [tool]}

    await _replied(server, [tool])
    async with asyncio.timeout(PATIENCE_S), AsyncOpenAI(api_key="a-secret", base_url=server.url) as sdk:
        create: Any = sdk.chat.completions.create
        async for _ in await create(**asked, model="gpt-5-mini", stream=True, stream_options={"include_usage": True}):
            pass

    ours, theirs = server.exchanges
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert json.loads(ours.body) == json.loads(theirs.body)
    for name in ("authorization", "content-type", "accept"):
        assert ours.headers[name] == theirs.headers[name]


async def test_a_call_is_named_so_that_it_is_found_at_the_model(server: HttpServer) -> None:
    server.script(_stream(*deltas(HELLO)))
    named = CALL_SID.set("CA" + "1" * 32)
    try:
        await _replied(server, [])
    finally:
        CALL_SID.reset(named)

    assert json.loads(server.exchanges[0].body)["user"] == "CA" + "1" * 32


async def test_a_connection_serves_one_reply_after_the_other(server: HttpServer) -> None:
    server.script(_stream(*deltas(HELLO)), _stream(*deltas(HELLO)))
    async with asyncio.timeout(PATIENCE_S), aclosing(_chat(server)) as chat:
        for _ in range(2):
            assert [event async for event in chat.reply(MESSAGES, ())] == HELLO

    assert server.exchanges[0].writer is server.exchanges[1].writer


async def test_a_connection_that_the_vendor_closed_meanwhile_is_replaced(server: HttpServer) -> None:
    async def reply_and_close(exchange: Exchange) -> None:
        await _stream(*deltas(HELLO))(exchange)
        exchange.reset()

    server.script(reply_and_close, _stream(*deltas(HELLO)))
    async with asyncio.timeout(PATIENCE_S), aclosing(_chat(server)) as chat:
        for _ in range(2):
            assert [event async for event in chat.reply(MESSAGES, ())] == HELLO


async def test_an_endpoint_that_stays_on_the_line_after_its_last_word_is_not_waited_for(server: HttpServer) -> None:
    async def linger(exchange: Exchange) -> None:
        await exchange.begin("text/event-stream")
        for data in deltas(HELLO):
            await exchange.chunk(sse(data))
        await exchange.chunk(b"data: [DONE]\n\n")
        await exchange.client_hangs_up()

    server.script(linger)

    assert await _replied(server) == HELLO


async def test_a_redirect_is_refused_not_followed(server: HttpServer) -> None:
    server.script(_error(307, location=f"{server.url}/elsewhere"))

    with pytest.raises(Refused, match="307"):
        await _replied(server)
    assert len(server.exchanges) == 1


def _piece(index: int | None, call_id: str | None, name: str | None, arguments: str | None) -> dict[str, Any]:
    return chunk({"tool_calls": [{"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}]})


async def test_calls_written_in_turns_are_put_together_by_their_index(server: HttpServer) -> None:
    server.script(
        _stream(
            _piece(0, "a", "find", '{"d'),
            _piece(1, "b", "book", "{"),
            _piece(0, None, None, 'ay":1}'),
            _piece(1, None, None, "}"),
            chunk({}, "tool_calls"),
        )
    )

    assert await _replied(server) == [ModelToolCall("a", "find", '{"day":1}'), ModelToolCall("b", "book", "{}")]


async def test_an_endpoint_that_gives_every_call_the_same_index_is_understood(server: HttpServer) -> None:
    server.script(_stream(_piece(0, "a", "find", "{}"), _piece(0, "b", "book", "{}"), chunk({}, "tool_calls")))

    assert await _replied(server) == [ModelToolCall("a", "find", "{}"), ModelToolCall("b", "book", "{}")]


async def test_an_endpoint_that_gives_calls_no_id_is_understood(server: HttpServer) -> None:
    server.script(_stream(_piece(0, None, "find", "{}"), _piece(1, None, "book", None), chunk({}, "tool_calls")))

    assert await _replied(server) == [ModelToolCall("call-0", "find", "{}"), ModelToolCall("call-1", "book", "")]


async def test_usage_may_come_with_the_last_choice(server: HttpServer) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    server.script(_stream(chunk({"content": "Hello."}), chunk({}, "stop", usage)))

    assert await _replied(server) == [ModelText("Hello."), ModelUsage(7, 2)]


async def test_half_a_character_is_left_out(server: HttpServer) -> None:
    server.script(_stream(chunk({"content": "Hi \ud83d"}), chunk({}, "stop")))

    assert await _replied(server) == [ModelText("Hi ")]


async def test_comments_and_dribble_between_events_are_harmless(server: HttpServer) -> None:
    whole = b": keep-alive\n\n" + b"".join(sse(data) for data in deltas(HELLO))
    server.script(_stream(*(whole[at : at + 5] for at in range(0, len(whole), 5))))

    assert await _replied(server) == HELLO


@pytest.mark.parametrize(
    ("status", "expected"),
    [(429, Throttled), (400, Refused), (401, Refused), (404, Refused), (422, Refused), (409, Unavailable)],
)
async def test_an_error_status_is_named_at_once(server: HttpServer, status: int, expected: type[ProviderError]) -> None:
    server.script(_error(status, retry_after="60"))

    with pytest.raises(expected) as caught:
        await _replied(server)

    assert "tell-no-one" not in str(caught.value)
    assert len(server.exchanges) == 1


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


@pytest.mark.parametrize("fault", [_error(500), _error(503), _reset])
async def test_a_stumble_is_outlived_once(server: HttpServer, fault: Handler) -> None:
    server.script(fault, _stream(*deltas(HELLO)), fault, fault)

    assert await _replied(server) == HELLO
    with pytest.raises(Unavailable):
        await _replied(server)
    assert len(server.exchanges) == 4


async def _stall(exchange: Exchange) -> None:
    await exchange.client_hangs_up()


async def _stall_before_words(exchange: Exchange) -> None:
    await exchange.begin("text/event-stream")
    await exchange.chunk(sse(chunk({"role": "assistant", "content": ""})))
    await exchange.client_hangs_up()


async def _dribble_without_end(exchange: Exchange) -> None:
    await exchange.begin("text/event-stream")
    await exchange.chunk(sse(chunk({"content": "Hello."})))
    await exchange.client_hangs_up()


@pytest.mark.parametrize("fault", [_stall, _stall_before_words])
async def test_a_model_that_does_not_begin_is_given_up(server: HttpServer, fault: Handler) -> None:
    server.script(fault)

    with pytest.raises(Unavailable, match="in time"):
        await _replied(server, first_token_s=0.1)


async def test_a_model_that_does_not_end_is_given_up(server: HttpServer) -> None:
    server.script(_dribble_without_end)

    with pytest.raises(Unavailable, match="in time"):
        await _replied(server, whole_s=0.3)


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {not json}\n\n",
        b'data: "text"\n\n',
        b"data: 7\n\n",
        b"data: null\n\n",
        b'data: {"choices": "none"}\n\n',
        b'data: {"choices": [7]}\n\n',
        b'data: {"choices": [{"delta": {"content": 7}}]}\n\n',
        b'data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {}}]}}]}\n\n',
        b'data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a"}]}}]}\n\n',
        b'data: {"choices": [], "usage": {"prompt_tokens": "many"}}\n\n',
        b'data: {"error": {"message": "tell-no-one"}}\n\n',
        b'data: {"choices": [], "error": {"message": "tell-no-one"}}\n\n',
        b"data: " + b"[" * 100_000 + b"\n\n",
        b"data: " + b" " * 1_100_000,
        b"data: \xff\xfe\n\n",
    ],
)
async def test_something_unreadable_is_named(server: HttpServer, bad: bytes) -> None:
    server.script(_stream(chunk({"content": "Hello."}), bad, chunk({}, "stop")))

    with pytest.raises(Unavailable) as caught:
        await _replied(server)

    assert "tell-no-one" not in str(caught.value)


async def test_a_stream_without_a_finish_has_broken_off(server: HttpServer) -> None:
    server.script(_stream(chunk({"content": "Hello."}), done=False), _stream(chunk({"content": "Hello."})))

    for _ in range(2):
        with pytest.raises(Unavailable, match="broke off"):
            await _replied(server)


async def test_an_answer_that_is_no_stream_is_named(server: HttpServer) -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.answer("text/html", b"<html>proxy</html>")

    server.script(page)

    with pytest.raises(Unavailable, match="broke off"):
        await _replied(server)


@pytest.mark.parametrize("last", [chunk({"refusal": "I cannot"}), chunk({}, "content_filter")])
async def test_a_refusal_is_named(server: HttpServer, last: dict[str, Any]) -> None:
    server.script(_stream(last))

    with pytest.raises(Refused):
        await _replied(server)


async def test_a_vendor_that_is_not_there_is_named() -> None:
    nowhere = HttpServer()
    nowhere.url = "http://127.0.0.1:1"
    with pytest.raises(Unavailable, match="could not be reached"):
        await _replied(nowhere)


async def test_a_cut_off_reply_ends_with_what_was_written(server: HttpServer) -> None:
    server.script(_stream(chunk({"content": "Hello."}), chunk({}, "length")))

    assert await _replied(server) == HELLO


@pytest.mark.parametrize("fault", [_error(404), _reset])
async def test_warming_up_asks_for_nothing_that_costs_and_never_fails(server: HttpServer, fault: Handler) -> None:
    async def models(exchange: Exchange) -> None:
        await exchange.answer("application/json", b'{"object": "list", "data": []}')

    server.script(models, fault)
    async with aclosing(OpenAiChat(api_key="k", model="m", base_url=server.url)) as chat:
        await chat.warm_up()
        await chat.warm_up()

    assert {(exchange.method, exchange.path) for exchange in server.exchanges} == {("GET", "/models")}
