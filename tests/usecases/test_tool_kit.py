"""Tools of several kinds as one, and callers who are called back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from shared.ports import Refused
from shared.usecases.tool_kit import Callbacks, ToolKit
from tests.fakes import FakeTools
from tests.people import FakeFollowUps

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ARGUMENTS = {"topic": "my bill", "phone": "+14155550100"}


async def test_each_tool_is_run_by_whoever_has_it() -> None:
    others, follow_ups = FakeTools(), FakeFollowUps()
    with ThreadPoolExecutor(1) as threads:
        kit = ToolKit(Callbacks(follow_ups, threads=threads, now=lambda: NOW))
        assert tuple(kit.names()) == ("request_callback",)
        with pytest.raises(Refused):
            await kit.run("other", {}, key="CA1:other:0")
    assert tuple(ToolKit(others).names()) == tuple(others.names())


async def test_x4_a_call_back_is_asked_for_once_with_the_number_and_what_it_is_about() -> None:
    follow_ups = FakeFollowUps()
    with ThreadPoolExecutor(1) as threads:
        callbacks = Callbacks(follow_ups, threads=threads, now=lambda: NOW)
        for _ in range(2):
            assert await callbacks.run("request_callback", ARGUMENTS, key="CA1:call_back:0") == {}
    (added,) = follow_ups.added
    assert added.call_sid == "CA1"
    assert (added.about, added.number) == ("my bill", "+14155550100")
