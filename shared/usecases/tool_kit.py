"""What agents can do, as one set of tools: among them having people call back, and writing down."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.core.called_back import REQUEST_CALLBACK
from shared.core.events import JsonValue
from shared.ports import CallStore, FollowUpKind, FollowUps, Refused, Tools
from shared.usecases.call_back import (
    BY_AGENT,
    CALLS_BACK,
    CALLS_BACK_AFTER,
    CALLS_BACK_WITHIN,
    DUE_AT,
    asked_for,
    number_of,
)

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
    """A call back is put into the queue that people at desks work through.

    `calls` is given where the agent itself calls back (`shared.usecases.call_back`); `timezone` is the agent's.
    """

    def __init__(
        self,
        follow_ups: FollowUps,
        *,
        threads: Executor,
        now: Callable[[], datetime],
        calls: CallStore | None = None,
        timezone: str = "UTC",
    ) -> None:
        self._follow_ups = follow_ups
        self._threads = threads
        self._now = now
        self._calls = calls
        self._timezone = timezone

    def names(self) -> Iterable[str]:
        return (REQUEST_CALLBACK,)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        """`phone` is whom to ring, `day` and `time` are when, all of it is what it is about. Where people are to ring,
        and no time was asked for, it is due today, so that the same is asked once."""
        call_sid = key.partition(":")[0]
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, call_sid, arguments)

    def _ask(self, call_sid: str, arguments: Mapping[str, str]) -> Mapping[str, JsonValue]:
        about = ", ".join(value for slot, value in arguments.items() if slot != "phone")
        phone, now = arguments.get("phone", ""), self._now().astimezone(ZoneInfo(self._timezone))
        asked = asked_for(arguments, now)
        call = self._calls.get(call_sid) if self._calls is not None else None
        number = "" if call is None else number_of(call, phone)
        if not number:
            today = now.replace(hour=0, minute=0, second=0, microsecond=0)
            self._follow_ups.add(FollowUpKind.CALLBACK, call_sid, about, asked or today, number=phone)
            return {}
        due = asked or now + CALLS_BACK_AFTER
        until = due + CALLS_BACK_WITHIN
        self._follow_ups.add(FollowUpKind.CALLBACK, call_sid, about, due, number=number, agent_until=until)
        return {CALLS_BACK: BY_AGENT, **({DUE_AT: asked.isoformat()} if asked else {})}
