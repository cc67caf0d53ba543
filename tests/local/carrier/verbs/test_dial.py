"""<Dial> to numbers and SIP addresses: every way it can go, and what the action is told."""

import pytest

from local.carrier.handset import Answer
from local.carrier.page import Fetch
from local.carrier.phones.script import HangUp, Listen, Press, Wait
from tests.local.carrier.office import CALLER, CLINIC, VOICE, Telephony
from tests.local.carrier.people import DESK, HUMAN, OTHER, legs, someone, voice

EVENTS = "initiated ringing answered completed"


def dialling(line: Telephony, nouns: str, **attributes: str) -> None:
    """The clinic's number dials these; what follows is a pause."""
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    line.office.page("/voice", f'<Dial action="/dialled"{extra}>{nouns}</Dial>')
    line.office.page("/dialled", "<Hangup/>")


async def test_two_people_hear_each_other_until_one_hangs_up(line: Telephony) -> None:
    someone(line, Wait(ms=300), voice(3000), HangUp())
    dialling(line, f"<Number>{HUMAN}</Number>")
    call = await line.call(voice(20_000, hz=500))
    action = await line.office.until("/dialled")
    assert await call.ended(5) == "completed"
    (leg,) = legs(line, of=call)
    assert await leg.ended(5) == "completed"
    assert action.signed
    assert action.fields["DialCallStatus"] == "completed"
    assert action.fields["DialCallSid"] == leg.sid
    assert action.fields["DialBridged"] == "true"
    assert int(action.fields["DialCallDuration"]) >= 1
    assert call.timeline.of("sound", who="other", speaking=True)
    assert leg.timeline.of("sound", who="other", speaking=True)


async def test_the_called_party_sees_the_caller_and_its_progress_is_told(line: Telephony) -> None:
    someone(line, HangUp())
    dialling(
        line,
        f'<Number statusCallback="{VOICE}/leg" statusCallbackEvent="{EVENTS}">(415) 555-0111</Number>',
        timeout="20",
    )
    call = await line.call()
    await call.ended(5)
    (leg,) = legs(line, of=call)
    await leg.ended(5)
    told = sorted(line.office.at("/leg"), key=lambda request: int(request.fields["SequenceNumber"]))
    assert [t.fields["CallStatus"] for t in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert {t.fields["ParentCallSid"] for t in told} == {call.sid}
    assert {t.fields["CallSid"] for t in told} == {leg.sid}
    assert {(t.fields["From"], t.fields["To"], t.fields["Direction"]) for t in told} == {
        (CALLER, HUMAN, "outbound-dial")
    }


@pytest.mark.parametrize(
    ("answer", "status"), [(Answer.BUSY, "busy"), (None, "no-answer"), (Answer.PICKED_UP, "failed")]
)
async def test_who_cannot_be_reached_is_told_and_the_caller_goes_on(
    line: Telephony, answer: Answer | None, status: str
) -> None:
    someone(line, answer=answer, at=OTHER if status == "failed" else HUMAN)
    dialling(line, f"<Number>{HUMAN}</Number>", timeout="5")
    call = await line.call()
    action = await line.office.until("/dialled")
    assert action.fields["DialCallStatus"] == status
    assert action.fields["DialBridged"] == "false"
    assert action.fields["DialCallDuration"] == "0"
    assert action.fields["CallStatus"] == "in-progress"
    assert await call.ended(5) == "completed"


async def test_who_declines_while_it_rings_is_busy(line: Telephony) -> None:
    someone(line, answer=None)
    dialling(line, f"<Number>{HUMAN}</Number>")
    call = await line.call()
    await call.timeline.until("leg", 5)
    (leg,) = legs(line, of=call)
    await leg.timeline.until("status", 5, status="ringing")
    leg.hang_up()
    assert (await line.office.until("/dialled")).fields["DialCallStatus"] == "busy"
    assert await call.ended(5) == "completed"


async def test_a_human_who_hangs_up_in_the_whisper_has_not_been_bridged(line: Telephony) -> None:
    someone(line, Wait(ms=300), HangUp())
    dialling(line, f'<Number url="/whisper">{HUMAN}</Number>')
    line.office.page("/whisper", '<Pause length="600"/>')
    call = await line.call()
    action = await line.office.until("/dialled")
    assert (action.fields["DialCallStatus"], action.fields["DialBridged"]) == ("completed", "false")
    assert await call.ended(5) == "completed"


async def test_a_caller_led_elsewhere_by_rest_leaves_the_leg_hung_up(line: Telephony) -> None:
    someone(line, Wait(ms=60_000))
    dialling(line, f"<Number>{HUMAN}</Number>")
    call = await line.call()
    await call.timeline.until("leg", 5)
    (leg,) = legs(line, of=call)
    await leg.timeline.until("status", 5, status="in-progress")
    line.carrier.exchange.calls[call.sid].redirect(Fetch(f"{VOICE}/dialled", "POST", "update"))
    assert await leg.ended(5) == "completed"
    assert await call.ended(5) == "completed"
    assert "DialCallStatus" not in line.office.at("/dialled")[0].fields


async def test_without_an_action_the_next_verb_follows(line: Telephony) -> None:
    someone(line, answer=Answer.BUSY)
    line.office.page("/voice", f"<Dial>{HUMAN}</Dial><Redirect>/next</Redirect>")
    line.office.page("/next", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert line.office.at("/next")


async def test_the_caller_hears_it_ring_and_then_the_human(line: Telephony) -> None:
    someone(line, Wait(ms=500), HangUp(), ring_ms=400)
    dialling(line, f"<Number>{HUMAN}</Number>")
    call = await line.call()
    await call.ended(5)
    assert call.timeline.of("sound", who="agent", speaking=True)


async def test_an_unanswered_call_rings_on_until_the_bridge(line: Telephony) -> None:
    someone(line, Wait(ms=200), HangUp(), ring_ms=100)
    dialling(line, f"<Number>{HUMAN}</Number>", answerOnBridge="true")
    call = await line.call()
    await line.office.until("/dialled")
    await call.ended(5)
    (leg,) = legs(line, of=call)
    records = line.carrier.exchange.calls
    caller, human = records[call.sid].record.started, records[leg.sid].record.started
    assert caller is not None
    assert human is not None
    assert caller >= human


async def test_a_whisper_is_heard_by_the_human_alone_before_the_bridge(spoken: Telephony) -> None:
    someone(spoken, Listen(quiet_ms=100, within_ms=60_000), voice(), HangUp())
    dialling(spoken, f'<Number url="/whisper">{HUMAN}</Number>')
    spoken.office.page("/whisper", "<Say>A caller about billing.</Say>")
    call = await spoken.call()
    whisper = await spoken.office.until("/whisper")
    await call.ended(5)
    (leg,) = legs(spoken, of=call)
    assert whisper.fields["CallSid"] == leg.sid
    assert whisper.fields["ParentCallSid"] == call.sid
    assert whisper.fields["CallStatus"] == "in-progress"
    assert leg.timeline.of("sound", who="agent", speaking=True)
    assert not leg.timeline.of("webhook", purpose="voice")
    assert spoken.office.at("/dialled")[0].fields["DialBridged"] == "true"


@pytest.mark.parametrize(("pressed", "bridged"), [("1", "true"), ("2", "false"), ("", "false")])
async def test_a_human_accepts_with_a_key_and_declines_with_another_or_none(
    line: Telephony, pressed: str, bridged: str
) -> None:
    """What defeats a mailbox: it presses nothing, so nobody is connected."""
    keys = [Wait(ms=200), Press(digits=pressed), Wait(ms=300), HangUp()] if pressed else [Wait(ms=60_000)]
    someone(line, *keys)
    dialling(line, f'<Number url="/whisper">{HUMAN}</Number>')
    line.office.page("/whisper", '<Gather numDigits="1" timeout="2" action="/accepted"/><Hangup/>')
    line.office.page("/accepted", "" if pressed == "1" else "<Hangup/>")
    call = await line.call()
    action = await line.office.until("/dialled")
    assert action.fields["DialBridged"] == bridged
    assert action.fields["DialCallStatus"] == "completed"
    assert await call.ended(5) == "completed"


async def test_a_dial_inside_a_whisper_is_refused(line: Telephony) -> None:
    someone(line, Wait(ms=200), HangUp())
    dialling(line, f'<Number url="/whisper">{HUMAN}</Number>')
    line.office.page("/whisper", f"<Dial>{OTHER}</Dial>")
    call = await line.call()
    await call.ended(5)
    (leg,) = legs(line, of=call)
    assert [e.detail["code"] for e in leg.timeline.of("error")] == [13201]


async def test_the_first_to_pick_up_is_connected_and_the_rest_are_hung_up(line: Telephony) -> None:
    someone(line, Wait(ms=300), HangUp(), ring_ms=100)
    someone(line, at=OTHER, answer=None)
    dialling(line, f"<Number>{OTHER}</Number><Number>{HUMAN}</Number>")
    call = await line.call()
    action = await line.office.until("/dialled")
    await call.ended(5)
    other, human = legs(line, of=call)
    assert action.fields["DialCallSid"] == human.sid
    assert await other.ended(5) == "canceled"


async def test_one_after_the_other_is_rung_when_asked_to(line: Telephony) -> None:
    someone(line, at=OTHER, answer=Answer.BUSY)
    someone(line, Wait(ms=100), HangUp())
    dialling(line, f"<Number>{OTHER}</Number><Number>{HUMAN}</Number>", sequential="true")
    call = await line.call()
    await call.ended(5)
    other, human = legs(line, of=call)
    assert (other.status, human.status) == ("busy", "completed")
    assert line.office.at("/dialled")[0].fields["DialCallStatus"] == "completed"


@pytest.mark.parametrize(("answered", "status"), [(False, "canceled"), (True, "completed")])
async def test_a_caller_who_hangs_up_takes_the_leg_with_them(line: Telephony, answered: bool, status: str) -> None:
    someone(line, Wait(ms=60_000), answer=Answer.PICKED_UP if answered else None)
    dialling(line, f"<Number>{HUMAN}</Number>")
    call = await line.call()
    await call.timeline.until("leg", 5)
    (leg,) = legs(line, of=call)
    await leg.timeline.until("status", 5, status="in-progress" if answered else "ringing")
    call.hang_up()
    assert await call.ended(5) == "completed"
    assert await leg.ended(5) == status
    action = await line.office.until("/dialled")
    assert action.fields["CallStatus"] == "completed"
    assert action.fields["DialCallStatus"] == status


async def test_a_star_of_the_caller_ends_the_conversation_only_when_asked_to(line: Telephony) -> None:
    someone(line, Wait(ms=60_000))
    dialling(line, f"<Number>{HUMAN}</Number>", hangupOnStar="true")
    call = await line.call(Wait(ms=400), Press(digits="*"))
    action = await line.office.until("/dialled")
    assert (action.fields["DialCallStatus"], action.fields["DialBridged"]) == ("completed", "true")
    assert await call.ended(5) == "completed"
    assert await legs(line, of=call)[0].ended(5) == "completed"


async def test_a_time_limit_ends_the_conversation(line: Telephony) -> None:
    someone(line, Wait(ms=60_000))
    dialling(line, f"<Number>{HUMAN}</Number>", timeLimit="1")
    call = await line.call()
    assert (await line.office.until("/dialled")).fields["DialBridged"] == "true"
    assert await call.ended(5) == "completed"


async def test_a_sip_address_is_given_its_headers(line: Telephony) -> None:
    someone(line, Wait(ms=100), HangUp(), at=DESK)
    uri = f"{DESK};transport=tls?X-Call=a%20b&amp;Subject=no&amp;User-to-User=00%3Bencoding%3Dhex"
    dialling(line, f"<Sip>{uri}</Sip>", callerId="front-desk")
    call = await line.call()
    await call.ended(5)
    (leg,) = legs(line, of=call)
    record = line.carrier.exchange.calls[leg.sid].record
    assert (record.from_, record.to) == ("front-desk", DESK)
    assert record.sip_headers == (("X-Call", "a b"), ("User-to-User", "00;encoding=hex"))
    assert [e.detail["why"] for e in call.timeline.of("error")] == ["Sip header"]


@pytest.mark.parametrize(
    ("nouns", "attributes", "code"),
    [
        ("<Number>911x</Number>", {}, 13223),
        ("<Sip>desk</Sip>", {}, 13223),
        (f"<Number>{HUMAN}</Number>", {"callerId": "+14155559999"}, 13214),
    ],
)
async def test_what_cannot_be_dialled_fails_with_twilios_code(
    line: Telephony, nouns: str, attributes: dict[str, str], code: int
) -> None:
    dialling(line, nouns, **attributes)
    call = await line.call()
    assert (await line.office.until("/dialled")).fields["DialCallStatus"] == "failed"
    await call.ended(5)
    assert [e.detail["code"] for e in call.timeline.of("error")] == [code]
    assert legs(line, of=call) == []


async def test_sip_headers_too_long_fail_the_document(line: Telephony) -> None:
    dialling(line, f"<Sip>{DESK}?X-Long={'x' * 1024}</Sip>")
    call = await line.call()
    await call.ended(5)
    assert 21227 in [e.detail["code"] for e in call.timeline.of("error")]


@pytest.mark.parametrize(("record", "channels"), [("record-from-answer-dual", 2), ("record-from-ringing", 1)])
async def test_a_dial_can_be_recorded(line: Telephony, record: str, channels: int) -> None:
    someone(line, Wait(ms=100), voice(), Wait(ms=200), HangUp())
    dialling(line, f"<Number>{HUMAN}</Number>", record=record, recordingStatusCallback="/recorded")
    call = await line.call()
    told = await line.office.until("/recorded")
    action = await line.office.until("/dialled")
    await call.ended(5)
    assert told.fields["RecordingChannels"] == str(channels)
    assert told.fields["RecordingSource"] == "DialVerb"
    assert told.fields["CallSid"] == call.sid
    assert action.fields["RecordingUrl"] == told.fields["RecordingUrl"]
    recording = line.carrier.exchange.plant.recordings.get(told.fields["RecordingSid"])
    assert recording is not None
    assert recording.json()["channels"] == channels
    assert len(b"".join(recording.wav())) > 1000


async def test_a_leg_led_elsewhere_by_rest_goes_on_without_the_caller(line: Telephony) -> None:
    someone(line, Wait(ms=60_000))
    dialling(line, f"<Number>{HUMAN}</Number>")
    line.office.page("/elsewhere", '<Pause length="600"/>')
    call = await line.call()
    await call.timeline.until("leg", 5)
    (leg,) = legs(line, of=call)
    await leg.timeline.until("status", 5, status="in-progress")
    line.carrier.exchange.calls[leg.sid].redirect(Fetch(f"{VOICE}/elsewhere", "POST", "update"))
    action = await line.office.until("/dialled")
    assert "DialCallDuration" not in action.fields
    assert await call.ended(5) == "completed"
    await line.office.until("/elsewhere")
    assert leg.status == "in-progress"
    leg.hang_up()
    assert await leg.ended(5) == "completed"


async def test_the_caller_id_may_be_a_number_of_the_account(line: Telephony) -> None:
    someone(line, HangUp())
    dialling(line, f"<Number>{HUMAN}</Number>", callerId=CLINIC)
    call = await line.call()
    await call.ended(5)
    (leg,) = legs(line, of=call)
    assert line.carrier.exchange.calls[leg.sid].record.from_ == CLINIC


async def test_a_number_the_account_may_not_call_is_not_rung(line: Telephony) -> None:
    line.carrier.exchange.account.limits.refused = {HUMAN: 21215}
    someone(line)
    dialling(line, f"<Number>{HUMAN}</Number>")
    call = await line.call()
    assert (await line.office.until("/dialled")).fields["DialCallStatus"] == "failed"
    await call.ended(5)
    assert [event.detail["code"] for event in call.timeline.of("error")] == [13227]
    assert legs(line, of=call) == []
