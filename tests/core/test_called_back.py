"""Who asked for a call back is called by the agent, which begins where the call stopped in which they asked."""

from dataclasses import replace

import pytest

from shared.core.agent import Agent
from shared.core.called_back import lines_of, number_to_call, taken_along
from shared.core.events import JsonValue
from shared.core.next_step import HandOver, HangUp
from shared.core.outbound import CallsBack, Identity, Outbound
from shared.core.report import Line
from shared.core.transfer import Returned
from shared.core.transfer_events import Why
from tests.agents import CALL_BACK
from tests.core.test_call_to_people import FIRST, KNOWN, asks_for_people, greeted, proves
from tests.playbook import Playbook

INTRODUCTION, OPT_OUT = "Ava of Maple Clinic, a machine, calls you back.", "Say stop calling, or press 9."
AGENT = replace(
    FIRST,
    tasks=(*(task for task in FIRST.tasks if task is not CALL_BACK), replace(CALL_BACK, run="request_callback")),
    routes=(replace(FIRST.routes[0], otherwise="call_back"),),
    outbound=Outbound(
        INTRODUCTION,
        OPT_OUT,
        "We won't call again.",
        identity=Identity("the caller", "Did you call us?", "Another time.", "Sorry.", "I'll hold."),
        calls_back=CallsBack("Nobody was free. Shall I put you through now?", "All right. What can I do for you?"),
    ),
)
ASKED = ("Nobody was free.", "Shall I put you through now?")


def booked(agent: Agent = AGENT, before: str = "") -> Playbook:
    """The call in which nobody was free, to its end; `before` is a wish that was not done yet."""
    first = greeted(agent)
    if before:
        first.caller_says(before).model_is_asked().model_calls("book", service="cleaning").agent_says("Which day?")
        first.is_heard()
    asks_for_people(first).agent_says("Your number?").is_heard()
    proves(first, {"name": "Ann", "identity": "Ann Lee"}, "Thanks, Ann.", "I'll put you through.")
    play = Playbook(agent, Returned("desk", Why.NO_ANSWER).into(first.saved)).call_starts()
    play.records[:0] = first.records
    play.agent_says("Nobody is free.", "About what?").is_heard()
    play.caller_says("My bill").model_is_asked().model_calls("call_back", topic="my bill")
    play.tool_runs("request_callback", topic="my bill").tool_returns(calls_back="agent")
    play.agent_says("Noted.", *(("Sorry, which day?",) if before else ("Anything else?",))).is_heard()
    return play


def record(play: Playbook) -> list[Line]:
    return [(line.kind, line.data) for line in play.records]


def earlier(play: Playbook, agent: Agent = AGENT) -> dict[str, JsonValue]:
    return taken_along(agent, play.saved, record(play))


def called_back(play: Playbook, agent: Agent = AGENT) -> Playbook:
    """Somebody has picked up, and heard who calls."""
    again = Playbook(agent, facts={}, earlier=earlier(play, agent)).call_starts()
    return again.caller_says("Hello?").agent_says(INTRODUCTION, OPT_OUT, "Did you call us?").is_heard()


def test_x4_who_is_called_back_is_put_through_by_a_plain_yes_and_proves_again_only_what_is_secret() -> None:
    play = called_back(booked()).caller_says("Yes").agent_says(*ASKED).is_heard()
    play.caller_says("Yes please").agent_says("Your code?").is_heard()
    play.caller_says("5678").model_is_asked().model_calls("prove", code="5678")
    play.tool_runs("check", **KNOWN).tool_returns(name="Ann", identity="Ann Lee")
    play.agent_says("Thanks, Ann.", "I'll put you through.").is_heard().stream_ends(HandOver("desk", "asked"))


def test_x4_the_history_is_there_once_it_is_known_who_it_is_and_holds_no_number() -> None:
    play = called_back(booked()).caller_says("Who wants to know").model_is_asked()
    assert not any("bill" in line for line in play.history())
    play.model_calls("it_is_them").agent_says(*ASKED).is_heard().caller_says("What did I ask about").model_is_asked()
    assert {"user: A person please", "user: My bill", "user: •••"} < set(play.history())
    assert not any("5678" in line for line in play.history())
    assert play.history()[-1] == "user: What did I ask about"


def test_x4_who_wants_nobody_any_more_is_asked_what_else_and_what_was_begun_is_not_lost() -> None:
    play = called_back(booked(before="A cleaning please")).caller_says("Yes").agent_says(*ASKED).is_heard()
    play.caller_says("No").agent_says("All right.", "What can I do for you?").is_heard()
    play.caller_says("Book it for Monday").model_is_asked().model_calls("book", day="monday")
    play.tool_runs("free", service="cleaning", day="2026-11-23")


def test_x4_nobody_else_hears_what_it_was_about() -> None:
    called_back(booked()).caller_says("No").agent_says("Another time.").is_heard().stream_ends(HangUp())


def test_x4_a_stream_that_is_lost_in_a_call_back_costs_nothing_of_it() -> None:
    play = called_back(booked()).caller_says("Yes").agent_says(*ASKED).is_heard()
    again = Playbook(AGENT, play.saved, facts={}, earlier=earlier(booked())).call_starts()
    again.agent_says("We were cut off.", *ASKED).is_heard()
    again.caller_says("Yes").agent_says("Your code?")


def test_x4_where_nobody_was_rung_the_agents_own_way_out_leads_to_people() -> None:
    first = greeted(AGENT).caller_says("Call me back").model_is_asked().model_calls("call_back", topic="my bill")
    first.tool_runs("request_callback", topic="my bill").tool_returns()
    first.agent_says("Noted.", "Anything else?").is_heard()
    assert earlier(first)["route"] == "desk"


def test_x2_people_are_told_of_both_calls_but_not_of_the_call_back() -> None:
    found = lines_of(AGENT, record(booked()))
    assert [data["name"] for kind, data in found if kind == "tool"] == ["check"]
    assert [data["intent"] for kind, data in found if kind == "intent"] == ["transfer:desk", "prove"]
    assert not [kind for kind, _ in found if kind in ("identity", "outcome")]


@pytest.mark.parametrize(
    ("named", "caller", "number"),
    [
        ("", "+14155550142", "+14155550142"),
        ("4155550142", "+14155550142", "+14155550142"),
        ("4155550199", "+14155550142", "+14155550199"),
        ("14155550199", "anonymous", "+14155550199"),
        ("5550199", "+14155550142", ""),
        ("", "anonymous", ""),
    ],
)
def test_x4_a_number_is_read_as_one_of_the_lines_country(named: str, caller: str, number: str) -> None:
    assert number_to_call(named, caller, "+15550100125") == number
    assert number_to_call("07911 123456", caller, "+442071838750") == "+447911123456"
    assert number_to_call("0301234567", caller, "+49301234567") == ""
