"""Calls that the agent makes, once a person has picked up."""

import json

import pytest

from shared.core.agent import Agent
from shared.core.events import CallMoves
from shared.core.next_step import HangUp
from tests.core.callees import COLLECTOR, FACTS, LAW, OUTBOUND, REMINDER, SURVEY, dialled
from tests.playbook import Playbook

ASKED = (*LAW, "Is this Grace?")
ABOUT = ("It's your visit on Tuesday, November 24th.", "Can you come?")


def reached(agent: Agent = REMINDER, **facts: str) -> Playbook:
    """A person has said hello, and heard who calls."""
    return dialled(agent, **facts).caller_says("Hello?").agent_says(*ASKED).is_heard()


def test_f4_whoever_picks_up_speaks_first_and_hears_who_calls_and_how_to_stop_it() -> None:
    play = dialled().nothing_happens().passes(800).nothing_happens()
    play.caller_says("Hello?").agent_says(*ASKED)


def test_f4_somebody_who_says_nothing_is_spoken_to_after_a_moment() -> None:
    dialled().until("silence").agent_says(*ASKED)


def test_f4_a_sound_without_words_is_answered_too() -> None:
    play = dialled().voice_begins()
    play.at += 900
    play.voice_ends().until("end-of-turn").until("words").agent_says(*ASKED)


def test_o3_who_calls_and_how_to_stop_it_is_heard_to_its_end() -> None:
    play = dialled().caller_says("Hello?").agent_says(*ASKED).is_sent()
    play.voice_begins().hears("wait who is").passes(100).nothing_happens()


def test_f4_a_yes_leads_to_what_it_is_about_and_a_second_one_does_it() -> None:
    play = reached()
    play.caller_says("Yes").agent_says(*ABOUT).is_heard()
    play.caller_says("Yes").tool_runs("confirm_visit", reference="B7").tool_returns(done=True)
    play.agent_says("See you on Tuesday, November 24th.", "Anything else?")
    assert play.recorded("reached") == [{"who": "them"}]
    assert play.recorded("result") == [{"result": "confirmed", "details": {}}]
    assert play.recorded("identity") == [{"identity": "Grace"}]


@pytest.mark.parametrize("said", ["Speaking", "This is she", "This is Grace", "Yes it's me"])
def test_f4_people_say_in_many_ways_that_it_is_them(said: str) -> None:
    reached().caller_says(said).agent_says(*ABOUT)


def test_f4_a_no_to_what_was_asked_is_taken_and_what_is_wanted_instead_is_done() -> None:
    play = reached().caller_says("Yes").agent_says(*ABOUT).is_heard()
    play.caller_says("No").agent_says("Move it, or cancel?").is_heard()
    play.caller_says("Please cancel it").model_is_asked()
    play.model_calls("cancel").agent_says("It's off.", "Goodbye!").is_heard().stream_ends(HangUp())
    assert play.recorded("result") == [{"result": "cancelled", "details": {}}]


def test_o3_nobody_else_is_told_what_it_is_about() -> None:
    play = reached()
    play.caller_says("She's at work").agent_says("Another time.").is_heard().stream_ends(HangUp())
    assert play.recorded("reached") == [{"who": "not-them"}]


def test_o3_a_wrong_number_is_noted_for_good() -> None:
    play = reached()
    play.caller_says("You have the wrong number").agent_says("Sorry.", "We'll note it.").is_heard().stream_ends(
        HangUp()
    )
    assert play.recorded("reached") == [{"who": "wrong-person"}]


def test_f4_the_person_is_waited_for_while_somebody_fetches_them_and_hears_who_calls() -> None:
    play = reached().caller_says("Hold on a second").agent_says("I'll hold.").is_heard()
    play.passes(10_000).nothing_happens()
    play.caller_says("Hello?").agent_says(*ASKED)


def test_f4_nobody_waits_for_ever_for_somebody_to_be_fetched() -> None:
    play = reached().caller_says("Hold on a second").agent_says("I'll hold.").is_heard()
    play.until("silence").agent_says("Another time.").is_heard().stream_ends(HangUp())


def test_o3_what_nobody_can_tell_is_asked_of_a_model_that_knows_nothing_of_the_call() -> None:
    play = reached().caller_says("Well that depends on who wants to know").model_is_asked()
    told = json.dumps(play.messages)
    assert "Grace" in told
    assert not any(fact in told for fact in ("November 24", "2026-11-24", "B7"))
    play.model_calls("it_is_them").agent_says(*ABOUT)


def test_o3_a_stranger_who_is_not_understood_twice_is_left_in_peace() -> None:
    play = reached()
    play.caller_says("Banana umbrella").model_is_asked().model_calls("not_understood").agent_says(
        "Is this Grace?"
    ).is_heard()
    play.caller_says("Umbrella banana").model_is_asked().model_calls("not_understood").agent_says("Another time.")
    play.is_heard().stream_ends(HangUp())


def test_f4_an_agent_that_may_talk_to_anybody_begins_at_once() -> None:
    play = dialled(SURVEY).caller_says("Hello?").agent_says(*LAW, "How was it, one to five?").is_heard()
    play.caller_says("Four").model_is_asked().model_calls("rate", score="four")
    play.agent_says("Thanks.", "Goodbye!").is_heard().stream_ends(HangUp())
    assert play.recorded("result") == [{"result": "rated", "details": {"score": "4"}}]
    assert play.recorded("reached") == [{"who": "them"}]


class TestOptOut:
    @pytest.mark.parametrize("said", ["Stop calling me", "Take me off your list", "Please do not call me again"])
    def test_o3_counts_at_once_in_the_middle_of_what_has_to_be_heard(self, said: str) -> None:
        play = dialled().caller_says("Hello?").agent_says(*ASKED).is_sent()
        play.voice_begins().hears(said).agent_is_silenced().agent_says("We won't call again.").is_heard()
        play.stream_ends(HangUp())
        assert play.recorded("opt_out") == [{"by": "said"}]

    def test_o3_counts_at_once_while_the_model_thinks(self) -> None:
        play = reached().caller_says("Yes").agent_says(*ABOUT)
        play.is_heard().caller_says("What was it about again").model_is_asked()
        play.presses("9").model_is_cancelled().agent_says("We won't call again.").is_heard().stream_ends(HangUp())
        assert play.recorded("opt_out") == [{"by": "key"}]

    def test_o3_by_key_counts_before_anything_is_said(self) -> None:
        dialled().presses("9").agent_says("We won't call again.").is_heard().stream_ends(HangUp())

    def test_o3_the_agents_own_words_that_come_back_are_no_opt_out(self) -> None:
        play = dialled().caller_says("Hello?").agent_says(*ASKED).is_sent()
        play.voice_begins().hears("stop calling").nothing_happens()
        assert play.recorded("opt_out") == []

    def test_o3_who_only_names_a_bad_moment_is_not_lost(self) -> None:
        play = reached().caller_says("Yes").agent_says(*ABOUT)
        play.is_heard().caller_says("Don't call me before ten please").model_is_asked()

    def test_o3_counts_when_only_the_model_understands_it(self) -> None:
        play = reached().caller_says("Lose this number will you").model_is_asked()
        play.model_calls("stop_calling").agent_says("We won't call again.").is_heard().stream_ends(HangUp())
        assert play.recorded("opt_out") == [{"by": "said"}]

    def test_o3_counts_for_whoever_answers_although_it_is_not_them(self) -> None:
        play = (
            reached().caller_says("Stop calling this number").agent_says("We won't call again.") if False else reached()
        )
        play.voice_begins().hears("stop calling this number").agent_says("We won't call again.")

    def test_o3_an_inbound_caller_has_no_use_for_it(self) -> None:
        play = Playbook(REMINDER).call_starts()
        play.agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
        play.caller_says("Take me off your list please").model_is_asked()


class TestVerification:
    def test_r5_what_proves_who_they_are_is_compared_here_and_written_nowhere(self) -> None:
        play = reached(COLLECTOR, birth_date="1985-03-04")
        play.caller_says("Yes").agent_says("Your date of birth?").is_heard()
        play.caller_says("March fourth nineteen eighty five")
        play.agent_says("This is from a debt collector.", *ABOUT)
        play.is_heard().caller_says("And where is it").model_is_asked()
        written = json.dumps([play.messages, play.saved, [record.data for record in play.records]], default=str).lower()
        assert not any(secret in written for secret in ("march", "eighty", "1985", "birth_date"))

    def test_o3_the_notice_is_heard_to_its_end(self) -> None:
        play = reached(COLLECTOR, zip="94110").caller_says("Yes").agent_says("Your ZIP code?").is_heard()
        play.caller_says("nine four one one oh")
        play.agent_says("This is from a debt collector.", *ABOUT)
        play.is_sent().voice_begins().hears("wait stop").passes(200).nothing_happens()

    def test_t8_it_can_be_typed_although_it_has_the_key_that_opts_out(self) -> None:
        play = reached(COLLECTOR, zip="94110").caller_says("Yes").agent_says("Your ZIP code?").is_heard()
        play.presses("94110")
        play.agent_says("This is from a debt collector.", *ABOUT)

    def test_o3_who_does_not_know_it_is_told_nothing(self) -> None:
        play = reached(COLLECTOR, zip="94110").caller_says("Yes").agent_says("Your ZIP code?").is_heard()
        play.caller_says("nine four one one five").agent_says("Once more, your ZIP code?").is_heard()
        play.caller_says("I don't remember").agent_says("Then please call us.").is_heard().stream_ends(HangUp())
        assert play.recorded("reached") == [{"who": "unverified"}]

    def test_o3_an_event_without_anything_to_prove_it_by_discloses_nothing(self) -> None:
        play = reached(COLLECTOR).caller_says("Yes").agent_says("Then please call us.").is_heard()
        play.stream_ends(HangUp())


def test_r6_a_call_that_moves_goes_on_with_the_same_question() -> None:
    before = reached(COLLECTOR, zip="94110").caller_says("Yes").agent_says("Your ZIP code?").is_heard()
    before.send(CallMoves())
    play = Playbook(COLLECTOR, before.saved, facts={**FACTS, "zip": "94110"}).call_starts().nothing_happens()
    play.caller_says("nine four one one oh")
    play.agent_says("This is from a debt collector.", *ABOUT)


def test_r6_a_call_whose_stream_is_lost_asks_again_who_it_is() -> None:
    before = reached()
    before.caller_says("Sorry who is this").agent_says(OUTBOUND.introduction, "Is this Grace?").is_heard()
    Playbook(REMINDER, before.saved, facts=FACTS).call_starts().agent_says("We were cut off.", "Is this Grace?")
