"""A call that is over is noted in the CRM: never not at all, and once."""

from typing import Any

import pytest

from shared.ports import Unavailable
from shared.ports.crm import CallNote, Reached
from shared.usecases.tell_crm import Notes, NotUnderstood, note_of, tell_crm
from tests.fakes import FakeCallStore
from tests.usecases.clinic import CALL_SID, NOW

ATTEMPT: dict[str, Any] = {
    "version": 1,
    "id": "reminder-4f2a.1:attempt.completed",
    "chain": "reminder-4f2a",
    "campaign": "appointment_reminder",
    "event_id": "e-1",
    "reference": "A-17",
    "attempt": 1,
    "called": "+14155550142",
    "call_sid": CALL_SID,
    "disposition": "reached",
    "result": "confirmed",
    "details": {"day": "2026-11-24"},
    "talked_s": 31,
    "ended_at": "2026-11-20T15:30:00+00:00",
}
FINISHED: dict[str, Any] = {
    "call_sid": CALL_SID,
    "line": "+15550100123",
    "caller": "+14155550142",
    "agent": "front_door",
    "ended_at": "2026-11-20T15:30:00+00:00",
    "duration_s": 161,
    "outcome": "completed",
    "intents": ["book_appointment"],
    "tasks": [{"name": "book_appointment", "done": True, "result": {"day": "2026-11-24"}}],
    "sentiment": "positive",
}


class FakeCrm:
    """Notes in a list; `fail` is raised instead, or after the note with `late`."""

    def __init__(self) -> None:
        self.noted: list[CallNote] = []
        self.fail: Exception | None = None
        self.late = False

    def has_call(self, key: str) -> bool:
        return any(note.key == key for note in self.noted)

    def note_call(self, note: CallNote) -> None:
        fail, self.fail = self.fail, None
        if fail is None or self.late:
            self.noted.append(note)
        if fail is not None:
            raise fail


def notes(crm: FakeCrm) -> Notes:
    return Notes(crm, FakeCallStore(), lambda: NOW)


def test_o5_an_attempt_is_noted_once_however_often_it_is_told() -> None:
    crm = FakeCrm()
    with_crm = notes(crm)
    assert [tell_crm(with_crm, "attempt.completed", ATTEMPT) for _ in range(3)] == [True, False, False]
    (note,) = crm.noted
    assert (note.number, note.outgoing, note.reached, note.talked_s) == ("+14155550142", True, Reached.TALKED, 31)
    assert note.title == "appointment reminder: confirmed"
    assert note.body == "appointment_reminder, call 1 about A-17: reached, confirmed.\nday: 2026-11-24"


def test_i1_a_call_that_came_in_is_noted_with_what_was_done() -> None:
    crm = FakeCrm()
    assert tell_crm(notes(crm), "call.finished", FINISHED)
    (note,) = crm.noted
    assert (note.number, note.line, note.outgoing) == ("+14155550142", "+15550100123", False)
    assert "book appointment: done (day 2026-11-24)." in note.body


def test_o5_what_the_crm_did_not_take_is_noted_the_next_time() -> None:
    crm = FakeCrm()
    with_crm = notes(crm)
    crm.fail = Unavailable("away")
    with pytest.raises(Unavailable):
        tell_crm(with_crm, "attempt.completed", ATTEMPT)
    assert tell_crm(with_crm, "attempt.completed", ATTEMPT)
    assert len(crm.noted) == 1


def test_o5_a_note_whose_answer_was_lost_is_not_made_again() -> None:
    crm = FakeCrm()
    with_crm = notes(crm)
    crm.fail, crm.late = Unavailable("no answer"), True
    with pytest.raises(Unavailable):
        tell_crm(with_crm, "attempt.completed", ATTEMPT)
    assert not tell_crm(with_crm, "attempt.completed", ATTEMPT)
    assert len(crm.noted) == 1


def test_o5_an_attempt_that_rang_nobody_is_not_noted() -> None:
    crm = FakeCrm()
    assert not tell_crm(notes(crm), "attempt.completed", {**ATTEMPT, "call_sid": "", "disposition": "not-dialled"})
    assert crm.noted == []


@pytest.mark.parametrize(
    ("disposition", "reached"),
    [
        ("message-left", Reached.MESSAGE_LEFT),
        ("wrong-person", Reached.WRONG_NUMBER),
        ("busy", Reached.BUSY),
        ("mailbox", Reached.NO_ANSWER),
        ("unknown", Reached.NOT_CONNECTED),
    ],
)
def test_o5_people_see_who_was_reached(disposition: str, reached: Reached) -> None:
    note = note_of("attempt.completed", {**ATTEMPT, "disposition": disposition})
    assert note is not None
    assert note.reached is reached


def test_o5_a_call_of_ours_is_noted_by_its_attempt_alone() -> None:
    crm = FakeCrm()
    assert not tell_crm(notes(crm), "call.finished", {**FINISHED, "attempt": "reminder-4f2a.1"})
    assert crm.noted == []


@pytest.mark.parametrize("detail", [{}, {**ATTEMPT, "disposition": "x"}, {**ATTEMPT, "ended_at": "today"}])
def test_an_event_that_is_none_is_refused(detail: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        tell_crm(notes(FakeCrm()), "attempt.completed", detail)
