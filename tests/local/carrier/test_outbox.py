"""What waits to be sent on a media socket."""

import asyncio

import aiohttp
from aiohttp import web

from local.carrier.outbox import MAX_WAITING, MAX_WAITING_MEDIA, Outbox
from tests.local.carrier.office import served


def test_media_stay_out_when_five_seconds_wait() -> None:
    outbox = Outbox()
    for _ in range(MAX_WAITING_MEDIA):
        assert not outbox.behind
        outbox.put("media")
    assert outbox.behind


async def test_messages_are_sent_in_order_and_make_room() -> None:
    received: list[str] = []
    everything = asyncio.Event()

    async def serve(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            received.append(message.data)
            if len(received) == MAX_WAITING + 1:
                everything.set()
        return socket

    outbox = Outbox()
    for number in range(MAX_WAITING):
        outbox.put(str(number))
    async with (
        served(serve) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as socket,
        asyncio.timeout(10),
        asyncio.TaskGroup() as tasks,
    ):
        sending = tasks.create_task(outbox.send_all(socket))
        await outbox.room()
        outbox.put("last")
        await everything.wait()
        sending.cancel()
    assert received == [*map(str, range(MAX_WAITING)), "last"]


async def test_a_broken_socket_ends_the_sending() -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    outbox = Outbox()
    async with served(serve) as url, aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive()
        outbox.put("too late")
        await asyncio.wait_for(outbox.send_all(socket), 5)
