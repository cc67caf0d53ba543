"""What the caller wants, in order."""

import json
from datetime import date

from shared.core.agenda import Agenda
from shared.core.tasks import Progress
from tests.agents import BOOK, CALL_BACK, DESK, SMALL

FRIDAY = date(2026, 11, 20)


def test_another_want_puts_the_task_under_way_aside_and_it_comes_back_as_it_was() -> None:
    agenda = Agenda()
    assert agenda.take_up(BOOK)
    assert agenda.progress is not None
    agenda.progress.fill({"service": "clean"}, FRIDAY)
    assert agenda.take_up(CALL_BACK)
    following = agenda.finish()
    assert isinstance(following, Progress)
    assert (following.task, following.values) == (BOOK, {"service": "cleaning"})


def test_the_same_want_again_is_the_same_task() -> None:
    agenda = Agenda()
    agenda.take_up(BOOK)
    assert not agenda.take_up(BOOK)
    agenda.add(BOOK, {}, FRIDAY)
    assert agenda.finish() is None


def test_a_route_wanted_afterwards_comes_afterwards() -> None:
    agenda = Agenda()
    agenda.take_up(CALL_BACK)
    agenda.add(DESK, {}, FRIDAY)
    assert agenda.finish() is DESK
    assert agenda.progress is None


def test_a_snapshot_survives_json_and_is_validated_again() -> None:
    agenda = Agenda()
    agenda.take_up(BOOK)
    assert agenda.progress is not None
    agenda.progress.fill({"service": "clean", "day": "tuesday", "time": "nine"}, FRIDAY)
    agenda.progress.offer("time", ["09:00"], FRIDAY)
    agenda.progress.next()
    snapshot = json.loads(json.dumps(agenda.snapshot()))

    again = Agenda.restore(SMALL, snapshot, FRIDAY)
    assert again.progress is not None
    assert again.progress.values == agenda.progress.values
    assert again.progress.waiting_for == "phone"

    snapshot["values"]["day"] = "2020-01-01"
    assert "day" not in (Agenda.restore(SMALL, snapshot, FRIDAY).progress or Progress(BOOK)).values


def test_a_snapshot_of_a_task_that_is_no_more_is_forgotten() -> None:
    assert Agenda.restore(SMALL, {"task": "gone", "values": {}}, FRIDAY).progress is None
    assert Agenda.restore(SMALL, "nonsense", FRIDAY).progress is None
