"""Call status callbacks: recorded in order whatever order they come in, acted on once."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.call_status import CallStatus
from shared.ports import CallStore, LogEntry, Unavailable
from shared.usecases.answer_call import answer_call
from shared.usecases.record_status import StatusReport, record_status
from shared.wire.twiml import Hangup
from tests.fakes import FakeCallStore
from tests.usecases.clinic import ADDRESSES, AGENTS, CALL_SID, LINES, NOW, SECOND, answered, incoming, state, streaming

LIFE = [
    StatusReport(CALL_SID, CallStatus.INITIATED, NOW, 0),
    StatusReport(CALL_SID, CallStatus.RINGING, NOW, 1),
    StatusReport(CALL_SID, CallStatus.IN_PROGRESS, NOW + SECOND, 2),
    StatusReport(CALL_SID, CallStatus.COMPLETED, NOW + 60 * SECOND, 3, {"duration_s": 59}),
]


def _recorded(store: CallStore) -> list[object]:
    return [entry.data["status"] for entry in store.log(CALL_SID)]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_callbacks_in_any_order_are_recorded_in_the_order_things_happened(order: tuple[int, ...]) -> None:
    store = FakeCallStore()
    streaming(store)
    for index in order:
        record_status(store, LIFE[index])

    assert _recorded(store) == ["initiated", "ringing", "in-progress", "completed"]
    assert state(store).status is CallStatus.COMPLETED
    assert state(store).ended_at == NOW + 60 * SECOND


@given(st.lists(st.sampled_from(LIFE), max_size=12))
def test_duplicates_and_gaps_are_harmless_and_the_status_never_goes_back(reports: list[StatusReport]) -> None:
    store = FakeCallStore()
    streaming(store)
    for report in reports:
        before = state(store).status
        record_status(store, report)
        assert state(store).status.rank >= before.rank

    assert len(_recorded(store)) == len({report.sequence for report in reports})
    assert (state(store).outcome is None) == (LIFE[3] not in reports)


@given(st.permutations([*LIFE, LIFE[3], "rings", "rings"]))
def test_t4_a_call_is_finished_wherever_its_own_webhook_comes_among_the_callbacks(
    deliveries: list[StatusReport | str],
) -> None:
    store = FakeCallStore()
    for delivery in deliveries:
        if isinstance(delivery, StatusReport):
            record_status(store, delivery)
        else:
            answer_call(store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW)

    assert state(store).status is CallStatus.COMPLETED
    assert (state(store).outcome, state(store).report is None) == ("caller-left", False)
    assert _recorded(store) == ["initiated", "ringing", "in-progress", "completed"]


def test_t4_a_call_that_was_over_before_its_webhook_came_is_hung_up() -> None:
    store = FakeCallStore()
    record_status(store, StatusReport(CALL_SID, CallStatus.NO_ANSWER, NOW, 2))

    verbs = answer_call(store, ADDRESSES, AGENTS, LINES, incoming(), token="t", now=NOW + SECOND)

    assert verbs == (Hangup(),)
    assert (state(store).outcome, state(store).ended_at) == ("not-connected", NOW + SECOND)


def test_a_terminal_status_is_final() -> None:
    store = FakeCallStore()
    answered(store)
    record_status(store, StatusReport(CALL_SID, CallStatus.NO_ANSWER, NOW, 2))
    record_status(store, LIFE[3])

    assert state(store).status is CallStatus.NO_ANSWER
    assert state(store).outcome == "not-connected"
    assert len(_recorded(store)) == 2


def test_a_callback_without_a_sequence_number_is_recorded_once_too() -> None:
    store = FakeCallStore()
    streaming(store)
    for _ in range(2):
        record_status(store, StatusReport(CALL_SID, CallStatus.IN_PROGRESS, NOW))

    assert _recorded(store) == ["in-progress"]


def test_the_details_of_a_callback_are_kept() -> None:
    store = FakeCallStore()
    streaming(store)
    record_status(store, LIFE[3])

    assert store.log(CALL_SID)[0].data == {"status": "completed", "duration_s": 59}


def test_the_status_of_an_unknown_call_is_recorded_and_creates_no_call() -> None:
    store = FakeCallStore()
    record_status(store, LIFE[3])

    assert _recorded(store) == ["completed"]
    assert store.get(CALL_SID) is None


def test_a_delivery_that_failed_half_way_is_made_good_by_the_next() -> None:
    store = FakeCallStore()
    streaming(store)
    store.append(CALL_SID, [LogEntry("status-000003-completed", "call-status", LIFE[3].at, {"status": "completed"})])
    store.fail(Unavailable("no table"))
    with pytest.raises(Unavailable):
        record_status(store, LIFE[3])
    store.fail(None)

    record_status(store, LIFE[3])

    assert state(store).outcome == "caller-left"
    assert _recorded(store) == ["completed"]
