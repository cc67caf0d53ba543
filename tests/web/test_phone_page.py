"""The softphone's page in a real browser, against a carrier the test scripts."""

import math
from array import array
from itertools import pairwise

from playwright.sync_api import Page, expect

from shared.wire import mulaw
from tests.web.carrier import FakeCarrier
from tests.web.conftest import SID, Store
from tests.web.tone import HZ

TIMING = {
    "turn": 2,
    "gap_ms": 900,
    "end_of_turn_ms": 560,
    "model_ms": 250,
    "tool_ms": 0,
    "text_ms": 20,
    "synthesis_ms": 70,
}


def call(page: Page, line: FakeCarrier) -> None:
    page.get_by_role("button", name="Call").click()
    line.expect(type="dial", to="+15550100123", **{"from": "+14155550142"})
    line.tell(type="ringing", call_sid=SID)
    line.tell(type="answered")
    expect(page.get_by_role("status")).to_have_text("In a call")


def test_the_page_says_whom_it_will_call_and_waits(page: Page) -> None:
    expect(page.get_by_role("status")).to_have_text("Ready to call")
    expect(page.get_by_text("Maple Street Clinic, +15550100123")).to_be_visible()
    expect(page.get_by_role("button", name="5")).to_be_disabled()
    expect(page.get_by_placeholder("I'd like to book")).to_be_disabled()


def test_the_microphone_reaches_the_line_as_mu_law_at_8_khz(page: Page, line: FakeCarrier) -> None:
    call(page, line)
    line.expect_sound(8000)
    samples = array("h", mulaw.decode(bytes(line.sound[-4000:])))
    crossings = sum(a < 0 <= b for a, b in pairwise(samples))
    assert math.isclose(crossings / (len(samples) / 8000), HZ, rel_tol=0.1)


def test_the_agents_sound_is_played(page: Page, line: FakeCarrier) -> None:
    call(page, line)
    line.play(mulaw.encode(array("h", [8000, -8000] * 8000).tobytes()))
    expect(page.get_by_label("How loud the agent is")).not_to_have_js_property("value", 0)


def test_the_record_appears_as_transcript_and_timing(page: Page, line: FakeCarrier, store: Store) -> None:
    call(page, line)
    store.write("agent", turn=0, text="How can I help you today?")
    store.write("caller", turn=2, text="I'd like to book an appointment.", confidence=0.9)
    store.write("turn_timing", **TIMING)
    store.write("intent", intent="book_appointment")
    store.write("agent", turn=2, text="What would you")
    store.write("agent", turn=2, text="like to come in for?")
    log = page.get_by_role("log")
    expect(log.get_by_text("I'd like to book an appointment.")).to_be_visible()
    expect(log.get_by_text("What would you like to come in for?")).to_be_visible()
    expect(log.get_by_text("understood: book appointment")).to_be_visible()
    bar = log.get_by_role(
        "img", name="Answered after 900 ms: End of turn 560 ms, Model 250 ms, Text 20 ms, Voice 70 ms"
    )
    assert bar.locator("span").count() == 4
    expect(log.get_by_text("0.90 s")).to_be_visible()


def test_an_interrupted_sentence_is_shown_as_far_as_it_was_heard(page: Page, line: FakeCarrier, store: Store) -> None:
    call(page, line)
    store.write("agent", turn=2, text="We are open Monday", interrupted=True)
    expect(page.get_by_role("log").locator(".agent.interrupted")).to_contain_text("We are open Monday")


def test_words_in_the_record_are_shown_as_text_never_as_markup(page: Page, line: FakeCarrier, store: Store) -> None:
    call(page, line)
    store.write("caller", turn=1, text="<img src=x onerror=alert(1)>")
    expect(page.get_by_role("log").get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("#transcript img").count() == 0


def test_keys_are_pressed_by_mouse_and_by_keyboard(page: Page, line: FakeCarrier) -> None:
    call(page, line)
    page.get_by_role("button", name="5").click()
    line.expect(type="digit", digit="5")
    page.keyboard.press("9")
    page.keyboard.press("#")
    line.expect(type="digit", digit="9")
    line.expect(type="digit", digit="#")


def test_digits_typed_into_a_line_are_words_not_keys(page: Page, line: FakeCarrier) -> None:
    call(page, line)
    words = page.get_by_label("No microphone?")
    words.fill("at 4")
    words.press("7")
    words.press("Enter")
    line.expect(type="say", text="at 47", voice="Polly.Matthew-Neural")
    expect(words).to_have_value("")
    assert not [order for order in line.orders if order["type"] == "digit"]


def test_hanging_up_returns_to_idle(page: Page, line: FakeCarrier) -> None:
    call(page, line)
    page.get_by_role("button", name="Hang up").click()
    line.expect(type="hangup")
    expect(page.get_by_role("status")).to_have_text("Call ended")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_the_last_lines_come_after_the_agent_has_hung_up(page: Page, line: FakeCarrier, store: Store) -> None:
    call(page, line)
    line.tell(type="ended", status="completed")
    expect(page.get_by_role("status")).to_have_text("Call ended")
    store.write("agent", turn=3, text="Goodbye!")
    expect(page.get_by_role("log").get_by_text("Goodbye!")).to_be_visible()


def test_a_second_call_starts_with_a_clean_page(page: Page, line: FakeCarrier, store: Store) -> None:
    call(page, line)
    store.write("agent", turn=0, text="Hello.")
    expect(page.get_by_role("log").get_by_text("Hello.")).to_be_visible()
    line.tell(type="ended", status="completed")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("log").get_by_text("Hello.")).to_have_count(0)


def test_a_refused_call_says_why(page: Page, line: FakeCarrier) -> None:
    page.get_by_role("button", name="Call").click()
    line.expect(type="dial", to="+15550100123", **{"from": "+14155550142"})
    line.tell(type="refused", why="the number is not in service")
    expect(page.get_by_role("alert")).to_have_text("Refused: the number is not in service.")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_a_lost_line_ends_the_call_and_says_so(page: Page, line: FakeCarrier) -> None:
    call(page, line)
    line.drop()
    expect(page.get_by_role("alert")).to_have_text("The line to the carrier was lost.")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_a_call_without_microphone_goes_on(page: Page, line: FakeCarrier) -> None:
    page.get_by_label("Microphone", exact=True).uncheck()
    call(page, line)
    page.get_by_label("No microphone?").fill("hello")
    page.get_by_role("button", name="Say it").click()
    line.expect(type="say", text="hello", voice="Polly.Matthew-Neural")
    assert not line.sound


def test_somebody_calls_the_page_and_is_answered(page: Page, line: FakeCarrier, store: Store) -> None:
    line.ring("+14155550142")
    expect(page.get_by_role("status")).to_have_text("Somebody calls you")
    page.get_by_role("button", name="Answer").click()
    line.expect(type="answer")
    line.tell(type="answered", call_sid=SID)
    expect(page.get_by_role("status")).to_have_text("In a call")
    store.write("agent", turn=0, text="This is Maple Street Clinic.")
    expect(page.get_by_role("log").get_by_text("This is Maple Street Clinic.")).to_be_visible()
    page.get_by_role("button", name="5").click()
    line.expect(type="digit", digit="5")
    line.expect_sound(160)
    line.tell(type="ended", status="completed")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_a_call_to_the_page_may_be_declined(page: Page, line: FakeCarrier) -> None:
    line.ring("+14155550142")
    page.get_by_role("button", name="Hang up").click()
    line.expect(type="hangup")
    expect(page.get_by_role("button", name="Answer")).to_be_hidden()
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_a_caller_who_gives_up_is_gone(page: Page, line: FakeCarrier) -> None:
    line.ring("+14155550142")
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    line.tell(type="ended", status="no-answer")
    expect(page.get_by_role("status")).to_have_text("They have hung up")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_the_page_speaks_the_same_mu_law_as_the_line(page: Page) -> None:
    codes = "import('./mulaw.js').then(({ encode, decode }) => Array.from({ length: 256 }, (_, code) => %s))"
    pcm = array("h", mulaw.decode(bytes(range(256)))).tolist()
    assert page.evaluate(codes % "decode(code) * 32768") == pcm
    again = page.evaluate(codes % "encode(decode(code))")
    assert array("h", mulaw.decode(bytes(again))).tolist() == pcm
