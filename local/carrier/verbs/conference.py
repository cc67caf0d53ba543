"""<Dial><Conference>: the call is among others, or alone with its music, until it leaves."""

import asyncio

from local.carrier.call import Call
from local.carrier.conference import MAX_NAME_CHARS, MAX_PARTICIPANTS, Conference, NotAdmitted, Participant
from local.carrier.courier import Undelivered
from local.carrier.page import Page
from local.carrier.record import Webhook
from local.carrier.taping import Taping
from local.carrier.twiml import BadTwiml, Element, Rule, anything, boolean, http_method, one_of, whole
from local.carrier.verbs.dialled import Dialled
from local.carrier.verbs.parties import star_pressed
from local.carrier.verbs.waiting import accompany, play_tune
from local.carrier.waits import first

CONFERENCE = Rule(
    {
        "muted": boolean,
        "beep": one_of("true", "false", "onEnter", "onExit"),
        "startConferenceOnEnter": boolean,
        "endConferenceOnExit": boolean,
        "waitUrl": anything,
        "waitMethod": http_method,
        "maxParticipants": whole(2, MAX_PARTICIPANTS),
        "record": one_of("do-not-record", "record-from-start", "true", "false"),
        "coach": anything,
        "participantLabel": lambda value: 0 < len(value) <= MAX_NAME_CHARS,
        "statusCallback": anything,
        "statusCallbackMethod": http_method,
        "statusCallbackEvent": anything,
        "recordingStatusCallback": anything,
        "recordingStatusCallbackMethod": http_method,
    },
    ignored=frozenset(
        {"region", "trim", "jitterBufferSize", "recordingStatusCallbackEvent", "eventCallbackUrl", "whisper"}
    ),
    text=True,
)


async def confer(call: Call, verb: Element, noun: Element, page: Page, result: Dialled) -> None:
    """Until the call leaves, the conference ends, or the <Dial> reaches its limit."""
    if not 0 < len(noun.text) <= MAX_NAME_CHARS:
        call.timeline.fault(12200, "Conference name")
        return
    conference = call.host.conferences.open(noun.text)
    participant = _participant(call, noun)
    if not conference.participants:
        _found(conference, noun, page)
    try:
        conference.join(participant)
    except NotAdmitted as refused:
        call.timeline.fault(refused.code)
        conference.fail(participant)
        return
    _record(call, conference, noun, page)
    result.status = "answered"
    limit_ms = verb.number("timeLimit", 14_400) * 1000
    try:
        await first(
            _stay(call, conference, participant, noun, page, result), call.line.wait(limit_ms), star_pressed(call, verb)
        )
    finally:
        result.bridged = conference.status != "init"
        gone = call.handset.hung_up.is_set()
        conference.leave(participant, "participant_hung_up" if gone else "participant_updated_via_api")


async def _stay(
    call: Call, conference: Conference, participant: Participant, noun: Element, page: Page, result: Dialled
) -> None:
    """With the music that is due, which changes whenever the participant or the conference does."""
    while participant.dismissed is None:
        participant.changed.clear()
        waiting = conference.status == "init"
        if waiting or participant.hold:
            music = _wait_music(call, noun, page) if waiting else _hold_music(call, participant)
            try:
                await first(music, participant.changed.wait())
            except* (Undelivered, BadTwiml) as failures:
                _fault(call, failures)
                if waiting:
                    # Twilio: "the Conference will not be fully established", and the call goes on.
                    result.status = "failed"
                    participant.dismissed = "participant_add_failed"
                else:
                    await participant.changed.wait()
        else:
            await participant.changed.wait()


async def _wait_music(call: Call, noun: Element, page: Page) -> None:
    """Twilio's own tune, unless the account names another; an empty `waitUrl` is silence."""
    music = page.webhook_with(noun, "waitUrl", "waitMethod")
    if music:
        await accompany(call, music)
    elif "waitUrl" in noun.attributes:
        await asyncio.Event().wait()
    else:
        await play_tune(call.line)


async def _hold_music(call: Call, participant: Participant) -> None:
    if participant.hold_music:
        await accompany(call, participant.hold_music)
    else:
        await play_tune(call.line)


def _fault(call: Call, failures: BaseExceptionGroup[Undelivered | BadTwiml]) -> None:
    for failure in failures.exceptions:
        if isinstance(failure, Undelivered | BadTwiml):
            call.timeline.fault(failure.code, "music of a conference")


def _participant(call: Call, noun: Element) -> Participant:
    return Participant(
        call=call,
        label=noun.get("participantLabel", ""),
        muted=noun.flag("muted", False),
        coaching=noun.get("coach", ""),
        starts=noun.flag("startConferenceOnEnter", True),
        ends=noun.flag("endConferenceOnExit", False),
        beeps=noun.get("beep", "true"),
    )


def _found(conference: Conference, noun: Element, page: Page) -> None:
    """What only the first participant decides."""
    conference.most = noun.number("maxParticipants", MAX_PARTICIPANTS)
    conference.callback = page.webhook(noun, "statusCallback")
    conference.events = frozenset(noun.get("statusCallbackEvent", "").split())


def _record(call: Call, conference: Conference, noun: Element, page: Page) -> None:
    """The mix, in one channel, from the moment two are in it."""
    if conference.taping or noun.get("record", "") not in ("record-from-start", "true"):
        return
    callback: Webhook | None = page.webhook(noun, "recordingStatusCallback")
    conference.record(
        Taping(call.plant, call_sid=call.record.sid, channels=1, source="Conference", conference_sid=conference.sid),
        callback,
    )
