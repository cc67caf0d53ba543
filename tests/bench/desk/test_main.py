import asyncio
import json
from collections.abc import AsyncIterator

from bench.desk.__main__ import p95, take_load


class Page:
    """A WebSocket on which what is put arrives."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[str] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            yield await self.coming.get()


async def test_each_update_is_timed_and_one_that_never_comes_is_counted() -> None:
    pages, loop = [Page(), Page()], asyncio.get_running_loop()

    def write(number: int, key: str) -> None:
        if not key.endswith("3"):
            message = json.dumps({"news": [{"kind": "call"}, {"kind": "lines", "lines": [{"key": key}]}]})
            loop.call_soon_threadsafe(pages[number].coming.put_nowait, message)

    times, lost = await take_load(pages, write, 2, 3, "update", settle_s=0.2)  # type: ignore[arg-type]

    assert (len(times), lost) == (5, 1)
    assert all(time > 0 for time in times)


def test_the_slowest_twentieth_is_above_p95() -> None:
    assert 94 < p95([float(number) for number in range(1, 101)]) < 97
    assert p95([]) == 0.0
