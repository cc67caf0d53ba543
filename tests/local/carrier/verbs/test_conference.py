"""<Dial><Conference>: who is together, who hears whom, and what the account is told of it."""

from typing import Any

import numpy as np
import pytest

from local.carrier.handset import Handset
from local.carrier.page import Inline
from local.carrier.phones.script import HangUp, Press, Script, Step, Wait
from local.carrier.server import CallHandle
from shared.wire import mulaw
from tests.local.carrier.office import CLINIC, VOICE, Telephony
from tests.local.carrier.people import voice

EVENTS = "start end join leave mute hold modify speaker announcement"


def room(line: Telephony, path: str, name: str = "room-1", **attributes: Any) -> None:
    """A document at this path that joins a conference; its action is `/left`."""
    written = {key: str(value).lower() if isinstance(value, bool) else value for key, value in attributes.items()}
    extra = "".join(f' {key}="{value}"' for key, value in written.items())
    callback = f'statusCallback="{VOICE}/conference" statusCallbackEvent="{EVENTS}"'
    line.office.page(path, f'<Dial action="/left"><Conference {callback}{extra}>{name}</Conference></Dial>')
    line.office.page("/left", "<Hangup/>")


async def enter(line: Telephony, path: str, *steps: Step, phone: Script | None = None) -> CallHandle:
    """Somebody calls in and is led to this document."""
    number = line.carrier.exchange.number(CLINIC)
    assert number is not None
    assert number.voice is not None
    number.voice = type(number.voice)(VOICE + path)
    caller = f"+1415555{len(list(line.carrier.calls())):04}"
    return await line.carrier.call(caller, CLINIC, phone or Script(*steps))


def told(line: Telephony) -> list[str]:
    """The events in the order in which they happened."""
    requests = sorted(line.office.at("/conference"), key=lambda request: int(request.fields["SequenceNumber"]))
    return [request.fields["StatusCallbackEvent"] for request in requests]


class Listener(Script):
    """Keeps what is heard."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(*steps)
        self.heard = b""

    async def talk(self, handset: Handset) -> None:
        def hear(frame: bytes) -> None:
            self.heard += frame

        handset.listener = hear
        await super().talk(handset)


async def test_the_first_waits_with_music_until_the_second_comes(line: Telephony) -> None:
    room(line, "/voice", beep=False)
    first = await enter(line, "/voice")
    await first.timeline.until("sound", 5, who="agent", speaking=True)
    assert line.carrier.exchange.conferences.find("room-1").status == "init"  # type: ignore[union-attr]
    second = await enter(line, "/voice", Wait(ms=200), voice(), Wait(ms=60_000))
    await first.timeline.until("sound", 5, who="agent", speaking=False)
    await first.timeline.until("sound", 5, who="other", speaking=True)
    await second.timeline.until("conference", 5, event="conference-start")
    assert not second.timeline.of("sound", who="other")
    for call in (first, second):
        call.hang_up()
        assert await call.ended(5) == "completed"


async def test_everything_is_told_to_the_first_ones_callback_in_order(line: Telephony) -> None:
    room(line, "/first", participantLabel="caller", endConferenceOnExit=True)
    line.office.page("/second", "<Dial><Conference>room-1</Conference></Dial>")
    first = await enter(line, "/first")
    await line.office.until("/conference", StatusCallbackEvent="participant-join")
    second = await enter(line, "/second")
    await line.office.until("/conference", StatusCallbackEvent="conference-start")
    first.hang_up()
    end = await line.office.until("/conference", StatusCallbackEvent="conference-end")
    assert await second.ended(5) == "completed"
    assert await first.ended(5) == "completed"
    assert told(line) == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    left, dropped = [r for r in line.office.at("/conference") if r.fields["StatusCallbackEvent"] == "participant-leave"]
    assert left.signed
    assert (left.fields["CallSid"], left.fields["ReasonParticipantLeft"]) == (first.sid, "participant_hung_up")
    assert left.fields["ParticipantCallStatus"] == "completed"
    assert left.fields["EndConferenceOnExit"] == "true"
    assert (dropped.fields["CallSid"], dropped.fields["ReasonParticipantLeft"]) == (
        second.sid,
        "moderator_ended_conference",
    )
    assert end.fields["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert end.fields["CallSidEndingConference"] == first.sid
    assert end.fields["ParticipantLabelEndingConference"] == "caller"
    assert "CallSid" not in end.fields


async def test_who_is_left_when_the_moderator_goes_continues_with_the_action(line: Telephony) -> None:
    room(line, "/voice", endConferenceOnExit=False)
    room(line, "/moderator", endConferenceOnExit=True)
    first = await enter(line, "/voice")
    moderator = await enter(line, "/moderator", Wait(ms=500), HangUp())
    left = await line.office.until("/left", CallSid=first.sid)
    assert left.fields["DialCallStatus"] == "answered"
    assert "DialCallSid" not in left.fields
    assert "DialCallDuration" not in left.fields
    assert await first.ended(5) == "completed"
    assert await moderator.ended(5) == "completed"


async def test_those_who_do_not_start_it_wait_for_one_who_does(line: Telephony) -> None:
    room(line, "/voice", startConferenceOnEnter=False)
    room(line, "/starts")
    calls = [await enter(line, "/voice") for _ in range(2)]
    for count, call in enumerate(calls, 1):
        await call.timeline.until("conference", 5, event="participant-join")
        assert told(line).count("participant-join") <= count
    assert not calls[1].timeline.of("conference", event="conference-start")
    third = await enter(line, "/starts")
    await third.timeline.until("conference", 5, event="conference-start")
    for call in (*calls, third):
        call.hang_up()
        await call.ended(5)


async def test_three_hear_each_other_and_a_coach_is_heard_by_one(line: Telephony) -> None:
    room(line, "/voice", beep=False, waitUrl="")
    caller, human = await enter(line, "/voice"), await enter(line, "/voice")
    await human.timeline.until("conference", 5, event="conference-start")
    room(line, "/coach", beep=False, coach=human.sid)
    coach = await enter(line, "/coach", voice(), Wait(ms=60_000))
    await human.timeline.until("sound", 5, who="other", speaking=True)
    await coach.timeline.until("phone", 5, do="play")
    assert not caller.timeline.of("sound", who="other")
    joined = await line.office.until("/conference", StatusCallbackEvent="participant-join", CallSid=coach.sid)
    assert joined.fields["Coaching"] == "true"
    for call in (caller, human, coach):
        call.hang_up()
        await call.ended(5)


async def test_a_muted_participant_hears_and_is_not_heard(line: Telephony) -> None:
    room(line, "/voice", beep=False, waitUrl="")
    room(line, "/muted", beep=False, waitUrl="", muted=True)
    quiet = await enter(line, "/muted", Wait(ms=600), voice(), Wait(ms=60_000))
    loud = await enter(line, "/voice", Wait(ms=200), voice(), Wait(ms=60_000))
    await quiet.timeline.until("sound", 5, who="other", speaking=True)
    await quiet.timeline.until("phone", 5, do="play")
    assert not loud.timeline.of("sound", who="other")
    for call in (quiet, loud):
        call.hang_up()
        await call.ended(5)


async def test_the_mix_is_the_sum_of_the_others(line: Telephony) -> None:
    room(line, "/voice", beep=False, waitUrl="")
    listener = Listener(Wait(ms=60_000))
    first = await enter(line, "/voice", phone=listener)
    others = [await enter(line, "/voice", Wait(ms=200), voice(400, hz), Wait(ms=60_000)) for hz in (300, 700)]
    for call in others:
        await call.timeline.until("phone", 5, do="play")
    await first.timeline.until("sound", 5, who="other", speaking=False)
    assert _hears(listener.heard, 300)
    assert _hears(listener.heard, 700)
    assert not _hears(listener.heard, 500)
    for call in (first, *others):
        call.hang_up()
        await call.ended(5)


def _hears(ulaw: bytes, hz: int) -> bool:
    """Whether this frequency stands out somewhere in the sound."""
    samples = np.frombuffer(mulaw.decode(ulaw), "<i2").astype(float)
    windows = samples[: len(samples) // 800 * 800].reshape(-1, 800)
    power = np.abs(np.fft.rfft(windows * np.hanning(800), axis=1))
    return bool((power[:, hz // 10] > 100_000).any())


async def test_music_of_the_accounts_own_plays_once_and_then_silence(spoken: Telephony) -> None:
    room(spoken, "/voice", waitUrl="/music", startConferenceOnEnter=False)
    spoken.office.page("/music", "<Say>One moment.</Say>")
    call = await enter(spoken, "/voice")
    await call.timeline.until("sound", 5, who="agent", speaking=False)
    call.hang_up()
    await call.ended(5)
    assert len(spoken.office.at("/music")) == 1
    assert len(call.timeline.of("sound", who="agent", speaking=True)) == 1


async def test_other_verbs_have_no_place_in_the_music(spoken: Telephony) -> None:
    room(spoken, "/voice", waitUrl="/music")
    spoken.office.page("/music", "<Gather/><Say>One moment.</Say>")
    call = await enter(spoken, "/voice")
    await call.timeline.until("sound", 5, who="agent", speaking=True)
    call.hang_up()
    await call.ended(5)
    assert [e.detail["code"] for e in call.timeline.of("error")] == [13238]


async def test_without_its_music_a_conference_is_not_established(line: Telephony) -> None:
    room(line, "/voice", waitUrl="https://nowhere.example.test/music")
    call = await enter(line, "/voice")
    left = await line.office.until("/left")
    assert left.fields["DialCallStatus"] == "failed"
    assert await call.ended(5) == "completed"
    assert 11210 in [e.detail["code"] for e in call.timeline.of("error")]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [({"participantLabel": "same"}, 16025), ({"maxParticipants": 2}, 16020), ({"coach": "CA0"}, 13240)],
)
async def test_who_may_not_join_goes_on_with_the_action(line: Telephony, attributes: dict[str, Any], code: int) -> None:
    first = {key: value for key, value in attributes.items() if key != "coach"}
    room(line, "/first", **first)
    room(line, "/last", **attributes)
    calls = [await enter(line, "/first")]
    await calls[0].timeline.until("conference", 5, event="participant-join")
    if code == 16020:
        calls.append(await enter(line, "/first"))
        await calls[1].timeline.until("conference", 5, event="participant-join")
    refused = await enter(line, "/last")
    left = await line.office.until("/left", CallSid=refused.sid)
    assert left.fields["DialCallStatus"] == "failed"
    assert await refused.ended(5) == "completed"
    assert code in [e.detail["code"] for e in refused.timeline.of("error")]
    for call in calls:
        call.hang_up()
        await call.ended(5)


async def test_a_star_leaves_the_conference_when_asked_to(line: Telephony) -> None:
    line.office.page("/voice", '<Dial action="/left" hangupOnStar="true"><Conference>room-1</Conference></Dial>')
    line.office.page("/left", "<Hangup/>")
    call = await enter(line, "/voice", Wait(ms=200), Press(digits="*"))
    assert (await line.office.until("/left")).fields["DialCallStatus"] == "answered"
    assert await call.ended(5) == "completed"


async def test_a_redirect_takes_a_participant_out(line: Telephony) -> None:
    room(line, "/voice")
    call = await enter(line, "/voice")
    await call.timeline.until("conference", 5, event="participant-join")
    line.carrier.exchange.calls[call.sid].redirect(Inline("<Response><Hangup/></Response>"))
    left = await line.office.until("/conference", StatusCallbackEvent="participant-leave")
    assert left.fields["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert await call.ended(5) == "completed"
    assert line.office.at("/left") == []


async def test_a_conference_is_recorded_while_two_are_in_it(line: Telephony) -> None:
    room(line, "/voice", record="record-from-start", recordingStatusCallback="/recorded", beep=False)
    first = await enter(line, "/voice")
    second = await enter(line, "/voice", Wait(ms=200), voice(), Wait(ms=200), HangUp())
    await second.ended(5)
    first.hang_up()
    recorded = await line.office.until("/recorded")
    await first.ended(5)
    assert recorded.fields["RecordingSource"] == "Conference"
    assert recorded.fields["RecordingChannels"] == "1"
    assert recorded.fields["ConferenceSid"].startswith("CF")
    recording = line.carrier.exchange.plant.recordings.get(recorded.fields["RecordingSid"])
    assert recording is not None
    assert recording.json()["conference_sid"] == recorded.fields["ConferenceSid"]


async def test_a_new_conference_of_the_same_name_is_another(line: Telephony) -> None:
    room(line, "/voice")
    for _ in range(2):
        call = await enter(line, "/voice", Wait(ms=100), HangUp())
        await call.ended(5)
    sids = {request.fields["ConferenceSid"] for request in line.office.at("/conference")}
    assert len(sids) == 2
