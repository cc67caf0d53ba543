"""A caller who wants people: when they are put through, and what the agent says when they come back."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from shared.core.agent import Agent, Destination, DestinationKind, Hours
from shared.core.next_step import HandOver, TakeMessage
from shared.core.transfer import Returned
from shared.core.transfer_events import Why
from tests.agents import DESK, SMALL
from tests.playbook import FRIDAY, Playbook

NUMBER = Destination(DestinationKind.NUMBER, "+15550100001", "the desk")
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
