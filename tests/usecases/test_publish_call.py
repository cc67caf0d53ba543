"""A finished call is published: never not at all, and once unless something breaks in between."""

import pytest

from shared.ports import BusinessEvent, LogEntry, Unavailable
from shared.usecases.call_finished import NotFinished
from shared.usecases.publish_call import publish_call
from tests.fakes import FakeCallStore, FakeEventBus
from tests.usecases.clinic import CALL_SID, answered, state
from tests.usecases.finished_call import ENDED, TRANSCRIPT, finished


def publish(store: FakeCallStore, bus: FakeEventBus) -> bool:
    return publish_call(store, bus, CALL_SID, transcript=TRANSCRIPT, now=ENDED)


def test_p5_a_finished_call_is_published_once_however_often_it_is_asked_for() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)

    assert [publish(store, bus) for _ in range(3)] == [True, False, False]
    assert [event.detail["id"] for event in bus.published] == [f"{CALL_SID}:call.finished"]


def test_p5_what_the_bus_did_not_take_is_published_the_next_time() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)
    bus.fail(Unavailable("no bus"))

    with pytest.raises(Unavailable):
        publish(store, bus)
    bus.fail(None)

    assert publish(store, bus)
    assert len(bus.published) == 1


class BusBeforeTheCrash(FakeEventBus):
    """Takes the event, and then the table is gone."""

    def __init__(self, store: FakeCallStore) -> None:
        super().__init__()
        self._store = store

    def publish(self, event: BusinessEvent) -> None:
        super().publish(event)
        self._store.fail(Unavailable("no table"))


def test_p5_an_event_that_was_not_marked_comes_again_under_the_same_id() -> None:
    store = FakeCallStore()
    finished(store)
    crashing, bus = BusBeforeTheCrash(store), FakeEventBus()

    with pytest.raises(Unavailable):
        publish(store, crashing)
    store.fail(None)

    assert [publish(store, bus), publish(store, bus)] == [True, False]
    assert bus.published == crashing.published


def test_a1_the_report_is_made_again_with_the_lines_that_came_after_the_end() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    finished(store)
    late = LogEntry("01-00099", "tool", ENDED, {"name": "send_text", "arguments": {}, "result": {"reference": "t1"}})
    store.append(CALL_SID, [late])

    publish(store, bus)

    (event,) = bus.published
    assert {"name": "send_text", "done": True, "result": {"reference": "t1"}} in event.detail["tasks"]  # type: ignore[operator]
    assert (state(store).report or {})["actions"]


def test_a_call_that_is_unknown_or_goes_on_is_not_published() -> None:
    store, bus = FakeCallStore(), FakeEventBus()

    with pytest.raises(NotFinished):
        publish(store, bus)
    answered(store)
    with pytest.raises(NotFinished):
        publish(store, bus)

    assert (bus.published, list(store.log(CALL_SID))) == ([], [])
