import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from yarl import URL

from rehearsal import virtual_time
from rehearsal.network import App, Network

AT = URL("ws://media.test/media")


def rehearsed(app: App | None, work: Callable[[Network], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.TaskGroup() as tasks:
            await work(Network(tasks, {"media.test": lambda: app}))

    virtual_time.run(whole())


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Sends back what it gets; `bye` closes, `crash` ends without a close."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == "crash":
            return
        if message["text"] == "bye":
            await send({"type": "websocket.close", "code": 1012})
            return
        await send({"type": "websocket.send", "text": message["text"]})


@pytest.mark.parametrize(("last", "code"), [("bye", 1012), ("crash", 1006)])
def test_a_socket_carries_text_both_ways_until_the_app_ends_it(last: str, code: int) -> None:
    async def work(network: Network) -> None:
        socket = await network.ws_connect(AT, headers={})
        await socket.send_str("hello")
        await socket.send_str(last)
        assert [frame.data async for frame in socket] == ["hello"]
        assert socket.close_code == code
        with pytest.raises(aiohttp.ClientConnectionResetError):
            await socket.send_str("too late")

    rehearsed(echo, work)


def test_a_socket_that_is_cut_is_gone_for_both_sides() -> None:
    async def work(network: Network) -> None:
        socket = await network.ws_connect(AT, headers={})
        network.cut()
        assert [frame async for frame in socket] == []
        assert socket.close_code == 1006

    rehearsed(echo, work)


def test_an_app_that_turns_a_socket_away_says_with_which_status() -> None:
    async def away(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.http.response.start", "status": 503, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})

    async def work(network: Network) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await network.ws_connect(AT, headers={})
        assert refused.value.status == 503

    rehearsed(away, work)


def test_a_request_reaches_the_app_as_it_was_sent_and_its_answer_comes_back() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        seen = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {dict(scope['headers'])[b'a']!r}"
        await send({"type": "http.response.start", "status": 201, "headers": [(b"Content-Type", b"text/xml")]})
        await send({"type": "http.response.body", "body": seen.encode() + body})

    async def work(network: Network) -> None:
        url = URL("http://media.test/x%2Fy?z=1", encoded=True)
        async with network.request("POST", url, data=b"body", headers={"A": "b"}) as response:
            assert (response.status, response.headers.get("content-type")) == (201, "text/xml")
            assert b"".join([piece async for piece in response.content.iter_chunked(9)]) == b"POST /x/y?z=1 b'b'body"

    rehearsed(app, work)


@pytest.mark.parametrize("url", ["ws://media.test/media", "ws://elsewhere.test/media"])
def test_nobody_answers_where_nothing_is(url: str) -> None:
    async def work(network: Network) -> None:
        with pytest.raises(aiohttp.ClientConnectorError):
            await network.ws_connect(URL(url), headers={})

    rehearsed(None, work)
