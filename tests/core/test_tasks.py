"""A task under way: what is missing, what is offered, what is agreed."""

from dataclasses import replace
from datetime import date

from shared.core.agent import Slot, SlotKind
from shared.core.lines import Line
from shared.core.steps import Ask, Fetch, Run
from shared.core.tasks import CONFIRMATION, SECRETS, Progress
from tests.agents import BOOK

FRIDAY = date(2026, 11, 20)
TIMES = ["09:00", "10:00", "11:30", "15:00", "16:30"]


def filled(**said: str) -> Progress:
    progress = Progress(BOOK)
    progress.fill(said, FRIDAY)
    return progress


def test_slots_are_asked_in_the_order_of_the_file() -> None:
    assert Progress(BOOK).next() == Ask("service", Line("Cleaning or check-up?", fixed=True))
    assert filled(service="clean").next() == Ask("day", Line("Which day?", fixed=True))


def test_options_are_fetched_with_the_slots_before_them() -> None:
    progress = filled(service="clean", day="tuesday", phone="555 0100")
    assert progress.next() == Fetch("time", "free", {"service": "cleaning", "day": "2026-11-24"})


def test_of_many_options_a_few_from_early_to_late_are_said() -> None:
    progress = filled(service="clean", day="tuesday")
    progress.offer("time", TIMES, FRIDAY)
    assert progress.next() == Ask("time", Line("I have 9 AM, 11:30 AM or 4:30 PM. Which one?"))
    assert progress.offered == ("09:00", "11:30", "16:30")


def test_a_part_of_the_day_narrows_what_is_offered_and_is_no_mistake() -> None:
    progress = filled(service="clean", day="tuesday", time="in the morning")
    progress.offer("time", TIMES, FRIDAY)
    assert progress.next() == Ask("time", Line("I have 9 AM, 10 AM or 11:30 AM. Which one?"))
    progress.fill({"time": "the second one"}, FRIDAY)
    assert progress.values["time"] == "10:00"


def test_a_time_not_said_aloud_but_free_is_taken() -> None:
    progress = filled(service="clean", day="tuesday", time="ten")
    progress.offer("time", TIMES, FRIDAY)
    assert progress.values["time"] == "10:00"


def test_nothing_runs_before_the_caller_agreed_to_what_was_read_back() -> None:
    progress = filled(service="clean", day="tuesday", time="ten", phone="555 0100")
    progress.offer("time", TIMES, FRIDAY)
    asked = progress.next()
    assert isinstance(asked, Ask)
    assert asked.waiting_for == CONFIRMATION
    progress.fill({CONFIRMATION: True}, FRIDAY)
    assert isinstance(progress.next(), Run)


def test_agreement_given_before_anything_was_read_back_counts_for_nothing() -> None:
    progress = filled(service="clean", day="tuesday", time="ten", phone="555 0100")
    progress.fill({CONFIRMATION: True}, FRIDAY)
    progress.offer("time", TIMES, FRIDAY)
    assert isinstance(progress.next(), Ask)


def test_agreement_together_with_a_change_is_no_agreement() -> None:
    progress = filled(service="clean", day="tuesday", time="ten", phone="555 0100")
    progress.offer("time", TIMES, FRIDAY)
    progress.next()
    progress.fill({CONFIRMATION: True, "phone": "555 0199"}, FRIDAY)
    assert isinstance(progress.next(), Ask)


def test_a_changed_day_lists_the_times_anew_and_keeps_the_wish() -> None:
    progress = filled(service="clean", day="tuesday", time="ten")
    progress.offer("time", TIMES, FRIDAY)
    progress.fill({"day": "wednesday"}, FRIDAY)
    assert progress.next() == Fetch("time", "free", {"service": "cleaning", "day": "2026-11-25"})
    progress.offer("time", ["10:00"], FRIDAY)
    assert progress.values["time"] == "10:00"


def test_values_of_the_wrong_type_and_unknown_slots_are_left_out() -> None:
    progress = Progress(BOOK)
    progress.fill({"service": ["clean"], "day": None, "colour": "red", CONFIRMATION: "maybe"}, FRIDAY)
    assert progress.values == {}


def test_f3_a_secret_survives_a_lost_stream_apart_from_what_people_see() -> None:
    code = Slot("code", SlotKind.DIGITS, "Your code?", secret=True)
    task = replace(BOOK, slots=(code,), confirm=None)
    progress = Progress(task)
    progress.fill({"code": "5678"}, FRIDAY)
    kept = progress.snapshot()
    assert (kept["values"], kept[SECRETS]) == ({}, {"code": "5678"})
    assert Progress.restore(task, kept, FRIDAY).values == {"code": "5678"}
