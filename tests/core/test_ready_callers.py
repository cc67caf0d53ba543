"""The four agents that call people, as they ship: to them, to somebody else, to a mailbox, to who has had enough."""

import json
from pathlib import Path

import pytest

from shared.adapters.agent_files import load
from shared.core.agent import Agent
from shared.core.next_step import HangUp
from shared.core.outbound import Outbound
from tests.playbook import Playbook

FACTS = {
    "reminder": {"name": "Grace Miller", "starts_at": "2026-11-24T10:30:00-05:00", "service": "cleaning"},
    "collections": {"name": "Grace Miller", "amount_due": "125.50 USD", "due_on": "2026-11-01", "zip": "94110"},
    "survey": {"name": "Grace Miller"},
    "lead": {"name": "Grace Miller"},
}
EVERY = pytest.mark.parametrize("name", FACTS)


def agent(name: str) -> Agent:
    return load(Path(__file__).parents[2] / "agents" / f"{name}.yaml")


def outbound(name: str) -> Outbound:
    found = agent(name).outbound
    assert found is not None
    return found


def spoken(play: Playbook) -> Playbook:
    """Whatever the agent says, heard to its end."""
    said = [action.text for action in play._unclaimed if hasattr(action, "text")]  # any words
    return play.agent_says(*said).is_heard()


def picked_up(name: str) -> Playbook:
    play = Playbook(agent(name), facts=FACTS[name]).call_starts().caller_says("Hello?")
    return spoken(play)


def heard(play: Playbook) -> str:
    return " ".join(str(line["text"]) for line in play.recorded("agent"))


@EVERY
def test_o3_who_calls_and_how_to_stop_it_come_first(name: str) -> None:
    said = heard(picked_up(name))
    assert said.startswith(f"{outbound(name).introduction} {outbound(name).opt_out}")
    assert "automated" in outbound(name).introduction


@EVERY
def test_o3_whoever_has_had_enough_is_never_called_again(name: str) -> None:
    play = picked_up(name)
    spoken(play.voice_begins().hears("stop calling me")).stream_ends(HangUp())
    assert play.recorded("opt_out") == [{"by": "said"}]
    assert outbound(name).opted_out in heard(play)


@EVERY
def test_o3_a_wrong_person_learns_nothing(name: str) -> None:
    play = picked_up(name)
    spoken(play.caller_says("You have the wrong number")).stream_ends(HangUp())
    assert play.recorded("reached") == [{"who": "wrong-person"}]
    assert not any(told in heard(play) for told in ("125", "November", "offer", "debt", "appointment"))


@EVERY
def test_o2_a_mailbox_gets_what_the_file_says_and_no_more(name: str) -> None:
    play = Playbook(agent(name), facts=FACTS[name]).call_starts()
    play.caller_says("You've reached the voicemail of Grace please leave a message after the tone")
    play.until("silence")
    if outbound(name).voicemail:
        spoken(play)
    play.stream_ends(HangUp())
    assert bool(play.recorded("voicemail")) == bool(outbound(name).voicemail)


def test_f4_an_appointment_is_confirmed_in_the_calendar() -> None:
    play = spoken(picked_up("reminder").caller_says("Yes"))
    play.caller_says("Yes").tool_runs("confirm_appointment", **FACTS["reminder"]).tool_returns()
    spoken(play)
    assert play.recorded("result") == [{"result": "confirmed", "details": {}}]


def test_f4_an_appointment_is_moved_to_a_time_that_is_free() -> None:
    play = spoken(picked_up("reminder").caller_says("Yes"))
    spoken(play.caller_says("No"))
    play.caller_says("Another day please").model_is_asked().model_calls("move_visit", day="Wednesday")
    play.tool_runs("find_free_times", **FACTS["reminder"], day="2026-11-25").tool_returns(options=["09:00", "10:00"])
    spoken(play).caller_says("Nine").model_is_asked()
    spoken(play.model_calls("move_visit", time="nine")).caller_says("Yes")
    play.tool_runs("move_appointment", **FACTS["reminder"], day="2026-11-25", time="09:00").tool_returns()
    spoken(play)
    assert play.recorded("result") == [{"result": "moved", "details": {"day": "2026-11-25", "time": "09:00"}}]


def test_o3_nothing_of_a_debt_is_said_before_its_debtor_has_proved_who_they_are() -> None:
    play = spoken(picked_up("collections").caller_says("Yes"))
    assert "125" not in heard(play)
    spoken(play.caller_says("nine four one one oh"))
    assert "debt collector" in heard(play)
    assert "125 dollars and 50 cents" in heard(play)
    assert "94110" not in json.dumps([play.saved, [record.data for record in play.records]], default=str)


def test_f4_a_promise_to_pay_has_its_day() -> None:
    play = spoken(picked_up("collections").caller_says("Yes"))
    spoken(play.caller_says("nine four one one oh"))
    play.caller_says("I can pay at the end of the month").model_is_asked()
    spoken(play.model_calls("promise", day="November 30th"))
    spoken(play.caller_says("Yes")).stream_ends(HangUp())
    assert play.recorded("result") == [{"result": "promised", "details": {"day": "2026-11-30"}}]


def test_f4_a_dispute_goes_to_people() -> None:
    play = spoken(picked_up("collections").caller_says("Yes"))
    spoken(play.caller_says("nine four one one oh"))
    play.caller_says("I have paid that already").model_is_asked()
    spoken(play.model_calls("transfer", to="disputes"))
    assert play.recorded("result") == [{"result": "disputed", "details": {}}]
