"""A caller who asks for another language goes on in it where they were."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from shared.adapters.agent_files import load
from shared.core.endpointing import Question, endpoint_ms
from shared.core.events import CallMoves
from shared.core.floor import TAIL_MS
from shared.core.prompt import tool_specs
from tests.agents import SMALL
from tests.playbook import Playbook

HINDI = load(Path(__file__).parents[2] / "agents" / "front_door_hi.yaml")
ENGLISH = HINDI.siblings[0]
NOW = datetime(2026, 11, 20, 9, 14, tzinfo=ZoneInfo("Asia/Kolkata"))
HOW_CAN_I_HELP = "How can I help you today?"


def greeted() -> Playbook:
    play = Playbook(HINDI, now=NOW).call_starts().agent_says(HINDI.greeting, HINDI.disclosure, HINDI.question)
    return play.is_heard()


def asked_for_the_day() -> Playbook:
    play = greeted().caller_says("मुझे cleaning करवानी है").model_is_asked()
    play.model_calls("book_appointment", service="cleaning").agent_says("आप किस दिन आना चाहेंगे?")
    return play.is_heard()


def test_s9_the_open_question_is_asked_in_the_new_language_and_nothing_is_asked_twice() -> None:
    play = asked_for_the_day().caller_says("can we talk in english please").model_is_asked()
    play.model_calls("change_language", to="English").agent_changes_to("en-IN").agent_says("Which day would suit you?")
    play.is_heard().caller_says("monday at nine thirty").model_is_asked()
    assert "Speak English" in str(play.messages[0]["content"])
    play.model_calls(
        "book_appointment", day="monday", time="nine thirty", name="Meena Verma", phone="9876543210"
    ).tool_runs("find_free_times", service="cleaning", day="2026-11-23").tool_returns(options=["09:30"]).agent_says(
        "So that's a cleaning on Monday, November 23rd at 9:30 AM for Meena Verma, "
        "and your number is 9 8, 7 6, 5 4, 3 2, 1 0.",
        "Is that right?",
    )
    assert play.recorded("language") == [{"language": "en-IN"}]


def test_s9_before_anything_was_asked_the_first_question_is_asked() -> None:
    play = greeted().caller_says("english please").model_is_asked()
    play.model_calls("change_language", to="English").agent_changes_to("en-IN").agent_says(HOW_CAN_I_HELP)


def test_s9_what_was_wanted_in_the_same_breath_is_done_in_the_new_language() -> None:
    play = greeted().caller_says("english please i want a cleaning").model_is_asked()
    play.model_calls_all(("change_language", {"to": "English"}), ("book_appointment", {"service": "cleaning"}))
    play.agent_changes_to("en-IN").agent_says("Which day would suit you?")


def test_s9_a_caller_may_change_back() -> None:
    play = asked_for_the_day().caller_says("english please").model_is_asked()
    play.model_calls("change_language", to="English").agent_changes_to("en-IN").agent_says("Which day would suit you?")
    play.is_heard().caller_says("हिंदी में बोलिए").model_is_asked()
    play.model_calls("change_language", to="Hindi").agent_changes_to("hi-IN").agent_says("आप किस दिन आना चाहेंगे?")


def test_s9_sound_since_the_turn_is_left_to_the_new_recogniser() -> None:
    play = greeted().caller_says("english please").model_is_asked().passes(500)
    since_the_voice = 500 + endpoint_ms(HINDI.speaks, Question(), "english please")
    play.model_calls("change_language", to="English").agent_changes_to("en-IN", again_ms=since_the_voice - TAIL_MS)
    play.agent_says(HOW_CAN_I_HELP).is_heard().nothing_happens()


def test_s9_a_language_is_not_changed_for_a_caller_who_has_not_finished() -> None:
    play = greeted().voice_begins().hears("english please").voice_pauses().model_is_asked()
    play.model_calls("change_language", to="English").nothing_happens()
    play.voice_begins()
    assert play.call.agent.language == "hi-IN"
    play.hears("english please nahin").turn_ends().model_is_asked()


def test_s9_a_language_the_agent_does_not_speak_is_not_understood() -> None:
    play = greeted().caller_says("தமிழ்").model_is_asked()
    play.model_calls("change_language", to="Tamil").agent_says("माफ़ कीजिए, मैं समझ नहीं पाई।")
    assert play.call.agent is HINDI


def test_s9_a_call_that_goes_on_elsewhere_goes_on_in_its_language() -> None:
    play = asked_for_the_day().caller_says("english please").model_is_asked()
    play.model_calls("change_language", to="English").agent_changes_to("en-IN").agent_says("Which day would suit you?")
    play.send(CallMoves()).agent_is_silenced()
    again = Playbook(HINDI, play.saved, now=NOW).call_starts().agent_says("Which day would suit you?")
    assert again.call.agent.language == "en-IN"
    assert HINDI.as_left(play.saved) == again.call.agent
    assert HINDI.as_left(None) is HINDI


def test_s9_the_model_may_change_to_the_agents_other_languages_only() -> None:
    (change,) = [spec["function"] for spec in tool_specs(HINDI) if spec["function"]["name"] == "change_language"]  # type: ignore[index]
    assert change["parameters"]["properties"]["to"]["enum"] == ["English"]  # type: ignore[index]
    assert "change_language" not in str(tool_specs(SMALL))
