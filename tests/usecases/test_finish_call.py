"""A call is finished once, and how it went does not depend on who said so first."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.core.call_status import CallStatus
from shared.core.next_step import Apologise, HangUp, NextStep, TakeMessage
from shared.usecases.finish_call import finish_call
from tests.fakes import FakeCallStore
from tests.usecases.clinic import CALL_SID, NOW, SECOND, answered, state, streaming


def test_the_first_signal_finishes_the_call_and_the_others_change_nothing() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    assert finish_call(store, CALL_SID, NOW)
    before = state(store)

    assert not finish_call(store, CALL_SID, NOW + SECOND)
    assert state(store) == before


def test_of_signals_that_come_together_exactly_one_finishes_the_call() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: finish_call(store, CALL_SID, NOW), range(4)))

    assert sorted(results) == [False, False, False, True]


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (HangUp(), "completed"),
        (TakeMessage("Please leave a message.", "x"), "message"),
        (Apologise("We are sorry.", "x"), "failed"),
        (None, "caller-left"),
    ],
)
def test_the_outcome_is_what_the_agent_had_decided(step: NextStep | None, outcome: str) -> None:
    store = FakeCallStore()
    streaming(store, then=step)
    store.advance_status(CALL_SID, CallStatus.COMPLETED, NOW)

    finish_call(store, CALL_SID, NOW)

    assert state(store).outcome == outcome


@pytest.mark.parametrize("status", ["busy", "failed", "no-answer", "canceled"])
def test_a_call_that_was_never_connected_says_so(status: str) -> None:
    store = FakeCallStore()
    answered(store)
    store.advance_status(CALL_SID, CallStatus(status), NOW)

    finish_call(store, CALL_SID, NOW)

    assert state(store).outcome == "not-connected"


def test_an_unknown_call_is_nobodys_to_finish() -> None:
    assert not finish_call(FakeCallStore(), CALL_SID, NOW)
