"""Calls in Hindi, with English among it, as callers in India speak."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared.adapters.agent_files import load
from tests.playbook import Playbook

HINDI = load(Path(__file__).parents[2] / "agents" / "front_door_hi.yaml")
NOW = datetime(2026, 11, 20, 9, 14, tzinfo=ZoneInfo("Asia/Kolkata"))
GREETING = (HINDI.greeting, HINDI.disclosure, HINDI.question)


def greeted() -> Playbook:
    return Playbook(HINDI, now=NOW).call_starts().agent_says(*GREETING).is_heard()


def read_back() -> Playbook:
    """All was said in one breath; what was understood has just been read back."""
    play = greeted().caller_says("मुझे कल सुबह दाँतों की सफ़ाई के लिए आना है, मेरा naam Meena Verma है").model_is_asked()
    play.model_calls(
        "book_appointment", service="सफ़ाई", day="monday", time="subah saadhe nau baje", name="Meena Verma",
        phone="नौ आठ सात six five four तीन दो एक शून्य",
    ).tool_runs("find_free_times", service="cleaning", day="2026-11-23")  # fmt: skip
    return play.tool_returns(options=["09:30", "14:00"]).agent_says(
        "तो cleaning, सोमवार, 23 नवंबर को सुबह साढ़े नौ बजे, Meena Verma के नाम पर, "
        "और आपका number है nine eight, seven six, five four, three two, one zero।",
        "क्या यह सही है?",
    )


@pytest.mark.parametrize("yes", ["हाँ जी", "haan theek hai", "yes बिल्कुल सही है", "जी।"])
def test_s9_a_visit_is_booked_in_hindi_and_agreed_to_without_a_model(yes: str) -> None:
    play = read_back().is_heard().caller_says(yes)
    play.tool_runs(
        "book_appointment", service="cleaning", day="2026-11-23", time="09:30", name="Meena Verma", phone="9876543210"
    ).tool_returns(reference="A1").agent_says(
        "आपका appointment हो गया है, सोमवार, 23 नवंबर को सुबह साढ़े नौ बजे।",
        "हम आपका इंतज़ार करेंगे।",
        "क्या मैं आपकी कोई और मदद कर सकती हूँ?",
    )


@pytest.mark.parametrize("no", ["जी नहीं", "nahin", "no गलत है"])
def test_s9_a_no_in_hindi_asks_what_to_change(no: str) -> None:
    read_back().is_heard().caller_says(no).agent_says("ठीक है।", "क्या बदलना है?")


def test_s9_hmm_in_hindi_does_not_stop_the_agent_and_ruko_does() -> None:
    play = greeted().caller_says("आप कहाँ हैं").model_is_asked()
    play.model_says("हम बारह नीम रोड पर हैं, post office के ठीक सामने।").agent_says(
        "हम बारह नीम रोड पर हैं, post office के ठीक सामने।"
    ).is_sent()
    play.hears("जी अच्छा").nothing_happens()
    play.hears("जी अच्छा रुकिए").agent_is_silenced()


def test_s9_the_model_is_told_to_speak_hindi_and_to_pass_values_on_in_english() -> None:
    play = greeted().caller_says("नमस्ते जी").model_is_asked()
    told = str(play.messages[0]["content"])
    assert "Speak Hindi" in told
    assert "in English and in Latin letters" in told
    play.model_says("जी, बताइए।").agent_says("जी,", "बताइए।")


def test_s9_an_answer_is_cut_at_a_danda() -> None:
    play = greeted().caller_says("parking है क्या").model_is_asked()
    play.model_writes("जी हाँ, ").agent_says("जी हाँ,")
    play.model_writes("building के पीछे है। वह free है।").agent_says("building के पीछे है।")
    play.model_says().agent_says("वह free है।")
