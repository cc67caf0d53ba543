"""What agents can do, as one set of tools: among them having people call back, and writing down."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Final

from shared.core.events import JsonValue
from shared.ports import FollowUpKind, FollowUps, Refused, Tools

REQUEST_CALLBACK: Final = "request_callback"
NOTE_DOWN: Final = "note_down"


class ToolKit:
    """Several sets of tools as one. No name may be in two of them."""

    def __init__(self, *sets: Tools) -> None:
        self._by_name = {name: tools for tools in sets for name in tools.names()}

    def names(self) -> Iterable[str]:
        return tuple(self._by_name)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        tools = self._by_name.get(name)
        if tools is None:
            raise Refused("no such tool")
        return await tools.run(name, arguments, key=key)


class Notes:
    """What was asked for is in the call's record, as of every tool; nothing else is done with it."""

    def names(self) -> Iterable[str]:
        return (NOTE_DOWN,)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        return {}


class Callbacks:
    """A call back is put into the queue that people at desks work through."""

    def __init__(self, follow_ups: FollowUps, *, threads: Executor, now: Callable[[], datetime]) -> None:
        self._follow_ups = follow_ups
        self._threads = threads
        self._now = now

    def names(self) -> Iterable[str]:
        return (REQUEST_CALLBACK,)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        """`phone` is whom to ring, all else what it is about. It is due today, so that the same is asked once."""
        call_sid = key.partition(":")[0]
        about = ", ".join(value for slot, value in arguments.items() if slot != "phone")
        today = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        number = arguments.get("phone", "")
        add = partial(self._follow_ups.add, FollowUpKind.CALLBACK, call_sid, about, today, number=number)
        await asyncio.get_running_loop().run_in_executor(self._threads, add)
        return {}
