"""Calls that the agent makes, when something else than a person picks up; and when it is not sure which."""

from dataclasses import replace

import pytest

from shared.core.next_step import HangUp
from tests.core.callees import LAW, OUTBOUND, REMINDER, SURVEY, dialled

ASKED = (*LAW, "Is this Grace?")
MESSAGE = ("Ava of Maple Clinic for Grace: please call us.",)
REASON = "Maple Clinic for Grace, about a visit."
GREETING = "Hi you've reached the voicemail of Grace Miller please leave a message after the beep"


def test_o2_a_mailbox_is_left_a_message_once_when_its_greeting_is_over() -> None:
    play = dialled().caller_says(GREETING).nothing_happens()
    play.until("silence").agent_says(*MESSAGE).is_heard().stream_ends(HangUp())
    assert play.recorded("picked_up") == [{"party": "mailbox", "by": "words"}]
    assert len(play.recorded("voicemail")) == 1


def test_o2_a_greeting_in_pieces_is_waited_for() -> None:
    play = dialled().caller_says("You've reached the voicemail of Grace").nothing_happens()
    play.passes(1_000).caller_says("I'm away for the week").nothing_happens()
    play.passes(1_000).caller_says("please leave a message").nothing_happens()
    play.until("silence").agent_says(*MESSAGE)


def test_o2_the_carriers_word_that_the_greeting_is_over_begins_the_message() -> None:
    play = dialled().carrier_thinks("machine_start").nothing_happens()
    play.voice_begins().hears("Hi this is").carrier_thinks("machine_end_beep").agent_says(*MESSAGE)


def test_o2_the_agent_falls_silent_for_a_machine_it_has_begun_to_talk_to() -> None:
    play = dialled().caller_says("Hello").agent_says(*ASKED).is_sent()
    play.voice_begins().hears("you've reached Grace please leave a message after the tone").agent_is_silenced()
    play.voice_ends().until("end-of-turn").until("words").until("silence").agent_says(*MESSAGE).is_heard().stream_ends(
        HangUp()
    )


def test_o2_a_beep_is_no_speech_and_delays_the_message_but_a_little() -> None:
    play = dialled().caller_says(GREETING).voice_begins()
    play.at += 700
    play.voice_ends().until("end-of-turn").until("words").agent_says(*MESSAGE)


def test_o2_the_message_is_heard_to_its_end_whatever_the_mailbox_says() -> None:
    play = dialled().caller_says(GREETING).until("silence").agent_says(*MESSAGE).is_sent()
    play.voice_begins().hears("to send this message press one").passes(200).nothing_happens()


def test_o2_an_agent_without_a_message_leaves_none() -> None:
    quiet = replace(REMINDER, outbound=replace(OUTBOUND, voicemail=""))
    play = dialled(quiet).caller_says(GREETING).until("silence").stream_ends(HangUp())
    assert play.recorded("voicemail") == []


def test_o2_a_person_who_picks_up_during_the_greeting_is_talked_to() -> None:
    dialled().caller_says(GREETING).caller_says("Hello?").agent_says(*ASKED)


class TestTheCarriersWord:
    def test_o2_human_words_win_over_it(self) -> None:
        play = dialled().caller_says("Hello?").agent_says(*ASKED).is_heard()
        play.caller_says("Yes").agent_says("It's your visit on Tuesday, November 24th.", "Can you come?")
        play.carrier_thinks("machine_start").nothing_happens()
        assert play.recorded("answered_by") == []

    def test_o2_even_a_hello_wins_over_it(self) -> None:
        play = dialled().caller_says("Hello?").agent_says(*ASKED).is_sent()
        play.carrier_thinks("machine_end_beep").nothing_happens()
        assert play.recorded("answered_by") == [{"verdict": "machine_end_beep", "counts": False}]

    def test_o2_it_stops_an_agent_that_has_heard_nobody(self) -> None:
        play = dialled().until("silence").agent_says(*ASKED).is_sent()
        play.carrier_thinks("machine_start").agent_is_silenced()
        play.until("silence").agent_says(*MESSAGE)

    def test_o2_a_person_who_says_nothing_is_spoken_to_at_once(self) -> None:
        dialled().passes(300).carrier_thinks("human").agent_says(*ASKED)

    def test_o2_a_fax_is_left(self) -> None:
        dialled().carrier_thinks("fax").stream_ends(HangUp())

    def test_o2_not_knowing_changes_nothing(self) -> None:
        dialled().carrier_thinks("unknown").nothing_happens().until("silence").agent_says(*ASKED)

    def test_o2_a_robot_that_screens_sounds_like_a_mailbox_to_it(self) -> None:
        play = dialled().caller_says("Please record your name and reason for calling")
        play.agent_says(REASON).is_heard()
        play.carrier_thinks("machine_end_other").nothing_happens()

    def test_o2_a_machine_answers_an_agent_that_talks_to_anybody(self) -> None:
        play = dialled(SURVEY).until("silence").agent_says(*LAW, "How was it, one to five?").is_sent()
        play.voice_begins().hears("leave a message after the tone").agent_is_silenced()
        play.voice_ends().until("end-of-turn").until("words").until("silence").agent_says(*MESSAGE)


class TestScreening:
    def test_o2_a_robot_is_told_name_and_reason_and_a_person_waited_for(self) -> None:
        play = dialled().caller_says(
            "Hi if you record your name and reason for calling I'll see if this person is available"
        )
        play.agent_says(REASON).is_heard()
        play.caller_says("Thank you please stay on the line").agent_says(REASON).is_heard()
        play.passes(15_000).nothing_happens()
        play.caller_says("Hello?").agent_says(*ASKED)

    def test_o2_nobody_waits_for_ever_for_a_robots_owner(self) -> None:
        play = dialled().caller_says("Please state your name and why you are calling")
        play.agent_says(REASON).is_heard().until("silence").stream_ends(HangUp())
        assert play.recorded("picked_up") == [{"party": "screening", "by": "words"}]

    def test_o2_a_robot_may_end_in_a_mailbox(self) -> None:
        play = dialled().caller_says("Please state your name and reason for calling")
        play.agent_says(REASON).is_heard()
        play.caller_says("Please leave a message after the tone").until("silence").agent_says(*MESSAGE)


@pytest.mark.parametrize(
    ("said", "party"),
    [
        ("The number you have dialed is not in service", "not-in-service"),
        ("The person you are trying to reach is not available please try again later", "unavailable"),
        ("Thank you for calling Acme for sales press one for support press two", "menu"),
    ],
)
def test_o2_what_is_no_mailbox_is_left_without_a_word(said: str, party: str) -> None:
    play = dialled().caller_says(said).nothing_happens().until("silence").stream_ends(HangUp())
    assert play.recorded("picked_up") == [{"party": party, "by": "words"}]


def test_o2_an_announcement_may_turn_out_to_be_a_mailbox() -> None:
    play = dialled().caller_says("The person you are calling is not available").nothing_happens()
    play.passes(500).caller_says("Please leave a message after the tone").until("silence").agent_says(*MESSAGE)


def test_o2_a_machine_that_never_stops_talking_is_left() -> None:
    play = dialled()
    for _ in range(12):
        play.caller_says("Your call is important to us please listen carefully").nothing_happens()
    play.caller_says("Your call is important to us please listen carefully").stream_ends(HangUp())
