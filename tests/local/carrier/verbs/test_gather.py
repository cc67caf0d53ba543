"""<Gather>: keys, speech, prompts, and what follows when nothing comes."""

import pytest

from local.carrier.phones.script import Play, Press, Wait
from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.office import Telephony

SPEECH = Play(wav=wav_header(1, 3200) + interleave(tone(300, 400)))


async def test_digits_are_collected_up_to_their_number(line: Telephony) -> None:
    line.office.page("/voice", '<Gather numDigits="4" action="/heard"/>')
    line.office.page("/heard", "<Hangup/>")
    call = await line.call(Press(digits="12345", gap_ms=20))
    assert await call.ended(5) == "completed"
    (heard,) = line.office.at("/heard")
    assert heard.signed
    assert heard.fields["Digits"] == "1234"
    assert heard.fields["CallStatus"] == "in-progress"
    assert "SpeechResult" not in heard.fields
    assert all("digits" not in e.detail and "1234" not in str(e.detail) for e in call.events)


@pytest.mark.parametrize(
    ("attributes", "pressed", "digits"),
    [
        ("", "12#3", "12"),
        ('finishOnKey="*"', "1#2*", "1#2"),
        ('finishOnKey="" timeout="1"', "12#", "12#"),
    ],
)
async def test_a_key_or_a_pause_finishes_the_digits(
    line: Telephony, attributes: str, pressed: str, digits: str
) -> None:
    line.office.page("/voice", f'<Gather action="/heard" {attributes}/>')
    line.office.page("/heard", "<Hangup/>")
    call = await line.call(Press(digits=pressed, gap_ms=20))
    assert await call.ended(5) == "completed"
    assert line.office.at("/heard")[0].fields["Digits"] == digits


async def test_a_key_stops_the_prompt_at_once(spoken: Telephony) -> None:
    spoken.office.page("/voice", '<Gather numDigits="1" action="/heard"><Say loop="200">long</Say></Gather>')
    spoken.office.page("/heard", '<Pause length="600"/>')
    call = await spoken.call()
    begun = await call.timeline.until("sound", 5, who="agent", speaking=True)
    call.press("5")
    stopped = await call.timeline.until("sound", 5, who="agent", speaking=False)
    # The prompt would have gone on for 40 s.
    assert int(str(stopped.detail["line_ms"])) - int(str(begun.detail["line_ms"])) < 20_000
    assert (await spoken.office.until("/heard")).fields["Digits"] == "5"
    call.hang_up()
    assert await call.ended(5) == "completed"


async def test_without_input_the_next_verb_runs(line: Telephony) -> None:
    line.office.page("/voice", '<Gather timeout="0" action="/heard"/><Redirect>/next</Redirect>')
    line.office.page("/next", "<Hangup/>")
    assert await (await line.call()).ended(5) == "completed"
    assert line.office.at("/heard") == []
    assert len(line.office.at("/next")) == 1


@pytest.mark.parametrize(("kind", "name"), [("dtmf", "Digits"), ("speech", "SpeechResult")])
async def test_without_input_the_action_is_asked_when_wanted(line: Telephony, kind: str, name: str) -> None:
    line.office.page("/voice", f'<Gather input="{kind}" timeout="0" action="/heard" actionOnEmptyResult="true"/>')
    line.office.page("/heard", "<Hangup/>")
    assert await (await line.call()).ended(5) == "completed"
    assert line.office.at("/heard")[0].fields[name] == ""


async def test_the_default_action_is_the_same_document(line: Telephony) -> None:
    line.office.page("/voice", '<Gather numDigits="1"/>', "<Hangup/>")
    assert await (await line.call(Press(digits="1"))).ended(5) == "completed"
    assert [r.fields.get("Digits") for r in line.office.at("/voice")] == [None, "1"]


async def test_speech_is_recognised_with_its_confidence(spoken: Telephony) -> None:
    spoken.office.page("/voice", '<Gather input="speech" speechTimeout="1" action="/heard"/>')
    spoken.office.page("/heard", "<Hangup/>")
    call = await spoken.call(Wait(ms=200), SPEECH)
    assert await call.ended(8) == "completed"
    (heard,) = spoken.office.at("/heard")
    _, ms, _ = heard.fields["SpeechResult"].split()
    # 200 ms before the speech, 400 ms of it, one second of silence that ends it.
    assert 1500 <= int(ms) <= 1800
    assert float(heard.fields["Confidence"]) == 0.75
    assert "Digits" not in heard.fields
    assert all("heard" not in str(e.detail) for e in call.timeline.events if e.kind != "webhook")


async def test_a_key_before_any_speech_wins(spoken: Telephony) -> None:
    spoken.office.page("/voice", '<Gather input="dtmf speech" numDigits="1" speechTimeout="1" action="/heard"/>')
    spoken.office.page("/heard", "<Hangup/>")
    assert await (await spoken.call(Press(digits="9"), SPEECH)).ended(5) == "completed"
    assert spoken.office.at("/heard")[0].fields["Digits"] == "9"
    assert "SpeechResult" not in spoken.office.at("/heard")[0].fields


async def test_when_recognition_is_down_the_call_goes_on(line: Telephony) -> None:
    line.office.page("/voice", '<Gather input="speech" speechTimeout="1" action="/heard"/><Redirect>/next</Redirect>')
    line.office.page("/next", "<Hangup/>")
    call = await line.call(SPEECH)
    assert await call.ended(5) == "completed"
    assert len(line.office.at("/next")) == 1
    assert [e.detail["code"] for e in call.timeline.of("error")] == [11200]
