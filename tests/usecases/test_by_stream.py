"""Whether a call is streamed or held turn by turn."""

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from shared.ports import Unavailable
from shared.usecases.answer_call import answer_call
from shared.usecases.by_stream import stream_url
from shared.wire.twiml import ConnectStream, Redirect
from tests.fakes import FakeCallStore
from tests.usecases.clinic import ADDRESSES, AGENT, AGENTS, LINES, NOW, STREAM_URL, incoming


@dataclass
class Fleet:
    """Tasks that are up or not, or cannot be asked after."""

    up: bool = False
    broken: bool = False
    asked: int = 0

    def is_up(self, now: datetime) -> bool:
        if self.broken:
            raise Unavailable("down")
        return self.up

    def call_up(self, now: datetime) -> bool:
        self.asked += 1
        return self.asked == 1


def test_t7_a_call_is_streamed_unless_something_speaks_against_it() -> None:
    assert stream_url(ADDRESSES, AGENT, None, NOW) == STREAM_URL
    assert stream_url(ADDRESSES, AGENT, Fleet(up=True), NOW) == STREAM_URL


def test_t7_a_line_may_be_held_turn_by_turn_for_good() -> None:
    assert stream_url(ADDRESSES, replace(AGENT, streaming=False), None, NOW) is None


def test_t7_with_no_streaming_service_deployed_there_is_nothing_to_ask() -> None:
    fleet = Fleet()
    assert stream_url(replace(ADDRESSES, stream=None), AGENT, fleet, NOW) is None
    assert fleet.asked == 0


def test_t7_a_fleet_that_is_not_up_is_called_up() -> None:
    fleet = Fleet()
    assert stream_url(ADDRESSES, AGENT, fleet, NOW) is None
    assert fleet.asked == 1


def test_t7_a_fleet_that_cannot_be_asked_keeps_nobody_waiting() -> None:
    assert stream_url(ADDRESSES, AGENT, Fleet(broken=True), NOW) is None


@pytest.mark.parametrize("up", [True, False])
def test_t7_a_caller_is_answered_at_once_either_way_and_again_alike(up: bool) -> None:
    store = FakeCallStore()
    for token in ("first", "second"):
        verbs = answer_call(store, ADDRESSES, AGENTS, LINES, incoming(), token=token, now=NOW, fleet=Fleet(up=up))
        assert isinstance(verbs[0], ConnectStream if up else Redirect)
        assert up or verbs == (Redirect(ADDRESSES.turn_number(1)),)
