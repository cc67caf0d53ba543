"""/Conferences/../Participants: call somebody in, list, fetch, mute, hold, coach, announce, remove."""

from email.utils import format_datetime
from typing import Literal

from aiohttp import web

from local.carrier.conference import Conference, Participant
from local.carrier.exchange import Exchange
from local.carrier.record import API_VERSION, CALLBACK_EVENTS, DEFAULT_RING_S, DEFAULT_TIME_LIMIT_S, Plan
from local.carrier.rest import machine_detection
from local.carrier.rest.announcements import announce
from local.carrier.rest.ends import ends
from local.carrier.rest.form import Form, Refused, read_form
from local.carrier.rest.lists import page
from shared.wire import twiml
from shared.wire.twiml_dialing import Conference as ConferenceNoun
from shared.wire.twiml_dialing import Dial

_NOT_SIMULATED = frozenset(
    {
        *("EarlyMedia", "Record", "RecordingChannels", "RecordingStatusCallback", "RecordingTrack", "Trim"),
        *("ConferenceTrim", "JitterBufferSize", "CallReason", "CallToken", "Byoc", "CallerDisplayName", "Region"),
        *("SipAuthUsername", "SipAuthPassword", "WaitMethod", "MaxParticipants", "ClientNotificationUrl"),
    }
)


class ParticipantsApi:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._conferences = exchange.conferences

    async def create(self, request: web.Request) -> web.Response:
        """Calls somebody, into a conference that need not exist yet."""
        form = await read_form(request)
        to, from_ = ends(form, self._exchange)
        name = request.match_info["conference"]
        conference = self._conferences.find(name) or self._conferences.open(name)
        call = self._exchange.dial_out(from_, to, _plan(form, conference))
        participant = Participant(
            call=call,
            label=form.get("Label"),
            muted=form.flag("Muted", False),
            starts=form.flag("StartConferenceOnEnter", True),
            ends=form.flag("EndConferenceOnExit", False),
            coaching=form.get("CallSidToCoach") if form.flag("Coaching", False) else "",
        )
        conference.invite(participant)
        for field in sorted(form.names() & _NOT_SIMULATED):
            call.timeline.note("not-simulated", what=field)
        return web.json_response(_json(conference, participant), status=201)

    async def list(self, request: web.Request) -> web.Response:
        conference = self._conference(request)
        people = _people(conference)
        for name in ("muted", "hold", "coaching"):
            if wanted := request.query.get(name.capitalize()):
                people = [person for person in people if str(bool(getattr(person, name))).lower() == wanted]
        return page(request, "participants", [_json(conference, person) for person in people])

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(_json(*self._participant(request)))

    async def update(self, request: web.Request) -> web.Response:
        conference, participant = self._participant(request)
        form = await read_form(request)
        announcement = form.webhook("AnnounceUrl", "AnnounceMethod", 21205)
        events = [*_hold(participant, form), *_mute(participant, form), *_modify(conference, participant, form)]
        if events:
            conference.changed(participant, *events)
        if announcement:
            announce(conference, (participant,), announcement, to_one=True)
        return web.json_response(_json(conference, participant))

    async def delete(self, request: web.Request) -> web.Response:
        """The call leaves the conference and goes on with its document; one that was not there yet is hung up."""
        conference, participant = self._participant(request)
        if participant.sid in conference.invited:
            participant.call.cancel()
        else:
            participant.dismissed = "participant_updated_via_api"
            participant.changed.set()
        return web.Response(status=204)

    def _conference(self, request: web.Request) -> Conference:
        conference = self._conferences.find(request.match_info["conference"])
        if conference is None:
            raise Refused(20404, 404)
        return conference

    def _participant(self, request: web.Request) -> tuple[Conference, Participant]:
        """By the sid of its call, or by its label."""
        conference, wanted = self._conference(request), request.match_info["participant"]
        found = next((person for person in _people(conference) if wanted in (person.sid, person.label)), None)
        if found is None:
            raise Refused(20404, 404)
        return conference, found


def _people(conference: Conference) -> list[Participant]:
    return [*conference.participants.values(), *conference.invited.values()]


def _hold(participant: Participant, form: Form) -> list[str]:
    hold = form.flag("Hold", participant.hold)
    music = form.webhook("HoldUrl", "HoldMethod", 21205)
    changed = hold != participant.hold or (hold and music is not None)
    participant.hold, participant.hold_music = hold, music or (participant.hold_music if hold else None)
    return ["participant-hold" if hold else "participant-unhold"] if changed else []


def _mute(participant: Participant, form: Form) -> list[str]:
    muted = form.flag("Muted", participant.muted)
    changed = muted != participant.muted
    participant.muted = muted
    return ["participant-mute" if muted else "participant-unmute"] if changed else []


def _modify(conference: Conference, participant: Participant, form: Form) -> list[str]:
    before = (participant.coaching, participant.ends, participant.beeps)
    if form.flag("Coaching", bool(participant.coaching)):
        coached = form.get("CallSidToCoach", participant.coaching)
        if coached not in conference.participants or coached == participant.sid:
            raise Refused(13240)
        participant.coaching = coached
    else:
        participant.coaching = ""
    if "EndConferenceOnExit" in form and participant.hold:
        # Twilio does not change it on a participant who is on hold, and does not say so.
        participant.call.timeline.note("not-simulated", what="EndConferenceOnExit on hold")
    else:
        participant.ends = form.flag("EndConferenceOnExit", participant.ends)
    if "BeepOnExit" in form:
        entering = participant.beeps in ("true", "onEnter")
        participant.beeps = _beeps(entering, form.flag("BeepOnExit", False))
    return ["participant-modify"] if before != (participant.coaching, participant.ends, participant.beeps) else []


def _beeps(entering: bool, leaving: bool) -> Literal["true", "false", "onEnter", "onExit"]:
    if entering:
        return "true" if leaving else "onEnter"
    return "onExit" if leaving else "false"


def _plan(form: Form, conference: Conference) -> Plan:
    """A call whose only document is the conference."""
    callback = form.webhook("ConferenceStatusCallback", "ConferenceStatusCallbackMethod", 21609)
    recorded = form.webhook("ConferenceRecordingStatusCallback", "ConferenceRecordingStatusCallbackMethod", 21609)
    records = form.get("ConferenceRecord") in ("true", "record-from-start")
    noun = ConferenceNoun(
        conference.name,
        start_conference_on_enter=form.flag("StartConferenceOnEnter", True),
        end_conference_on_exit=form.flag("EndConferenceOnExit", False),
        muted=form.flag("Muted", False),
        beep=form.one_of("Beep", "true", "false", "onEnter", "onExit"),
        wait_url=form.get("WaitUrl") if "WaitUrl" in form else None,
        coach=form.get("CallSidToCoach") if form.flag("Coaching", False) else None,
        participant_label=form.get("Label") or None,
        record="record-from-start" if records else None,
        recording_status_callback=recorded.url if recorded else None,
        status_callback=callback.url if callback else None,
        status_callback_event=tuple(" ".join(form.all("ConferenceStatusCallbackEvent")).split()),
    )
    events = frozenset(form.all("StatusCallbackEvent")) & CALLBACK_EVENTS
    return Plan(
        twiml=twiml.response(Dial(nouns=(noun,))),
        status_callback=form.webhook("StatusCallback", "StatusCallbackMethod", 21609),
        status_events=events or frozenset({"completed"}),
        detection=machine_detection.told(form),
        ring_s=form.whole("Timeout", DEFAULT_RING_S, 1, 600),
        time_limit_s=form.whole("TimeLimit", DEFAULT_TIME_LIMIT_S, 1, 86_400),
    )


def _json(conference: Conference, participant: Participant) -> dict[str, object]:
    base = f"/{API_VERSION}/Accounts/{conference.account_sid}/Conferences/{conference.sid}"
    return {
        "account_sid": conference.account_sid,
        "call_sid": participant.sid,
        "label": participant.label or None,
        "call_sid_to_coach": participant.coaching or None,
        "coaching": bool(participant.coaching),
        "conference_sid": conference.sid,
        "date_created": format_datetime(participant.joined),
        "date_updated": format_datetime(conference.updated),
        "end_conference_on_exit": participant.ends,
        "muted": participant.muted,
        "hold": participant.hold,
        "start_conference_on_enter": participant.starts,
        "status": _status(conference, participant),
        "queue_time": "0",
        "uri": f"{base}/Participants/{participant.sid}.json",
    }


def _status(conference: Conference, participant: Participant) -> str:
    if participant.sid in conference.participants:
        return "connected"
    status = participant.call.record.status.value
    return {"initiated": "connecting", "in-progress": "connecting"}.get(status, status)
