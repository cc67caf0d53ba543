"""What is written straight to a vendor's socket, read by the library."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from shared.speech.sockets import Frame, opened, write


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
async def test_frames_of_every_length_arrive_as_they_were(size: int) -> None:
    got: asyncio.Queue[Frame] = asyncio.Queue()

    async def listens(connection: ServerConnection) -> None:
        async for frame in connection:
            got.put_nowait(frame)

    async with asyncio.timeout(10), serve(listens, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with await opened("A vendor", f"ws://127.0.0.1:{port}", {}, within_s=5) as connection:
            sent: list[Frame] = [b"\xff" * size, "é" * (size // 2)]
            for frame in sent:
                write(connection, frame)
            assert [await got.get() for _ in sent] == sent
