"""Whether a call is streamed or held turn by turn, and when a streaming task is asked for."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.ports import Unavailable
from shared.ports.fleet import Fleet
from shared.usecases.answer_call import answer_call
from shared.usecases.by_stream import ASK_AGAIN, MISSING, stream_again, stream_url
from shared.usecases.next_step import next_step
from shared.wire.twiml import ConnectStream, Redirect
from tests.fakes import FakeCallStore, FakeRoster, FakeTaskService
from tests.usecases.clinic import (
    ADDRESSES,
    AGENT,
    AGENTS,
    CALL_SID,
    LINES,
    NOW,
    SECOND,
    STREAM_URL,
    incoming,
    state,
    streaming,
)

MINUTE = timedelta(minutes=1)


class Quiet:
    """A stage that keeps no task while nobody calls."""

    def __init__(self) -> None:
        self.store, self.roster, self.service = FakeCallStore(), FakeRoster(), FakeTaskService()
        self.fleet = Fleet(self.roster, self.service)
        self.now = NOW

    def url(self) -> str | None:
        return stream_url(ADDRESSES, AGENT, self.fleet, self.now)

    def comes(self) -> None:
        """A task is up, for a minute."""
        self.roster.announce("task", self.now, self.now + MINUTE)

    def again(self) -> bool:
        return stream_again(self.store, ADDRESSES, AGENT, self.fleet, state(self.store), self.now) == STREAM_URL


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records]


def test_t7_a_call_is_streamed_unless_something_speaks_against_it() -> None:
    assert stream_url(ADDRESSES, AGENT, None, NOW) == STREAM_URL


def test_t7_a_line_may_be_held_turn_by_turn_for_good(quiet: Quiet) -> None:
    held = replace(AGENT, streaming=False)

    assert stream_url(ADDRESSES, held, None, NOW) is None
    assert stream_url(ADDRESSES, held, quiet.fleet, NOW) is None
    assert quiet.service.asked == 0


def test_t7_with_no_streaming_service_deployed_calls_are_held_turn_by_turn(quiet: Quiet) -> None:
    nowhere = replace(ADDRESSES, stream=None)

    assert stream_url(nowhere, AGENT, None, NOW) is None
    assert stream_url(nowhere, AGENT, quiet.fleet, NOW) is None
    assert quiet.service.asked == 0


@pytest.mark.parametrize("deployed", [True, False])
def test_t7_a_caller_is_answered_at_once_either_way_and_again_alike(deployed: bool) -> None:
    store, addresses = FakeCallStore(), ADDRESSES if deployed else replace(ADDRESSES, stream=None)
    for token in ("first", "second"):
        verbs = answer_call(store, addresses, AGENTS, LINES, incoming(), token=token, now=NOW)
        assert isinstance(verbs[0], ConnectStream if deployed else Redirect)
        assert deployed or verbs == (Redirect(addresses.turn_number(1)),)


# --- a stage that keeps no task while nobody calls


def test_t7_the_first_caller_is_answered_turn_by_turn_and_a_task_is_asked_for(
    quiet: Quiet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    verbs = answer_call(quiet.store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW, fleet=quiet.fleet)

    assert verbs == (Redirect(ADDRESSES.turn_number(1)),)
    assert quiet.service.wanted == 1
    assert "task_asked" in messages(caplog)


def test_t7_whoever_calls_while_there_is_a_task_is_streamed(quiet: Quiet) -> None:
    quiet.comes()
    verbs = answer_call(quiet.store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW, fleet=quiet.fleet)

    assert isinstance(verbs[0], ConnectStream)
    assert quiet.service.asked == 0


def test_t7_of_many_callers_at_once_one_asks(quiet: Quiet) -> None:
    assert [quiet.url() for _ in range(10)] == [None] * 10
    assert quiet.service.asked == 1


def test_t7_a_task_is_asked_for_until_there_is_one(quiet: Quiet) -> None:
    for seconds in range(0, 100, 10):
        quiet.now = NOW + seconds * SECOND
        quiet.url()
    assert quiet.service.asked == 4

    quiet.comes()
    assert quiet.url() == STREAM_URL
    assert quiet.service.asked == 4


def test_p6_a_task_that_does_not_come_is_told(quiet: Quiet, caplog: pytest.LogCaptureFixture) -> None:
    while quiet.now - NOW < MISSING:
        quiet.url()
        quiet.now += ASK_AGAIN
    assert "task_missing" not in messages(caplog)

    quiet.url()
    assert "task_missing" in messages(caplog)


def test_p6_a_task_that_came_and_went_is_not_missing(quiet: Quiet, caplog: pytest.LogCaptureFixture) -> None:
    quiet.url()
    quiet.comes()
    quiet.now += 2 * MISSING
    assert quiet.url() is None

    assert "task_missing" not in messages(caplog)
    assert quiet.service.asked == 2


@pytest.mark.parametrize("which", ["roster", "service"])
def test_t7_whatever_fails_in_asking_the_caller_never_notices(
    quiet: Quiet, which: str, caplog: pytest.LogCaptureFixture
) -> None:
    getattr(quiet, which).fail(Unavailable("down"))
    verbs = answer_call(quiet.store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW, fleet=quiet.fleet)

    assert verbs == (Redirect(ADDRESSES.turn_number(1)),)
    assert "wake_failed" in messages(caplog)


def test_t7_what_failed_is_asked_for_again(quiet: Quiet) -> None:
    quiet.service.fail(Unavailable("down"))
    quiet.url()
    quiet.service.fail(None)
    quiet.now += ASK_AGAIN
    quiet.url()

    assert quiet.service.wanted == 1


def test_t7_a_stream_lost_while_no_task_lives_costs_no_reconnect(quiet: Quiet) -> None:
    stream = streaming(quiet.store)
    verbs = next_step(
        quiet.store,
        ADDRESSES,
        AGENTS,
        CALL_SID,
        token="t",
        now=NOW,
        put_through=lambda *_: (),
        take_payment=lambda *_: (),
        fleet=quiet.fleet,
    )

    assert verbs == (Redirect(ADDRESSES.turn_number(stream + 1)),)
    assert [entry.kind for entry in quiet.store.log(CALL_SID)] == []
    assert quiet.service.wanted == 1


def test_t7_a_call_moves_over_as_soon_as_a_task_is_there(quiet: Quiet) -> None:
    answer_call(quiet.store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW, fleet=quiet.fleet)
    quiet.now += 10 * SECOND
    assert not quiet.again()

    quiet.now += 10 * SECOND
    quiet.comes()
    assert quiet.again()
    assert [entry.kind for entry in quiet.store.log(CALL_SID)] == ["stream-again"]


def test_t7_a_call_that_lost_the_stream_of_a_task_that_lives_is_in_no_hurry(quiet: Quiet) -> None:
    answer_call(quiet.store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW, fleet=quiet.fleet)
    quiet.now += 10 * SECOND
    quiet.comes()
    assert quiet.again()

    quiet.now += 10 * SECOND
    assert not quiet.again()
    quiet.now = NOW + MINUTE
    assert quiet.again()


def test_t7_each_time_tasks_come_anew_a_call_moves_at_once(quiet: Quiet) -> None:
    answer_call(quiet.store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW, fleet=quiet.fleet)
    quiet.now += 10 * SECOND
    quiet.comes()
    assert quiet.again()
    quiet.roster.withdraw("task")
    quiet.now += 5 * SECOND
    assert not quiet.again()

    quiet.now += 5 * SECOND
    quiet.comes()
    assert quiet.again()
