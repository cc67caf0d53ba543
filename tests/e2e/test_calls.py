"""Whole calls over sockets, with real speech, all at the same time."""

import io
import wave

from cli.laptop import Laptop
from local.cloud.samples import prompts
from shared.core.call_status import CallStatus
from tests.e2e.calls import word_error_rate, words
from tests.e2e.conftest import CHECK_UP_PHONE, HUMAN_PROMPTS, Calls


def test_p7_a_caller_books_an_appointment_and_is_understood_throughout(calls: Calls) -> None:
    assert calls.booking.short == []


def test_p1_every_webhook_of_the_call_is_answered_by_what_the_cdk_deployed(calls: Calls, machine: Laptop) -> None:
    asked = [event for event in calls.booking.seen.timeline if event["kind"] == "webhook"]
    assert {event["purpose"] for event in asked} >= {"voice", "stream"}
    assert {event["url"].partition("/twilio/")[0] for event in asked} == {machine.deployed.webhook_url}
    assert {event["fault"] for event in asked} == {None}


def test_f1_the_booking_is_in_the_table_as_the_caller_wanted_it(calls: Calls) -> None:
    (booking,) = calls.booking.seen.bookings
    assert booking["day"] == calls.booking.wanted.day.isoformat()
    assert (booking["service"], booking["time"], booking["name"]) == ("cleaning", "12:00", "Grace Miller")


def test_a1_the_transcript_is_stored_with_both_sides_in_order(calls: Calls) -> None:
    log = calls.booking.seen.log
    spoken = [(entry.kind, str(entry.data["text"])) for entry in log if entry.kind in ("caller", "agent")]
    assert spoken[0] == ("agent", "Thank you for calling Maple Street Clinic.")
    assert spoken[-1] == ("agent", "Goodbye!")
    callers = [text for who, text in spoken if who == "caller"]
    assert any("parking" in text for text in callers)
    assert any("Grace Miller" in text for text in callers)


def test_every_answer_has_its_timing_and_the_parts_add_up(calls: Calls) -> None:
    timings = [entry.data for entry in calls.booking.seen.log if entry.kind == "turn_timing"]
    assert len(timings) == 7
    parts = ("end_of_turn_ms", "model_ms", "tool_ms", "text_ms", "synthesis_ms")
    for timing in timings:
        assert timing["gap_ms"] == sum(int(str(timing[part])) for part in parts)


def test_the_recording_has_the_caller_left_and_the_agent_right(calls: Calls) -> None:
    with wave.open(io.BytesIO(calls.booking.wav)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        assert file.getnframes() > 20 * 8000


def test_s4_an_interrupted_agent_falls_silent_and_remembers_only_what_was_heard(calls: Calls) -> None:
    clears = [event for event in calls.booking.seen.timeline if event["kind"] == "clear" and event["dropped_ms"] > 0]
    assert clears
    assert all(each.agent_went_on_ms < 1_500 for each in calls.booking.seen.interruptions)
    cut = [str(entry.data["text"]) for entry in calls.booking.seen.log if entry.data.get("interrupted")]
    assert any(text.startswith("On ") and "Which would you like?" not in text for text in cut)


def test_t8_the_keypad_fills_a_slot_while_the_agent_still_speaks(calls: Calls) -> None:
    (booking,) = calls.booking.seen.bookings
    assert booking["phone"] == "4155550142"
    assert [entry.data["digits"] for entry in calls.booking.seen.log if entry.kind == "keypad"] == [10]


def test_t4_the_status_moves_forward_to_its_end(calls: Calls, machine: Laptop) -> None:
    state = machine.calls.get(calls.booking.call_sid)
    assert state is not None
    assert (state.status, state.outcome) == (CallStatus.COMPLETED, "completed")


def test_t13_two_simultaneous_calls_stay_apart(calls: Calls, machine: Laptop) -> None:
    mine, theirs = calls.check_up, calls.human
    (booking,) = [each for each in machine.bookings() if each["phone"] == CHECK_UP_PHONE]
    assert (booking["service"], booking["name"]) == ("check-up", "Peter Jackson")
    assert mine.log[0].at < theirs.log[-1].at
    assert theirs.log[0].at < mine.log[-1].at
    assert not {"dialed", "parked"} & set(words(mine.said("caller")))
    assert not {"check-up", "jackson"} & set(words(theirs.said("caller")))
    assert mine.data("keypad") == [{"digits": 10}]
    assert theirs.data("keypad") == []


def test_s8_a_silent_caller_is_prompted_and_then_the_call_ends_politely(calls: Calls, machine: Laptop) -> None:
    phrases = machine.agent.phrases
    spoken = calls.silent.said("agent")
    assert all(prompt in spoken for prompt in phrases.still_there)
    assert spoken.endswith(phrases.silent_goodbye)
    assert calls.silent.said("caller") == ""
    assert calls.silent.data("outcome") == [{"outcome": "silent"}]
    assert calls.silent.status == "completed"


def test_recorded_human_telephone_speech_is_understood_word_by_word(calls: Calls) -> None:
    said = " ".join(prompts()[name].text for name in HUMAN_PROMPTS)
    recognised = calls.human.said("caller")
    assert word_error_rate(said, recognised) <= 0.2, recognised
