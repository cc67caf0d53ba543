"""Whether a call is streamed or held turn by turn."""

from dataclasses import replace

import pytest

from shared.usecases.answer_call import answer_call
from shared.usecases.by_stream import stream_url
from shared.wire.twiml import ConnectStream, Redirect
from tests.fakes import FakeCallStore
from tests.usecases.clinic import ADDRESSES, AGENT, AGENTS, LINES, NOW, STREAM_URL, incoming


def test_t7_a_call_is_streamed_unless_something_speaks_against_it() -> None:
    assert stream_url(ADDRESSES, AGENT) == STREAM_URL


def test_t7_a_line_may_be_held_turn_by_turn_for_good() -> None:
    assert stream_url(ADDRESSES, replace(AGENT, streaming=False)) is None


def test_t7_with_no_streaming_service_deployed_calls_are_held_turn_by_turn() -> None:
    assert stream_url(replace(ADDRESSES, stream=None), AGENT) is None


@pytest.mark.parametrize("deployed", [True, False])
def test_t7_a_caller_is_answered_at_once_either_way_and_again_alike(deployed: bool) -> None:
    store, addresses = FakeCallStore(), ADDRESSES if deployed else replace(ADDRESSES, stream=None)
    for token in ("first", "second"):
        verbs = answer_call(store, addresses, AGENTS, LINES, incoming(), token=token, now=NOW)
        assert isinstance(verbs[0], ConnectStream if deployed else Redirect)
        assert deployed or verbs == (Redirect(addresses.turn_number(1)),)
