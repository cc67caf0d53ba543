"""Conferences and their participants over REST, by Twilio's own SDK: the moves of a warm transfer."""

from collections.abc import Callable
from typing import Any

import pytest

from local.carrier.handset import Answer
from local.carrier.phones.script import HangUp, Wait
from local.carrier.server import CallHandle
from tests.local.carrier.office import CLINIC, VOICE, Telephony
from tests.local.carrier.people import HUMAN, someone, voice
from tests.local.carrier.rest.conftest import Sdk

NAME = "transfer-1"
EVENTS = "start end join leave mute hold modify announcement"


async def waiting(line: Telephony) -> CallHandle:
    """A caller alone in the conference, with its music."""
    callback = f'statusCallback="{VOICE}/conference" statusCallbackEvent="{EVENTS}"'
    moderated = 'startConferenceOnEnter="false" endConferenceOnExit="true" beep="false"'
    noun = f"<Conference {moderated} {callback}>{NAME}</Conference>"
    line.office.page("/voice", f'<Dial action="/left">{noun}</Dial>')
    line.office.page("/left", "<Hangup/>")
    call = await line.call()
    await call.timeline.until("sound", 5, who="agent", speaking=True)
    return call


def inviting(**more: Any) -> Callable[[Any], Any]:
    return lambda client: client.conferences(NAME).participants.create(
        to=HUMAN, from_=CLINIC, early_media=False, timeout=5, beep="false", **more
    )


async def updating(sdk: Sdk, sid: str, **fields: Any) -> Any:
    return await sdk(lambda c: c.conferences(NAME).participants(sid).update(**fields))


async def event(line: Telephony, name: str, of: str | None = None) -> dict[str, str]:
    """The first callback of this name, of this call."""
    about = {"CallSid": of} if of else {}
    return (await line.office.until("/conference", 1, 5, StatusCallbackEvent=name, **about)).fields


async def test_a_human_is_called_into_a_waiting_conference(line: Telephony, sdk: Sdk) -> None:
    someone(line, Wait(ms=200), voice(), Wait(ms=300), HangUp(), ring_ms=50)
    caller = await waiting(line)
    invited = await sdk(
        inviting(label="human", status_callback=f"{VOICE}/leg", status_callback_event=["ringing", "completed"])
    )
    assert (invited.label, invited.status, invited.muted, invited.hold) == ("human", "queued", False, False)
    assert (await event(line, "participant-join", invited.call_sid))["ParticipantLabel"] == "human"
    await event(line, "conference-start")
    await caller.timeline.until("sound", 5, who="other", speaking=True)
    (conference,) = await sdk(lambda c: c.conferences.list(friendly_name=NAME, status="in-progress"))
    assert conference.sid == invited.conference_sid
    people = await sdk(lambda c: c.conferences(conference.sid).participants.list())
    assert [(person.call_sid, person.status) for person in people] == [
        (caller.sid, "connected"),
        (invited.call_sid, "connected"),
    ]
    left = await event(line, "participant-leave")
    assert left["CallSid"] == invited.call_sid
    assert left["ReasonParticipantLeft"] == "participant_hung_up"
    assert {r.fields["CallStatus"] for r in line.office.at("/leg")} == {"ringing", "completed"}
    assert caller.status == "in-progress"
    caller.hang_up()
    assert await caller.ended(5) == "completed"
    ended = await sdk(lambda c: c.conferences(conference.sid).fetch())
    assert ended.status == "completed"
    assert ended.call_sid_ending_conference == caller.sid


@pytest.mark.parametrize(("answer", "status"), [(Answer.BUSY, "busy"), (None, "no-answer")])
async def test_a_human_who_does_not_come_is_told(line: Telephony, sdk: Sdk, answer: Answer | None, status: str) -> None:
    someone(line, answer=answer)
    caller = await waiting(line)
    invited = await sdk(inviting())
    left = await event(line, "participant-leave")
    assert left["CallSid"] == invited.call_sid
    assert left["ReasonParticipantLeft"] == "participant_add_failed"
    assert left["ParticipantCallStatus"] == status
    refusal = await sdk.refusal(lambda c: c.conferences(NAME).participants(invited.call_sid).fetch())
    assert refusal.status == 404
    caller.hang_up()
    assert await caller.ended(5) == "completed"


async def test_on_hold_one_hears_music_and_nobody_hears_them(line: Telephony, sdk: Sdk) -> None:
    someone(line, Wait(ms=60_000))
    caller = await waiting(line)
    human = await sdk(inviting())
    await event(line, "conference-start")
    await caller.timeline.until("sound", 5, who="agent", speaking=False)
    line.office.page("/hold", '<Pause length="600"/>')
    held = await updating(sdk, caller.sid, hold=True)
    assert held.hold
    assert (await event(line, "participant-hold"))["Hold"] == "true"
    await caller.timeline.until("sound", 5, 2, who="agent", speaking=True)
    await updating(sdk, caller.sid, hold=True, hold_url=f"{VOICE}/hold", hold_method="GET")
    assert (await line.office.until("/hold")).method == "GET"
    await caller.timeline.until("sound", 5, 2, who="agent", speaking=False)
    await updating(sdk, caller.sid, end_conference_on_exit=False)
    assert (await sdk(lambda c: c.conferences(NAME).participants(caller.sid).fetch())).end_conference_on_exit
    await updating(sdk, caller.sid, hold=False)
    await event(line, "participant-unhold")
    await updating(sdk, caller.sid, end_conference_on_exit=False)
    assert (await event(line, "participant-modify"))["EndConferenceOnExit"] == "false"
    caller.hang_up()
    await caller.ended(5)
    assert line.carrier.handle(human.call_sid).status == "in-progress"
    line.carrier.handle(human.call_sid).hang_up()
    assert (await event(line, "conference-end"))["ReasonConferenceEnded"] == "last-participant-left"
    await line.carrier.handle(human.call_sid).ended(5)


async def test_muting_and_coaching_are_told(line: Telephony, sdk: Sdk) -> None:
    someone(line, Wait(ms=60_000))
    caller = await waiting(line)
    human = await sdk(inviting(muted=True))
    await event(line, "conference-start")
    muted = await sdk(lambda c: c.conferences(NAME).participants.list(muted=True))
    assert [person.call_sid for person in muted] == [human.call_sid]
    assert not (await updating(sdk, human.call_sid, muted=False)).muted
    await event(line, "participant-unmute")
    coach = await updating(sdk, human.call_sid, coaching=True, call_sid_to_coach=caller.sid)
    assert (coach.coaching, coach.call_sid_to_coach) == (True, caller.sid)
    assert (await event(line, "participant-modify"))["Coaching"] == "true"
    wrong = await sdk.refusal(
        lambda c: c.conferences(NAME).participants(human.call_sid).update(coaching=True, call_sid_to_coach="CA0")
    )
    assert wrong.code == 13240
    caller.hang_up()
    await caller.ended(5)
    await line.carrier.handle(human.call_sid).ended(5)


async def test_an_announcement_is_heard_by_one_or_by_all(spoken: Telephony, spoken_sdk: Sdk) -> None:
    someone(spoken, Wait(ms=60_000))
    spoken.office.page("/announcement", "<Say>Somebody is coming.</Say>")
    caller = await waiting(spoken)
    human = await spoken_sdk(inviting())
    await event(spoken, "conference-start")
    leg = spoken.carrier.handle(human.call_sid)
    await updating(spoken_sdk, human.call_sid, announce_url=f"{VOICE}/announcement")
    told = await event(spoken, "announcement-end")
    assert told["CallSid"] == human.call_sid
    assert told["AnnounceUrl"] == f"{VOICE}/announcement"
    await spoken_sdk(lambda c: c.conferences(NAME).update(announce_url=f"{VOICE}/announcement"))
    await spoken.office.until("/conference", 2, StatusCallbackEvent="announcement-end")
    assert "CallSid" not in spoken.office.at("/conference")[-1].fields
    await spoken_sdk(lambda c: c.conferences(NAME).update(announce_url="https://nowhere.example.test/"))
    await event(spoken, "announcement-fail")
    caller.hang_up()
    await caller.ended(5)
    await leg.ended(5)


async def test_a_participant_who_is_removed_goes_on_with_its_document(line: Telephony, sdk: Sdk) -> None:
    someone(line, Wait(ms=60_000))
    caller = await waiting(line)
    human = await sdk(inviting())
    await event(line, "conference-start")
    assert await sdk(lambda c: c.conferences(NAME).participants(human.call_sid).delete())
    left = await event(line, "participant-leave")
    assert (left["CallSid"], left["ReasonParticipantLeft"]) == (human.call_sid, "participant_updated_via_api")
    assert await line.carrier.handle(human.call_sid).ended(5) == "completed"
    assert caller.status == "in-progress"
    await sdk(lambda c: c.conferences(NAME).participants(caller.sid).delete())
    end = await event(line, "conference-end")
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-kicked"
    await line.office.until("/left")
    assert await caller.ended(5) == "completed"


async def test_a_ringing_participant_who_is_removed_stops_ringing(line: Telephony, sdk: Sdk) -> None:
    someone(line, answer=None)
    caller = await waiting(line)
    human = await sdk(inviting(label="human"))
    assert (await sdk(lambda c: c.conferences(NAME).participants("human").fetch())).status in ("queued", "ringing")
    await line.carrier.handle(human.call_sid).timeline.until("status", 5, status="ringing")
    await sdk(lambda c: c.conferences(NAME).participants("human").delete())
    assert await line.carrier.handle(human.call_sid).ended(5) == "canceled"
    caller.hang_up()
    await caller.ended(5)


async def test_ending_a_conference_lets_everybody_go(line: Telephony, sdk: Sdk) -> None:
    someone(line, Wait(ms=60_000))
    caller = await waiting(line)
    human = await sdk(inviting())
    await event(line, "conference-start")
    await sdk(lambda c: c.conferences(NAME).update(status="completed"))
    end = await event(line, "conference-end")
    assert end["ReasonConferenceEnded"] == "conference-ended-via-api"
    assert "CallSidEndingConference" not in end
    reasons = [
        r.fields["ReasonParticipantLeft"]
        for r in line.office.at("/conference")
        if r.fields["StatusCallbackEvent"] == "participant-leave"
    ]
    assert reasons == ["conference_ended_via_api"] * 2
    await line.carrier.handle(human.call_sid).ended(5)
    assert await caller.ended(5) == "completed"
    assert (await sdk.refusal(lambda c: c.conferences(NAME).update(status="completed"))).status == 404


async def test_a_participant_may_be_the_first_of_a_conference(line: Telephony, sdk: Sdk) -> None:
    someone(line, Wait(ms=60_000))
    human = await sdk(
        inviting(
            conference_status_callback=f"{VOICE}/conference",
            conference_status_callback_event=["join", "end"],
            end_conference_on_exit=True,
            wait_url="",
        )
    )
    await event(line, "participant-join", human.call_sid)
    (conference,) = await sdk(lambda c: c.conferences.list(friendly_name=NAME))
    assert conference.status == "init"
    line.carrier.handle(human.call_sid).hang_up()
    await event(line, "conference-end")
    await line.carrier.handle(human.call_sid).ended(5)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"to": "911"}, 21211), ({"from_": "+14155559999"}, 21210), ({"timeout": 0}, 20001), ({"beep": "loud"}, 20001)],
)
async def test_a_bad_invitation_is_refused(line: Telephony, sdk: Sdk, change: dict[str, Any], code: int) -> None:
    fields = {"to": HUMAN, "from_": CLINIC, **change}
    refused = await sdk.refusal(lambda c: c.conferences(NAME).participants.create(**fields))
    assert refused.code == code
    assert list(line.carrier.calls()) == []


async def test_what_does_not_exist_is_not_found(line: Telephony, sdk: Sdk) -> None:
    assert (await sdk.refusal(lambda c: c.conferences("CF0").fetch())).code == 20404
    assert (await sdk.refusal(lambda c: c.conferences("CF0").participants("CA0").fetch())).code == 20404
