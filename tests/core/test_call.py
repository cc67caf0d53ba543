"""The call as a play: who has the floor, what is said, what was heard."""

from dataclasses import replace
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core import events as on
from shared.core.actions import AskModel, CallOff, CancelTimer, EndStream, Release, RingAhead, RunTool, SetTimer, Speak
from shared.core.agent import Agent, Destination, DestinationKind
from shared.core.call import Call
from shared.core.next_step import HangUp, NextStep, TakeMessage, TurnByTurn
from tests.agents import BOOK, DESK, SMALL
from tests.playbook import FRIDAY, Playbook


@pytest.fixture
def play() -> Playbook:
    """A call that has just started."""
    return Playbook(SMALL).call_starts()


@pytest.fixture
def listening(play: Playbook) -> Playbook:
    """A call whose greeting has been heard."""
    return play.agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()


def asked_for_phone(play: Playbook) -> Playbook:
    play.caller_says("book a cleaning on tuesday at nine").model_is_asked()
    play.model_calls("book", service="cleaning", day="tuesday", time="nine")
    play.tool_runs("free", service="cleaning", day="2026-11-24")
    return play.tool_returns(options=["09:00", "15:00"]).agent_says("Your number?")


def asked_to_agree(play: Playbook) -> Playbook:
    asked_for_phone(play).is_heard().presses("4155550132#")
    return play.agent_says("A cleaning on Tuesday, November 24th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?")


# --- greeting (S11) and the first turn


def test_s11_the_greeting_is_fixed_speech_and_waits_for_no_model() -> None:
    actions = Call(SMALL, call_sid="CA1", now=FRIDAY).handle(on.CallStarted(), 0)

    spoken = [action for action in actions if isinstance(action, Speak)]
    assert [speak.text for speak in spoken] == ["Hello.", "I am a machine.", "How can I help?"]
    assert all(speak.cached for speak in spoken)
    assert not any(isinstance(action, AskModel) for action in actions)


def test_an_answer_is_spoken_sentence_by_sentence_as_it_is_written(listening: Playbook) -> None:
    listening.caller_says("do you have parking").model_is_asked()
    assert listening.history() == ["assistant: Hello. I am a machine. How can I help?", "user: do you have parking"]

    listening.model_writes("Yes, there is", " parking. It is").agent_says("Yes,", "there is parking.")
    listening.model_says(" free.").agent_says("It is free.").is_heard()
    listening.nothing_happens()


def test_the_heard_gap_is_recorded_with_its_parts(listening: Playbook) -> None:
    listening.caller_says("do you have parking").model_is_asked().passes(300)
    listening.model_says("Yes.").agent_says("Yes.").passes(100).is_heard()

    (timing,) = listening.recorded("turn_timing")
    assert timing["gap_ms"] == 950
    assert (timing["end_of_turn_ms"], timing["model_ms"], timing["synthesis_ms"]) == (550, 300, 100)


# --- end of turn (S3)


def test_s3_words_not_yet_stable_get_a_short_grace(listening: Playbook) -> None:
    listening.voice_begins().hears("book a clean", stable=False).voice_ends().model_is_asked()
    listening.until("end-of-turn").nothing_happens()
    listening.hears("book a cleaning").model_is_cancelled().model_is_asked().until("end-of-turn").nothing_happens()
    assert listening.history()[-1] == "user: book a cleaning"


def test_s3_words_that_recognition_has_not_told_yet_are_waited_for(listening: Playbook) -> None:
    listening.voice_begins().passes(2_000)
    listening.send(on.PartialHeard("r0", "do you have", 3, until_ms=listening.at - 600)).voice_pauses().voice_ends()
    listening.until("end-of-turn").nothing_happens()
    listening.passes(300).send(on.PartialHeard("r0", "do you have parking", 4, until_ms=listening.at - 900))
    listening.model_is_asked().until("end-of-turn").nothing_happens()
    assert listening.history()[-1] == "user: do you have parking"


def test_s3_words_that_never_come_are_waited_for_no_longer_than_a_final_takes(listening: Playbook) -> None:
    listening.voice_begins().passes(2_000)
    listening.send(on.PartialHeard("r0", "parking", 1, until_ms=listening.at - 600)).voice_ends()
    began = listening.at
    listening.until("end-of-turn").nothing_happens().until("end-of-turn").model_is_asked()
    assert 1_000 < listening.at - began <= 1_500


def test_s3_finals_are_not_waited_for(listening: Playbook) -> None:
    listening.caller_says("parking please", final=False).model_is_asked()
    listening.send(on.FinalHeard("r0", "parking please")).nothing_happens()


def test_s3_a_final_that_comes_late_is_answered_if_no_answer_has_been_heard(listening: Playbook) -> None:
    listening.caller_says("great thing", final=False).model_is_asked().model_says("Great!").agent_says("Great!")
    listening.send(on.FinalHeard("r0", "Great. Thank you. Goodbye.")).agent_is_silenced().model_is_asked()
    assert listening.history()[-1] == "user: Great. Thank you. Goodbye."
    listening.model_calls("end_call").agent_says("Goodbye!").is_heard().stream_ends(HangUp())
    assert listening.recorded("misheard") == [{"turn": 1}]
    assert [line["turn"] for line in listening.recorded("caller")] == [1, 3]


def test_s3_a_final_that_comes_later_corrects_the_record_and_the_history(listening: Playbook) -> None:
    listening.caller_says("parking at the back", final=False).model_is_asked()
    listening.model_says("Yes.").agent_says("Yes.").is_sent()
    listening.send(on.FinalHeard("r0", "Is there parking in the back?")).nothing_happens()
    assert listening.recorded("caller_corrected") == [{"text": "Is there parking in the back?"}]
    listening.is_heard().caller_says("thank you").model_is_asked()
    assert "user: Is there parking in the back?" in listening.history()


def test_s3_a_late_final_does_not_take_the_next_utterances_draft_for_its_own(listening: Playbook) -> None:
    listening.caller_says("parking at the back", final=False).model_is_asked()
    listening.model_says("Yes.").agent_says("Yes.").is_heard()
    listening.send(on.PartialHeard("x", "thank you", 2)).model_is_asked()
    listening.send(on.FinalHeard("r0", "Is there parking in the back?")).model_is_cancelled().model_is_asked()
    assert listening.recorded("misheard") == []
    assert listening.history()[-3:] == ["user: Is there parking in the back?", "assistant: Yes.", "user: thank you"]


def test_c6_a_caller_who_goes_on_before_the_answer_sounds_continues_the_same_utterance(listening: Playbook) -> None:
    listening.caller_says("I'd like to book").model_is_asked().model_says("For when?").agent_says("For when?")
    listening.voice_begins().agent_is_silenced()
    listening.hears("on tuesday").turn_ends().model_is_asked()
    assert listening.history()[-1] == "user: I'd like to book on tuesday"
    assert [line["after_ms"] for line in listening.recorded("cut_off")] == [550]


def test_c6_a_turn_is_not_taken_before_there_is_something_to_say(listening: Playbook) -> None:
    listening.caller_says("I'd like to book").model_is_asked().passes(400)
    assert listening.recorded("caller") == []
    listening.voice_begins().hears("on tuesday").model_is_cancelled().voice_ends().model_is_asked()
    listening.model_says("At nine?").agent_prepares("At nine?").until("end-of-turn").may_be_heard().is_heard()
    assert [line["text"] for line in listening.recorded("caller")] == ["I'd like to book on tuesday"]
    assert listening.recorded("cut_off") == []


def test_c6_words_that_come_while_the_answer_is_made_are_answered_too(listening: Playbook) -> None:
    listening.caller_says("do you have", final=False).model_is_asked().passes(300)
    listening.hears("do you have parking").model_is_cancelled().model_is_asked()
    listening.model_says("Yes.").agent_prepares("Yes.").until("end-of-turn").may_be_heard()
    assert [line["text"] for line in listening.recorded("caller")] == ["do you have parking"]


def test_c6_the_same_words_for_good_do_not_hold_up_the_answer(listening: Playbook) -> None:
    listening.caller_says("do you have parking", final=False).model_is_asked().passes(300)
    listening.send(on.FinalHeard("r0", "Do you have parking?")).model_says("Yes.").agent_says("Yes.").is_heard()
    (timing,) = listening.recorded("turn_timing")
    assert (timing["end_of_turn_ms"], timing["model_ms"]) == (550, 300)


def test_c6_a_turn_whose_answer_fails_is_taken_with_the_failure(listening: Playbook) -> None:
    listening.caller_says("do you have parking").model_is_asked().model_fails()
    assert [line["text"] for line in listening.recorded("caller")] == ["do you have parking"]
    listening.agent_says("I had a problem.", "Say that again?")


def test_words_that_voice_activity_missed_end_a_turn_as_well(listening: Playbook) -> None:
    listening.send(on.FinalHeard("q", "parking")).model_is_asked().model_says("Yes.").agent_prepares("Yes.")
    listening.until("end-of-turn").may_be_heard().is_heard()


def test_c3_speech_that_recognition_makes_nothing_of_is_told_to_the_caller(listening: Playbook) -> None:
    listening.caller_says("a cleaning").model_is_asked().model_calls("book", service="cleaning")
    listening.agent_says("Which day?").is_heard()
    listening.voice_begins().passes(900).turn_ends().until("words").agent_says("Sorry?", "Which day?")
    listening.is_heard().voice_begins().passes(900).turn_ends().until("words")
    listening.agent_says("Once more, please.", "Which day?")
    listening.is_heard().voice_begins().passes(900).turn_ends().until("words").agent_says("I'll take a message.")


def test_a_noise_without_words_asks_nobody_anything(listening: Playbook) -> None:
    listening.voice_begins().passes(300).voice_ends().until("end-of-turn").until("words").nothing_happens()
    listening.until("silence").agent_says("Are you there?")


# --- answers prepared while the caller may still go on (C6)


def test_c6_an_answer_is_prepared_in_a_pause_and_heard_when_the_turn_is_over(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes.").agent_prepares("Yes.").voice_ends().until("end-of-turn").may_be_heard().is_heard()
    (timing,) = listening.recorded("turn_timing")
    assert timing["gap_ms"] == timing["end_of_turn_ms"] == 550
    assert listening.recorded("agent")[-1]["text"] == "Yes."


def test_c6_a_draft_that_was_not_the_end_leaves_nothing_behind(listening: Playbook) -> None:
    listening.voice_begins().hears("book a cleaning").voice_pauses().model_is_asked()
    listening.model_calls("book", service="cleaning").agent_prepares("Which day?")
    listening.voice_begins().hears("book a cleaning no a check-up").agent_is_silenced()
    listening.turn_ends().model_is_asked()
    assert listening.history() == [
        "assistant: Hello. I am a machine. How can I help?",
        "user: book a cleaning no a check-up",
    ]
    listening.model_says("Which day?").agent_says("Which day?")
    assert [line["text"] for line in listening.recorded("caller")] == ["book a cleaning no a check-up"]
    assert listening.recorded("intent") == []
    assert listening.recorded("draft_withdrawn") == [{"turn": 1, "written": 0, "spoken": 0}]


def test_c6_only_the_first_segment_of_a_draft_is_synthesised_before_its_time(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes, we do. It is free.").agent_prepares("Yes, we do.")
    listening.voice_begins().hears("do you have parking there").agent_is_silenced()
    assert listening.recorded("draft_withdrawn") == [{"turn": 1, "written": 23, "spoken": 11}]
    listening.turn_ends().model_is_asked().model_says("Yes, we do. It is free.")
    listening.agent_says("Yes, we do.", "It is free.").is_heard()


def test_c6_a_draft_outlives_a_pause_as_long_as_no_new_words_come(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes.").agent_prepares("Yes.").voice_begins().passes(400).nothing_happens()
    listening.hears("do you have parking").voice_pauses().nothing_happens()
    listening.turn_ends().may_be_heard().is_heard()
    (timing,) = listening.recorded("turn_timing")
    assert timing["gap_ms"] == 550


def test_s3_words_that_are_behind_the_voice_get_a_short_grace(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes.").agent_prepares("Yes.").voice_begins().passes(400).voice_ends()
    listening.passes(350).hears("do you have parking and a lift").agent_is_silenced().model_is_asked()


def test_c6_what_was_not_synthesised_before_its_time_is_when_the_turn_is_over(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes, we do. It is free.").agent_prepares("Yes, we do.")
    listening.turn_ends().agent_says("It is free.").is_heard()


def test_c6_a_tool_waits_until_the_caller_has_finished(listening: Playbook) -> None:
    listening.voice_begins().hears("call me back about the bill").voice_pauses().model_is_asked()
    listening.model_calls("call_back", topic="the bill").nothing_happens()
    listening.turn_ends().tool_runs("note", topic="the bill")


def test_c6_a_draft_outlives_a_please_and_the_record_has_all_the_words(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes.").agent_prepares("Yes.").voice_begins().hears("do you have parking please")
    listening.turn_ends().may_be_heard().is_heard()
    assert [line["text"] for line in listening.recorded("caller")] == ["do you have parking please"]
    assert "do you have parking please" in str(listening.saved["messages"])


def test_c6_words_that_change_are_answered_anew(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have").hears("do you have parking").voice_ends().model_is_asked()
    listening.hears("do you have parking there").model_is_cancelled().model_is_asked()
    assert listening.history()[-1] == "user: do you have parking there"


def test_c6_punctuation_changes_nothing(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_ends().model_is_asked()
    listening.send(on.FinalHeard("r0", "Do you have parking?")).nothing_happens()


def test_c6_only_so_much_is_wasted_on_a_caller_who_pauses_often(listening: Playbook) -> None:
    text = "so"
    for word in ("one", "two", "three"):
        text = f"{text} {word}"
        if word != "one":
            listening.voice_begins().hears(text).model_is_cancelled()
        else:
            listening.voice_begins().hears(text)
        listening.voice_pauses().model_is_asked()
    listening.voice_begins().hears(f"{text} four").model_is_cancelled().voice_pauses().nothing_happens()
    listening.turn_ends().model_is_asked()


def test_c6_a_draft_that_fails_is_tried_again_when_the_turn_is_over(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_fails().model_is_cancelled().turn_ends().model_is_asked()
    assert listening.recorded("fault") == []


def test_c6_a_draft_without_a_voice_is_tried_again_when_the_turn_is_over(listening: Playbook) -> None:
    listening.voice_begins().hears("do you have parking").voice_pauses().model_is_asked()
    listening.model_says("Yes.").agent_prepares("Yes.")
    listening.send(on.SegmentFailed(listening.call.turn, 4, "throttled")).agent_is_silenced()
    listening.turn_ends().model_is_asked()


def test_t8_a_key_withdraws_what_was_prepared(listening: Playbook) -> None:
    listening.voice_begins().hears("my number").voice_pauses().model_is_asked()
    listening.presses("0").model_is_cancelled().agent_says("I'll take a message.")


def test_recognition_is_asked_for_its_words_in_a_pause_of_the_callers(listening: Playbook) -> None:
    listening.voice_begins().voice_pauses()
    assert listening.flushes == 1
    listening.voice_ends()
    assert listening.flushes == 1
    listening.voice_begins().hears("so").voice_ends()
    assert listening.flushes == 2, "in noise there are no gaps, and voice activity decides"
    listening.model_is_asked().voice_begins().voice_pauses()
    assert listening.flushes == 3, "an answer that is only prepared asks nobody to be silent"


def test_recognition_is_left_alone_while_the_agent_speaks(listening: Playbook) -> None:
    flushes = answering(listening).flushes
    listening.voice_begins().voice_pauses()
    assert listening.flushes == flushes


# --- barge-in (S4, S5)


def answering(play: Playbook) -> Playbook:
    play.caller_says("tell me everything").model_is_asked()
    play.model_says("First comes this. Then comes that.")
    return play.agent_says("First comes this.", "Then comes that.").is_sent()


def test_s4_speech_stops_the_agent_and_history_keeps_only_what_was_heard(listening: Playbook) -> None:
    answering(listening).passes(830)
    listening.voice_begins().until("barge-in").agent_is_silenced()
    listening.hears("what about parking").turn_ends().model_is_asked()
    assert listening.history()[-2:] == ["assistant: First comes ...", "user: what about parking"]


def test_s4_a_voice_stops_the_agent_a_moment_after_it_is_noticed(listening: Playbook) -> None:
    answering(listening).passes(700)
    listening.voice_begins().passes(70).agent_is_silenced()


def test_s4_a_late_reply_and_late_marks_of_the_old_turn_change_nothing(listening: Playbook) -> None:
    listening.caller_says("tell me everything").model_is_asked()
    listening.model_writes("First comes this. ").agent_says("First comes this.").is_sent()
    turn = listening.call.turn
    listening.passes(400).voice_begins().hears("wait stop").agent_is_silenced().model_is_cancelled()

    listening.send(on.ReplyText(turn, "Then comes that.")).nothing_happens()
    listening.send(on.SegmentPlayed(turn, 4)).nothing_happens()
    listening.send(on.ReplyFinished(turn)).nothing_happens()


def test_s5_a_backchannel_does_not_stop_the_agent(listening: Playbook) -> None:
    answering(listening).voice_begins().hears("uh huh").passes(50).voice_ends().nothing_happens()
    listening.is_heard().nothing_happens()


def test_s5_after_a_false_alarm_the_agent_goes_on_with_what_was_not_heard(listening: Playbook) -> None:
    answering(listening).passes(1_400).voice_begins().until("barge-in").agent_is_silenced()
    listening.voice_ends().until("end-of-turn").until("words").agent_says("Then comes that.")


def test_s5_the_agents_own_voice_come_back_does_not_stop_it_twice(listening: Playbook) -> None:
    story = "The clinic is open from eight to five on every weekday."
    listening.caller_says("when are you open").model_is_asked().model_says(story).agent_says(story).is_sent()
    listening.passes(1_700).voice_begins().until("barge-in").agent_is_silenced()
    listening.hears("clinic is open from eight").voice_ends().until("end-of-turn").agent_says(story).is_sent()
    assert len(listening.recorded("false_interruption")) == 1

    listening.voice_begins().passes(1_000)
    listening.send(on.PartialHeard("x", "the clinic is open from ate", 6)).nothing_happens()
    listening.send(on.PartialHeard("y", "what about saturday", 3)).agent_is_silenced()


def test_s5_an_echo_heard_to_the_end_is_no_utterance(listening: Playbook) -> None:
    answering(listening).voice_begins().hears("first comes this then comes that")
    listening.voice_ends().is_heard().nothing_happens()
    listening.until("silence").agent_says("Are you there?")


def test_one_word_is_enough_to_stop_when_it_is_a_stop_word(listening: Playbook) -> None:
    answering(listening).passes(200).hears("wait").agent_is_silenced()


def test_r1_the_disclosure_is_heard_to_its_end_whatever_the_caller_says(play: Playbook) -> None:
    play.agent_says("Hello.", "I am a machine.", "How can I help?").is_sent().passes(420)
    play.send(on.SegmentPlayed(0, 1))
    play.voice_begins().hears("book a cleaning").until("barge-in").nothing_happens()


# --- tasks: slots, options, agreement, results (C2, C7)


def test_c2_a_booking_from_first_word_to_last(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("yes please")
    listening.tool_runs("reserve", service="cleaning", day="2026-11-24", time="09:00", phone="4155550132")
    listening.tool_returns(reference="B7").agent_says("Booked for Tuesday, November 24th.", "Anything else?").is_heard()
    listening.caller_says("no that's all").model_is_asked().model_calls("end_call").agent_says("Goodbye!")
    listening.is_heard().stream_ends(HangUp())

    assert [line["outcome"] for line in listening.recorded("outcome")] == ["goodbye"]
    assert [line["result"] for line in listening.recorded("tool")] == [{"reference": "B7"}]


def test_a_time_that_is_not_free_is_asked_again_with_what_is(listening: Playbook) -> None:
    listening.caller_says("a cleaning on tuesday at noon").model_is_asked()
    listening.model_calls("book", service="cleaning", day="tuesday", time="noon")
    listening.tool_runs("free", service="cleaning", day="2026-11-24")
    listening.tool_returns(options=["09:00", "15:00"]).agent_says("Not free.", "I have 9 AM or 3 PM.").is_heard()
    listening.caller_says("the second one").model_is_asked().model_calls("book", time="the second one")
    listening.agent_says("Your number?")


def test_c7_a_correction_is_checked_and_read_back_again(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("no make it wednesday").model_is_asked()
    listening.model_calls("book", day="wednesday").tool_runs("free", service="cleaning", day="2026-11-25")
    listening.tool_returns(options=["09:00"])
    listening.agent_says("A cleaning on Wednesday, November 25th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?")


def test_a_correction_is_not_a_misunderstanding(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("my number is five five five oh one double nine").model_is_asked()
    listening.model_calls("book", phone="five five five oh one double nine")
    listening.agent_says("A cleaning on Tuesday, November 24th at 9 AM, number 5 5 5, 0 1 9 9.", "Right?")
    assert listening.recorded("asked_again") == []


def test_a_no_that_the_model_passes_on_asks_what_to_change_as_well(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("no that is not what i said").model_is_asked()
    listening.model_calls("book", confirmed=False).agent_says("What should I change?")
    assert listening.recorded("asked_again") == []


def test_a_caller_who_gives_a_task_up_is_asked_what_else(listening: Playbook) -> None:
    asked_for_phone(listening).is_heard().caller_says("never mind").model_is_asked()
    listening.model_calls("book", cancelled=True).agent_says("Never mind.", "Anything else?").is_heard()
    listening.caller_says("no thanks bye").model_is_asked().model_calls("end_call").agent_says("Goodbye!")


def test_a_plain_no_asks_what_to_change(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("no").agent_says("What should I change?")


def test_a_day_with_nothing_free_asks_for_another_day(listening: Playbook) -> None:
    listening.caller_says("a cleaning on tuesday").model_is_asked()
    listening.model_calls("book", service="cleaning", day="tuesday").tool_runs(
        "free", service="cleaning", day="2026-11-24"
    )
    listening.tool_returns(options=[]).agent_says("Nothing is free on Tuesday, November 24th.", "Which day?")


def test_a_time_taken_meanwhile_is_said_and_asked_anew(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("yes").tool_runs(
        "reserve", service="cleaning", day="2026-11-24", time="09:00", phone="4155550132"
    )
    listening.tool_returns(problem="taken").agent_says().tool_runs("free", service="cleaning", day="2026-11-24")


def test_a_question_in_between_is_answered_and_the_open_one_asked_again(listening: Playbook) -> None:
    asked_for_phone(listening).is_heard().caller_says("do you have parking").model_is_asked()
    listening.model_says("There is parking.").agent_says("There is parking.", "Your number?")


def test_c7_a_second_want_in_the_same_breath_is_taken_up_afterwards(listening: Playbook) -> None:
    listening.caller_says("call me back about the bill and let me talk to a person").model_is_asked()
    turn = listening.call.turn
    listening.send(on.ReplyToolCall(turn, "a", "call_back", '{"topic": "the bill"}'))
    listening.send(on.ReplyToolCall(turn, "b", "transfer", '{"to": "desk"}'))
    listening.send(on.ReplyFinished(turn)).tool_runs("note", topic="the bill").tool_returns()
    listening.agent_says("Noted.", "I'll take a message.").is_heard()
    listening.stream_ends(TakeMessage("Leave your message.", "asked"))


def test_what_the_caller_says_while_a_tool_runs_waits_for_its_result(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("yes").tool_runs(
        "reserve", service="cleaning", day="2026-11-24", time="09:00", phone="4155550132"
    )
    listening.voice_begins().hears("and do you have parking").voice_ends().nothing_happens()
    listening.tool_returns().agent_says("Booked for Tuesday, November 24th.", "Anything else?").is_heard()
    listening.until("end-of-turn").model_is_asked()


def test_a_slow_tool_is_covered_by_a_few_words(listening: Playbook) -> None:
    listening.caller_says("call me back about the bill").model_is_asked()
    listening.model_calls("call_back", topic="the bill").tool_runs("note", topic="the bill")
    listening.passes(1_200).agent_says("One moment.").is_heard()
    listening.tool_returns().agent_says("Noted.", "Anything else?")


# --- uncertain hearing (S6)


def careful(*slots: int) -> Playbook:
    """A call to an agent that has to be half sure of these slots of a booking."""
    slots_of = tuple(replace(BOOK.slots[slot], sure_from=0.5) for slot in slots)
    play = Playbook(replace(SMALL, tasks=(replace(BOOK, slots=slots_of),)))
    return play.call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()


def badly(play: Playbook, text: str, confidence: float) -> Playbook:
    """The caller is heard badly, which is known only when the answer is being prepared already."""
    return play.caller_says(text, confidence=confidence).model_is_asked().model_is_cancelled().model_is_asked()


def test_s6_a_value_hardly_heard_is_asked_again_and_then_read_back_by_itself() -> None:
    play = careful(1)
    badly(play, "book for tuesday", 0.2).model_calls("book", day="tuesday")
    play.agent_says("Not sure.", "Which day?").is_heard()
    assert play.recorded("asked_again") == [{"slot": "day", "unsure": True}]

    badly(play, "tuesday", 0.2).model_calls("book", day="tuesday")
    play.agent_says("I heard Tuesday, November 24th, right?").is_heard()
    assert play.recorded("checked") == [{"slot": "day"}]


def test_s6_a_value_heard_half_well_is_read_back_at_once_and_a_yes_settles_it() -> None:
    play = careful(1)
    badly(play, "book for tuesday", 0.4).model_calls("book", day="tuesday")
    play.agent_says("I heard Tuesday, November 24th, right?").is_heard()
    play.caller_says("yes").agent_says("A on Tuesday, November 24th at , number .", "Right?")


def test_s6_a_value_that_was_not_meant_is_asked_again() -> None:
    play = careful(1)
    badly(play, "book for tuesday", 0.4).model_calls("book", day="tuesday")
    play.agent_says("I heard Tuesday, November 24th, right?").is_heard()
    play.caller_says("no").agent_says("Sorry, which day?").is_heard()
    play.caller_says("thursday").model_is_asked().model_calls("book", day="thursday")
    play.agent_says("A on Thursday, November 26th at , number .", "Right?")


def test_s6_a_correction_takes_the_place_of_what_was_read_back() -> None:
    play = careful(1)
    badly(play, "book for tuesday", 0.4).model_calls("book", day="tuesday")
    play.agent_says("I heard Tuesday, November 24th, right?").is_heard()
    play.caller_says("no thursday").model_is_asked().model_calls("book", day="thursday")
    play.agent_says("A on Thursday, November 26th at , number .", "Right?")


def test_s6_a_number_heard_badly_may_be_typed() -> None:
    play = careful(3)
    badly(play, "book for five five five oh one double nine", 0.1).model_calls("book", phone="5550199")
    play.agent_says("Not sure.", "Your number?", "Or type it.").is_heard().presses("5550199#")
    play.agent_says("A on at , number 5 5 5, 0 1 9 9.", "Right?")


def test_s6_a_check_survives_the_loss_of_the_stream() -> None:
    play = careful(1)
    badly(play, "book for tuesday", 0.4).model_calls("book", day="tuesday")
    play.agent_says("I heard Tuesday, November 24th, right?").is_heard()
    again = Playbook(play.agent, progress=play.saved).call_starts()
    again.agent_says("We were cut off.", "I heard Tuesday, November 24th, right?").is_heard()
    again.caller_says("yes").agent_says("A on Tuesday, November 24th at , number .", "Right?")


def test_s6_a_value_heard_well_is_taken_at_once() -> None:
    play = careful(1).caller_says("book for tuesday", confidence=0.6).model_is_asked()
    play.model_calls("book", day="tuesday").agent_says("A on Tuesday, November 24th at , number .", "Right?")


# --- keypad (T8)


def test_t8_digits_fill_a_number_and_interrupt_the_question(listening: Playbook) -> None:
    asked_for_phone(listening).is_sent().passes(200)
    listening.send(on.DigitPressed("4")).agent_is_silenced()
    listening.presses("155550132#").agent_says(
        "A cleaning on Tuesday, November 24th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?"
    )
    assert listening.recorded("keypad") == [{"digits": 10}]
    *spoken, typed = listening.is_sent().recorded("turn_timing")
    assert (typed.get("by_keypad"), [timing.get("by_keypad") for timing in spoken]) == (True, [None] * len(spoken))


def test_t8_an_entry_without_a_terminator_ends_by_itself(listening: Playbook) -> None:
    asked_for_phone(listening).is_heard().presses("4155550132").until("keypad")
    listening.agent_says("A cleaning on Tuesday, November 24th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?")


def test_t8_keys_choose_and_agree(listening: Playbook) -> None:
    listening.caller_says("book").model_is_asked().model_calls("book").agent_says("Cleaning or check-up?").is_heard()
    listening.presses("2").agent_says("Which day?")


def test_zero_reaches_people_at_any_moment(listening: Playbook) -> None:
    listening.presses("0").agent_says("I'll take a message.").is_heard()
    listening.stream_ends(TakeMessage("Leave your message.", "keypad"))


# --- silence (S8)


def test_s8_a_silent_caller_is_asked_twice_and_then_let_go(listening: Playbook) -> None:
    listening.passes(7_000).agent_says("Are you there?").is_heard()
    listening.passes(7_000).agent_says("Hello?").is_heard()
    listening.passes(7_000).agent_says("I'll hang up now.").is_heard().stream_ends(HangUp())


def test_s8_the_silence_prompt_repeats_the_open_question(listening: Playbook) -> None:
    asked_for_phone(listening).is_heard().passes(7_000).agent_says("Are you there?", "Your number?")


def test_s8_a_line_full_of_sound_without_words_counts_as_silence(listening: Playbook) -> None:
    listening.voice_begins().until("deaf").agent_says("Are you there?")


def test_s8_speaking_again_makes_patience_anew(listening: Playbook) -> None:
    listening.passes(7_000).agent_says("Are you there?").is_heard()
    listening.caller_says("yes do you have parking").model_is_asked().model_says("Yes.").agent_says("Yes.").is_heard()
    listening.passes(7_000).agent_says("Are you there?")


# --- not getting on (C8)


def test_c8_three_misunderstandings_end_at_people(listening: Playbook) -> None:
    listening.caller_says("blah").model_is_asked().model_calls("not_understood").agent_says("Sorry?").is_heard()
    listening.caller_says("blah").model_is_asked().model_calls("not_understood")
    listening.agent_says("Once more, please.").is_heard()
    listening.caller_says("blah").model_is_asked().model_calls("not_understood").agent_says("I'll take a message.")
    listening.is_heard().stream_ends(TakeMessage("Leave your message.", "not_understood"))


def test_c8_a_slot_that_will_not_fill_ends_at_people(listening: Playbook) -> None:
    listening.caller_says("a cleaning").model_is_asked().model_calls("book", service="cleaning").agent_says(
        "Which day?"
    )
    for _ in range(2):
        listening.is_heard().caller_says("someday").model_is_asked().model_calls("book", day="someday")
        listening.agent_says("Sorry, which day?")
    listening.is_heard().caller_says("someday").model_is_asked().model_calls("book", day="someday")
    listening.agent_says("I'll take a message.")


def test_c3_a_failing_model_is_excused_once_and_then_given_up(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().model_fails().agent_says("I had a problem.", "Say that again?")
    listening.is_heard().caller_says("hello again").model_is_asked().model_fails().agent_says("I'll take a message.")


def test_c3_a_model_that_stalls_is_a_model_that_fails(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().until("filler").agent_says("One moment.").is_heard()
    listening.until("model").model_is_cancelled().agent_says("I had a problem.", "Say that again?")


def test_c3_a_slow_model_is_covered_by_a_plea_for_a_moment_which_is_no_answer(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().passes(1_200).nothing_happens()
    listening.until("filler").agent_says("One moment.").is_heard()
    assert listening.recorded("turn_timing") == []
    listening.model_says("Good morning.").agent_says("Good morning.").is_heard()
    assert len(listening.recorded("turn_timing")) == 1


def test_a_model_that_stalls_in_mid_reply_is_covered_once_its_words_are_heard(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().passes(1_000).model_writes("We are open. And")
    listening.agent_says("We are open.").passes(1_900).nothing_happens()
    listening.is_heard().until("filler").agent_says("One moment.")


def test_nobody_is_asked_for_a_moment_while_they_may_go_on_speaking(listening: Playbook) -> None:
    listening.voice_begins().hears("my address is long").voice_pauses().model_is_asked()
    listening.passes(2_500).nothing_happens()
    listening.turn_ends().until("filler").agent_says("One moment.")


def test_an_empty_reply_is_not_silence(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().model_says().agent_says("Sorry?")


def test_r5_a_route_the_model_invents_is_not_followed(listening: Playbook) -> None:
    listening.caller_says("connect me").model_is_asked().model_calls("transfer", to="+19005550100").agent_says("Sorry?")


def test_arguments_that_are_no_json_are_taken_as_none(listening: Playbook) -> None:
    listening.caller_says("book").model_is_asked()
    listening.send(on.ReplyToolCall(listening.call.turn, "c", "book", "{day: "))
    listening.send(on.ReplyFinished(listening.call.turn)).agent_says("Cleaning or check-up?")


def test_a_tool_out_of_reach_ends_at_people(listening: Playbook) -> None:
    listening.caller_says("call me back about it").model_is_asked().model_calls("call_back", topic="it")
    listening.tool_runs("note", topic="it").tool_fails().agent_says("I'll take a message.")


def test_a_tool_that_never_answers_is_a_tool_out_of_reach(listening: Playbook) -> None:
    listening.caller_says("call me back about it").model_is_asked().model_calls("call_back", topic="it")
    listening.tool_runs("note", topic="it").passes(1_200).agent_says("One moment.").is_heard()
    listening.until("tool").agent_says("I'll take a message.")


@pytest.mark.parametrize("lost", ["refused", "never sounds"])
def test_without_a_voice_the_call_goes_on_by_the_carriers_own(listening: Playbook, lost: str) -> None:
    listening.caller_says("hello").model_is_asked().model_says("Hi.").agent_says("Hi.")
    if lost == "refused":
        listening.send(on.SegmentFailed(listening.call.turn, 4, "throttled")).agent_is_silenced()
    else:
        listening.until("sound").agent_is_silenced()
    listening.stream_ends(TurnByTurn("synthesis"))
    Playbook(SMALL, progress=listening.saved).call_starts().agent_says("Hi.")


def test_a_voice_lost_half_way_leaves_the_rest_to_the_carriers(listening: Playbook) -> None:
    answering(listening).send(on.SegmentPlayed(listening.call.turn, 4))
    listening.send(on.SegmentFailed(listening.call.turn, 5, "throttled")).agent_is_silenced()
    listening.stream_ends(TurnByTurn("synthesis"))
    Playbook(SMALL, progress=listening.saved).call_starts().agent_says("Then comes that.")


def test_marks_that_never_come_back_do_not_hold_up_the_call(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().model_says("Hi.").agent_says("Hi.").is_sent()
    listening.until("sound").until("silence").agent_says("Are you there?")


def test_without_an_ear_the_call_goes_on_by_the_carriers_own(listening: Playbook) -> None:
    listening.hears("is there parking").model_is_asked()
    listening.send(on.RecognitionFailed("unavailable")).model_is_cancelled().stream_ends(TurnByTurn("recognition"))
    again = Playbook(SMALL, progress=listening.saved).call_starts().until("end-of-turn").model_is_asked()
    assert again.history()[-1] == "user: is there parking"


@pytest.mark.parametrize("heard", ["", "i'd like to"])
def test_an_ear_lost_while_the_caller_speaks_has_them_say_it_again(listening: Playbook, heard: str) -> None:
    listening.voice_begins().hears(heard)
    listening.send(on.RecognitionFailed("unavailable")).stream_ends(TurnByTurn("recognition"))
    again = Playbook(SMALL, progress=listening.saved).call_starts()
    again.agent_says("I had a problem.", "Say that again?").is_heard().nothing_happens()


def test_an_ear_lost_while_the_agent_speaks_costs_the_caller_no_word(listening: Playbook) -> None:
    asked_for_phone(listening).send(on.RecognitionFailed("unavailable")).nothing_happens()
    listening.is_heard().stream_ends(TurnByTurn("recognition"))
    again = Playbook(SMALL, progress=listening.saved).call_starts().nothing_happens()
    again.presses("4155550132#").agent_says(
        "A cleaning on Tuesday, November 24th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?"
    )


def test_an_ear_lost_while_a_tool_works_waits_for_what_it_has_done(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("yes")
    listening.tool_runs("reserve", service="cleaning", day="2026-11-24", time="09:00", phone="4155550132")
    listening.send(on.RecognitionFailed("unavailable")).nothing_happens()
    listening.tool_returns(reference="B1").agent_says("Booked for Tuesday, November 24th.", "Anything else?").is_heard()
    listening.stream_ends(TurnByTurn("recognition"))


# --- the end


def test_a_goodbye_is_heard_before_the_line_closes_and_speech_calls_it_off(listening: Playbook) -> None:
    listening.caller_says("bye").model_is_asked().model_calls("end_call").agent_says("Goodbye!").is_sent().passes(300)
    listening.voice_begins().hears("wait one more").agent_is_silenced()
    listening.turn_ends().model_is_asked()


def test_no_call_goes_on_for_ever() -> None:
    short = replace(SMALL, limits=replace(SMALL.limits, call_ms=20_000))
    play = Playbook(short).call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
    play.passes(7_000).agent_says("Are you there?").is_heard().voice_begins()
    play.until("call").agent_says("Our time is up.").is_heard().stream_ends(HangUp())


def test_a_caller_who_hangs_up_leaves_nothing_running(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().send(on.CallerGone()).model_is_cancelled()
    assert listening.call.ended
    listening.send(on.FinalHeard("q", "hello")).nothing_happens()


def test_r6_a_call_goes_on_where_an_earlier_stream_left_it(listening: Playbook) -> None:
    asked_for_phone(listening).is_heard()
    again = Playbook(SMALL, progress=listening.saved).call_starts()
    again.agent_says("We were cut off.", "Your number?").is_heard().presses("4155550132#")
    again.agent_says("A cleaning on Tuesday, November 24th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?")


def test_r6_a_caller_with_no_question_open_is_asked_how_to_help(listening: Playbook) -> None:
    listening.caller_says("hello").model_is_asked().model_says("Hello to you.").agent_says("Hello to you.").is_heard()
    Playbook(SMALL, progress=listening.saved).call_starts().agent_says("We were cut off.", "How can I help?")


def test_r6_a_caller_who_has_said_nothing_yet_is_greeted_anew_and_told_who_speaks() -> None:
    lost = Playbook(SMALL).call_starts().agent_says("Hello.", "I am a machine.", "How can I help?")
    lost.send(on.CallerGone())
    again = Playbook(SMALL, progress=lost.saved).call_starts()
    again.agent_says("Hello.", "I am a machine.", "How can I help?")


# --- a call that moves (T7, R6)


def moved(play: Playbook) -> Playbook:
    """The same call, elsewhere."""
    play.send(on.CallMoves())
    assert play.call.ended
    return Playbook(play.agent, progress=play.saved)


def test_r6_a_call_moved_while_the_caller_has_the_floor_goes_on_without_a_word(listening: Playbook) -> None:
    asked_for_phone(listening).is_heard()
    again = moved(listening).call_starts().nothing_happens()
    again.presses("4155550132#").agent_says(
        "A cleaning on Tuesday, November 24th at 9 AM, number 4 1 5, 5 5 5, 0 1 3 2.", "Right?"
    )


def test_r6_a_call_moved_while_the_agent_speaks_goes_on_with_what_was_not_heard(listening: Playbook) -> None:
    answering(listening).passes(1_400)
    again = moved(listening.send(on.SegmentPlayed(listening.call.turn, 4)))
    listening.agent_is_silenced()
    again.call_starts().agent_says("Then comes that.").is_heard()
    again.caller_says("thank you").model_is_asked()
    assert again.history() == [
        "assistant: Hello. I am a machine. How can I help?",
        "user: tell me everything",
        "assistant: First comes this. Then comes that.",
        "user: thank you",
    ]


def test_r6_a_call_moved_while_the_answer_is_made_asks_for_it_again(listening: Playbook) -> None:
    listening.caller_says("do you have parking").model_is_asked()
    again = moved(listening)
    listening.model_is_cancelled()
    again.call_starts().until("end-of-turn").model_is_asked()
    assert again.history()[-1] == "user: do you have parking"


def test_r6_a_call_moved_while_the_caller_speaks_keeps_their_words(listening: Playbook) -> None:
    listening.voice_begins().hears("i'd like to")
    again = moved(listening).call_starts().voice_begins().hears("book a cleaning").turn_ends().model_is_asked()
    assert again.history()[-1] == "user: i'd like to book a cleaning"


def test_r6_a_call_moved_while_a_tool_works_excuses_itself(listening: Playbook) -> None:
    asked_to_agree(listening).is_heard().caller_says("yes")
    listening.tool_runs("reserve", service="cleaning", day="2026-11-24", time="09:00", phone="4155550132")
    moved(listening).call_starts().agent_says("We were cut off.")


def test_r6_a_call_that_moves_keeps_count_of_its_patience(listening: Playbook) -> None:
    listening.until("silence").agent_says("Are you there?").is_heard()
    moved(listening).call_starts().until("silence").agent_says("Hello?")


def test_r6_a_call_that_moves_keeps_what_must_be_heard() -> None:
    play = Playbook(SMALL).call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_sent()
    play.passes(100)
    again = moved(play)
    play.agent_is_silenced()
    again.call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_sent()
    again.send(on.SegmentPlayed(again.call.turn, 1)).voice_begins().hears("wait stop right there").nothing_happens()


def test_r6_a_call_that_has_said_goodbye_does_not_move(listening: Playbook) -> None:
    listening.caller_says("bye").model_is_asked().model_calls("end_call").agent_says("Goodbye!").is_sent()
    listening.send(on.CallMoves()).stream_ends(HangUp())


# --- no sequence of events may raise, leave a timer running after the end, or speak a stale turn

TURNS = st.integers(0, 12)
SEGMENTS = st.integers(0, 20)
TEXTS = st.sampled_from(["", "yes", "no", "book", "uh huh", "wait", "tuesday at nine", "a cleaning", "x" * 900])
ARGUMENTS = st.sampled_from(
    [
        "{}",
        "",
        "[1]",
        '{"service":"cleaning"}',
        '{"day":"tuesday","time":"nine"}',
        '{"confirmed":true}',
        '{"to":"desk"}',
    ]
)
TOOLS = st.sampled_from(["book", "call_back", "transfer", "end_call", "not_understood", "unknown"])
RESULTS = st.sampled_from([{}, {"options": []}, {"options": ["09:00"]}, {"problem": "taken"}, {"problem": "odd"}])
EVENTS = st.one_of(
    st.builds(on.SpeechStarted),
    st.builds(on.SpeechPaused, st.integers(0, 100)),
    st.builds(on.SpeechEnded, st.integers(0, 400)),
    st.builds(on.PartialHeard, st.sampled_from(["a", "b"]), TEXTS, st.integers(0, 5)),
    st.builds(on.FinalHeard, st.sampled_from(["a", "b"]), TEXTS, st.just((("book", 0.2), ("tuesday", 0.9)))),
    st.builds(on.DigitPressed, st.sampled_from("0123456789*#")),
    st.builds(on.RecognitionFailed, st.just("x")),
    st.builds(on.TimerFired, st.sampled_from(["end-of-turn", "words", "silence", "sound", "call", "nonsense"])),
    st.builds(on.CallStarted),
    st.builds(on.CallerGone),
    st.builds(on.CallMoves),
)
OURS = st.sampled_from(["text", "call", "finish", "fail", "return", "raise", "start", "sent", "played", "mute", "ring"])


REACHED = replace(DESK, destinations=(Destination(DestinationKind.NUMBER, "+15550100001", "the desk"),))


@given(
    st.lists(st.one_of(EVENTS, st.tuples(OURS, TURNS, TEXTS, TOOLS, ARGUMENTS, RESULTS)), max_size=60),
    st.sampled_from([SMALL, replace(SMALL, routes=(REACHED,))]),
)
def test_no_sequence_of_events_raises_or_leaves_anything_behind(script: list[object], agent: Agent) -> None:
    call = Call(agent, call_sid="CA1", now=FRIDAY)
    rung: NextStep | None = None
    timers: set[str] = set()
    held: set[int] = set()
    at = 0
    tool_call = ""
    segment = 0

    def happen(event: on.Event) -> None:
        nonlocal tool_call, segment, rung
        turn_before, ended_before = call.turn, call.ended
        actions = call.handle(event, at)
        assert not (ended_before and actions)
        assert call.turn >= turn_before
        for action in actions:
            match action:
                case SetTimer(name, ms):
                    assert ms >= 0
                    timers.add(name)
                case CancelTimer(name):
                    timers.discard(name)
                case Speak(turn, number, text, held=is_held):
                    assert turn_before <= turn <= call.turn
                    assert text
                    segment = number
                    held.update({turn} if is_held else ())
                case Release(turn):
                    held.discard(turn)
                case RunTool(turn, call_id):
                    assert turn not in held, "what has an effect is done before the caller has finished"
                    tool_call = call_id
                case RingAhead(to):
                    assert rung is None, "nobody is rung twice"
                    rung = to
                case CallOff():
                    assert rung is not None
                    rung = None
                case EndStream(step):
                    assert call.ended
                    assert rung in (None, step), "somebody is rung whom the caller is not put through to"
                case _:
                    pass
        assert not (call.ended and timers), f"{timers} still running after the end"
        assert call.ended or timers, "nobody will ever wake this call"

    happen(on.CallStarted())
    for step in script:
        at += 130
        if not isinstance(step, tuple):
            if isinstance(step, on.TimerFired):
                timers.discard(step.name)
            happen(step)  # type: ignore[arg-type]
            continue
        what, back, text, tool, arguments, result = step
        turn = max(0, call.turn - back) if back > 8 else call.turn
        match what:
            case "text":
                happen(on.ReplyText(turn, text))
            case "call":
                happen(on.ReplyToolCall(turn, "c", tool, arguments))
            case "finish":
                happen(on.ReplyFinished(turn))
            case "fail":
                happen(on.ReplyFailed(turn, "x"))
            case "return":
                happen(on.ToolReturned(turn, tool_call, result))
            case "raise":
                happen(on.ToolFailed(turn, tool_call, "x"))
            case "start":
                happen(on.SegmentStarted(turn, max(0, segment - back % 3)))
            case "sent":
                happen(on.SegmentSent(turn, max(0, segment - back % 3), 400))
            case "played":
                happen(on.SegmentPlayed(turn, max(0, segment - back % 3)))
            case "mute":
                happen(on.SegmentFailed(turn, segment, "x"))
            case "ring":
                if timers:
                    name = sorted(timers)[back % len(timers)]
                    timers.discard(name)
                    happen(on.TimerFired(name))
            case _:
                assert_never(what)
