"""A caller who wants people: when they are put through, and what the agent says when they come back."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from shared.core.agent import Agent, Destination, DestinationKind, Hours, Problem, Slot, SlotKind, Task
from shared.core.events import CallerGone, CallMoves, JsonValue
from shared.core.next_step import HandOver, TakeMessage
from shared.core.transfer import Returned
from shared.core.transfer_events import Why
from tests.agents import DESK, SMALL
from tests.playbook import FRIDAY, Playbook

NUMBER = Destination(DestinationKind.NUMBER, "+15550100001", "the desk")
QUEUE = Destination(DestinationKind.QUEUE, "WW" + "1" * 32, "the queue")
WEEKDAYS = Hours(dict.fromkeys(range(5), (time(8), time(17))), frozenset({date(2026, 11, 26)}))
REACHED = replace(
    DESK,
    say="I'll put you through.",
    destinations=(NUMBER,),
    hours=WEEKDAYS,
    closed="We are closed.",
    nobody="Nobody is free.",
)
NIGHT = datetime(2026, 11, 20, 21, 0, tzinfo=ZoneInfo("America/New_York"))


def clinic(**changes: object) -> Agent:
    return replace(SMALL, routes=(replace(REACHED, **changes),))  # type: ignore[arg-type]


def greeted(agent: Agent, *, now: datetime = FRIDAY) -> Playbook:
    play = Playbook(agent, now=now).call_starts()
    return play.agent_says(agent.greeting, agent.disclosure, agent.question).is_heard()


def asks_for_people(play: Playbook) -> Playbook:
    return play.caller_says("A person please").model_is_asked().model_calls("transfer", to="desk")


def back(agent: Agent, why: Why, play: Playbook) -> Playbook:
    """The caller's next stream, after people."""
    return Playbook(agent, Returned("desk", why).into(play.saved)).call_starts()


def gone_to_people(agent: Agent) -> Playbook:
    play = asks_for_people(greeted(agent)).agent_says("I'll put you through.").is_heard()
    return play.stream_ends(HandOver("desk", "asked"))


def test_x1_a_caller_who_wants_people_is_put_through_once_they_know_it() -> None:
    gone_to_people(clinic())


STEP = HandOver("desk", "asked")


def test_x1_people_are_rung_while_the_caller_still_hears_that_they_are_put_through() -> None:
    play = asks_for_people(greeted(clinic())).agent_says("I'll put you through.")
    assert play.rings == STEP
    assert play.saved["messages"]
    play.is_heard().stream_ends(STEP)
    assert play.rings == STEP


@pytest.mark.parametrize("changes", [{"warm": False}, {"destinations": (QUEUE,)}])
def test_nobody_is_rung_before_the_carrier_connects_them_itself(changes: dict[str, object]) -> None:
    play = asks_for_people(greeted(clinic(**changes))).agent_says("I'll put you through.")
    assert play.rings is None
    play.is_heard().stream_ends(STEP)


@pytest.mark.parametrize("stop", ["Stop", "No wait I do not want that"])
def test_x1_a_caller_who_thinks_better_of_it_is_not_put_through_and_nobody_rung(stop: str) -> None:
    play = asks_for_people(greeted(clinic())).agent_says("I'll put you through.").is_sent().passes(400)
    play.voice_begins().hears(stop).agent_is_silenced().turn_ends().model_is_asked()
    play.model_says("All right.").agent_says("All right.")
    assert play.rings is None
    play.is_heard().nothing_happens()


def test_a_key_pressed_while_the_agent_says_it_is_something_else_too() -> None:
    play = asks_for_people(greeted(clinic())).agent_says("I'll put you through.").is_sent().passes(400)
    play.presses("*").agent_is_silenced().until("keypad")
    assert play.rings is None


def test_a_cough_over_the_agent_lets_the_phones_ring_on() -> None:
    play = asks_for_people(greeted(clinic())).agent_says("I'll put you through.").is_sent().passes(400)
    play.voice_begins().until("barge-in").agent_is_silenced()
    play.voice_ends().until("end-of-turn").until("words").agent_says("I'll put you through.")
    assert play.rings == STEP
    play.is_heard().stream_ends(STEP)


def test_a_caller_who_hangs_up_or_whose_stream_breaks_leaves_it_to_whoever_knows_which() -> None:
    play = asks_for_people(greeted(clinic())).agent_says("I'll put you through.").is_sent().send(CallerGone())
    assert play.rings == STEP


def test_a_call_that_moves_while_the_caller_objects_leaves_no_phone_ringing() -> None:
    play = asks_for_people(greeted(clinic())).agent_says("I'll put you through.").is_sent().passes(400)
    play.voice_begins().hears("Stop").agent_is_silenced().send(CallMoves())
    assert play.rings is None


@pytest.mark.parametrize("now", [NIGHT, FRIDAY.replace(day=21), FRIDAY.replace(day=26)])
def test_x4_outside_the_hours_nobody_is_rung_and_a_message_taken(now: datetime) -> None:
    play = asks_for_people(greeted(clinic(), now=now)).agent_says("We are closed.").is_heard()
    play.stream_ends(TakeMessage("Leave your message.", "asked"))


def test_x4_outside_the_hours_a_call_back_is_offered_if_the_file_says_so() -> None:
    asks_for_people(greeted(clinic(otherwise="call_back"), now=NIGHT)).agent_says("We are closed.", "About what?")


@pytest.mark.parametrize("why", [Why.BUSY, Why.NO_ANSWER, Why.DECLINED, Why.FAILED, Why.NOBODY_FREE])
def test_x1_a_caller_nobody_took_hears_so_and_may_leave_a_message(why: Why) -> None:
    agent = clinic()
    play = back(agent, why, gone_to_people(agent)).agent_says("Nobody is free.").is_heard()
    play.stream_ends(TakeMessage("Leave your message.", str(why)))


def test_x4_a_caller_nobody_took_is_offered_a_call_back() -> None:
    agent = clinic(otherwise="call_back")
    play = back(agent, Why.NO_ANSWER, gone_to_people(agent)).agent_says("Nobody is free.", "About what?").is_heard()
    play.caller_says("My bill").model_is_asked().model_calls("call_back", topic="my bill")
    play.tool_runs("note", topic="my bill").tool_returns().agent_says("Noted.", "Anything else?")


@pytest.mark.parametrize("why", [Why.FINISHED, Why.GIVEN_BACK])
def test_a_caller_who_has_talked_to_people_is_asked_what_else_there_is_and_the_model_knows(why: Why) -> None:
    agent = clinic()
    play = back(agent, why, gone_to_people(agent)).agent_says("Anything else?").is_heard()
    play.caller_says("No").model_is_asked()
    assert f'{{"status": "{why}"}}' in [message["content"] for message in play.messages if message["role"] == "tool"]


def in_a_task(agent: Agent) -> Playbook:
    """Booking, and asked for the day."""
    play = greeted(agent).caller_says("A cleaning please").model_is_asked().model_calls("book", service="cleaning")
    return play.agent_says("Which day?").is_heard()


def test_x3_a_caller_given_back_is_asked_what_was_open() -> None:
    agent = clinic()
    play = in_a_task(agent)
    again = Playbook(agent, Returned("take_over", Why.GIVEN_BACK).into(play.saved)).call_starts()
    again.agent_says("I'm back.", "Which day?")


def test_x3_what_a_person_has_heard_of_the_task_is_not_asked_again() -> None:
    agent = clinic()
    play = in_a_task(agent)
    heard = {"book": {"day": "2026-11-23"}, "other": {"day": "2026-11-24"}}
    again = Playbook(agent, Returned("take_over", Why.GIVEN_BACK, heard).into(play.saved)).call_starts()
    again.tool_runs("free", service="cleaning", day="2026-11-23")


def test_x3_what_a_person_corrected_is_what_the_agent_goes_by() -> None:
    agent = clinic()
    play = in_a_task(agent)
    heard = {"book": {"day": "2026-11-24", "service": "check-up"}}
    again = Playbook(agent, Returned("take_over", Why.GIVEN_BACK, heard).into(play.saved)).call_starts()
    again.tool_runs("free", service="check-up", day="2026-11-24")


def test_x3_what_a_person_wrote_for_another_task_is_known_when_that_begins() -> None:
    agent = clinic()
    play = gone_to_people(agent)
    heard = {"book": {"service": "cleaning", "day": "2026-11-24"}}
    again = Playbook(agent, Returned("desk", Why.GIVEN_BACK, heard).into(play.saved)).call_starts()
    again.agent_says("Anything else?").is_heard()
    again.caller_says("Book it please").model_is_asked().model_calls("book")
    again.tool_runs("free", service="cleaning", day="2026-11-24")


def test_a_caller_who_did_not_want_to_wait_is_asked_what_was_open() -> None:
    agent = clinic()
    back(agent, Why.ASKED_BACK, gone_to_people(agent)).agent_says("I'm back.", "How can I help?")


def test_when_nobody_took_the_call_a_failure_of_ours_does_not_ring_them_again() -> None:
    agent = clinic(otherwise="call_back")
    play = back(agent, Why.NO_ANSWER, gone_to_people(agent)).agent_says("Nobody is free.", "About what?").is_heard()
    play.caller_says("My bill").model_is_asked().model_fails()
    play.agent_says("I had a problem.", "Say that again?", "About what?").is_heard()
    play.caller_says("My bill").model_is_asked().model_fails().agent_says("Nobody is free.").is_heard()
    play.stream_ends(TakeMessage("Leave your message.", "model"))


def test_a_stream_lost_after_the_caller_came_back_does_not_tell_it_twice() -> None:
    agent = clinic()
    play = back(agent, Why.FINISHED, gone_to_people(agent)).agent_says("Anything else?").is_heard()
    assert Returned.read(play.saved) is None


PROVE = Task(
    "prove",
    "en-US",
    "Find out who it is",
    (),
    (
        Slot("number", SlotKind.DIGITS, "Your number?", min_digits=4, max_digits=4),
        Slot("code", SlotKind.DIGITS, "Your code?", min_digits=4, max_digits=4, secret=True),
    ),
    "check",
    "Thanks, {name}.",
    problems={"no_match": Problem("That is wrong.", ("number", "code"), at_most=1)},
)
FIRST = replace(SMALL, tasks=(*SMALL.tasks, PROVE), routes=(replace(REACHED, first=("prove",)),))
KNOWN = {"number": "1234", "code": "5678"}


def proves(play: Playbook, result: dict[str, JsonValue], *then: str) -> Playbook:
    play.caller_says("1234 and 5678").model_is_asked().model_calls("prove", number="1234", code="5678")
    return play.tool_runs("check", **KNOWN).tool_returns(**result).agent_says(*then).is_heard()


def test_f3_a_caller_proves_who_they_are_before_they_are_put_through_and_the_secret_is_nowhere() -> None:
    play = asks_for_people(greeted(FIRST)).agent_says("Your number?").is_heard()
    proves(play, {"name": "Ann", "identity": "Ann Lee"}, "Thanks, Ann.", "I'll put you through.")
    play.stream_ends(HandOver("desk", "asked"))
    assert play.recorded("identity") == [{"identity": "Ann Lee"}]
    assert play.recorded("tool")[0]["arguments"] == {"number": "1234"}


def test_f3_what_is_said_when_asked_for_a_secret_is_not_in_the_record() -> None:
    play = asks_for_people(greeted(FIRST)).agent_says("Your number?").is_heard()
    play.caller_says("1234").model_is_asked().model_calls("prove", number="1234").agent_says("Your code?").is_heard()
    play.caller_says("5678").model_is_asked().model_calls("prove", code="5678")
    play.tool_runs("check", **KNOWN).tool_returns(name="Ann").agent_says("Thanks, Ann.", "I'll put you through.")
    assert [line["text"] for line in play.recorded("caller")] == ["A person please", "1234", "•••"]


def test_f3_a_caller_who_cannot_prove_it_is_asked_again_so_often_and_then_put_through() -> None:
    play = asks_for_people(greeted(FIRST)).agent_says("Your number?").is_heard()
    proves(play, {"problem": "no_match"}, "That is wrong.", "Your number?")
    proves(play, {"problem": "no_match"}, "That is wrong.", "I'll put you through.")
    play.stream_ends(HandOver("desk", "asked"))
    assert play.recorded("identity") == []


def test_f3_a_caller_who_asks_for_people_again_is_put_through_at_once() -> None:
    play = asks_for_people(greeted(FIRST)).agent_says("Your number?").is_heard()
    asks_for_people(play).agent_says("I'll put you through.").is_heard().stream_ends(HandOver("desk", "asked"))


def test_f3_who_was_verified_once_is_not_asked_again_when_they_come_back() -> None:
    play = asks_for_people(greeted(FIRST)).agent_says("Your number?").is_heard()
    proves(play, {"name": "Ann", "identity": "Ann Lee"}, "Thanks, Ann.", "I'll put you through.")
    play.stream_ends(HandOver("desk", "asked"))
    again = back(FIRST, Why.FINISHED, play).agent_says("Anything else?").is_heard()
    asks_for_people(again).agent_says("I'll put you through.").is_heard().stream_ends(HandOver("desk", "asked"))


def test_f3_a_caller_who_begins_with_what_comes_before_people_is_put_through_as_well() -> None:
    play = greeted(FIRST).caller_says("My code is 5678").model_is_asked().model_calls("prove", code="5678")
    play.agent_says("Your number?").is_heard().caller_says("1234").model_is_asked().model_calls("prove", number="1234")
    play.tool_runs("check", **KNOWN).tool_returns(name="Ann").agent_says("Thanks, Ann.", "I'll put you through.")
    play.is_heard().stream_ends(HandOver("desk", "asked"))


def test_f3_outside_the_hours_nobody_has_to_prove_anything() -> None:
    agent = replace(FIRST, routes=(replace(FIRST.routes[0], otherwise="call_back"),))
    play = greeted(agent, now=NIGHT).caller_says("My code is 5678").model_is_asked().model_calls("prove", code="5678")
    play.agent_says("We are closed.", "About what?").is_heard()
    play.caller_says("My bill").model_is_asked().model_calls("call_back", topic="my bill")
    play.tool_runs("note", topic="my bill").tool_returns().agent_says("Noted.", "Anything else?")
