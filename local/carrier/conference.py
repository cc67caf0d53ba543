"""A conference: who is in it, who hears whom, and what the account is told of it.

It begins when two are in it and one of them is to start it; until then all are alone with their music. Only the first
participant's status callback counts. Sequence and wording: Twilio's documents for <Conference> and its callbacks.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal

from local.carrier.call import Call
from local.carrier.courier import Fields
from local.carrier.record import Webhook, new_sid
from local.carrier.room import Room, Seat
from local.carrier.taping import Taping
from local.carrier.tones import beep

MAX_PARTICIPANTS = 250
MAX_NAME_CHARS = 128

_EVENT_WORDS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "participant-speech-start": "speaker",
    "participant-speech-stop": "speaker",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}
EVENT_WORDS = frozenset(_EVENT_WORDS.values())

type Why = Literal[
    "conference_ended_via_api",
    "moderator_ended_conference",
    "participant_updated_via_api",
    "participant_hung_up",
    "participant_add_failed",
]


class NotAdmitted(Exception):
    """The participant cannot join; `code` is Twilio's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False, slots=True, kw_only=True)
class Participant:
    """One call in a conference. `coaching` is the only call that hears it; `hold_music` None is the carrier's tune."""

    call: Call
    label: str = ""
    muted: bool = False
    hold: bool = False
    hold_music: Webhook | None = None
    coaching: str = ""
    starts: bool = True
    ends: bool = False
    beeps: str = "true"
    joined: datetime = field(default_factory=lambda: datetime.now(UTC))
    seat: Seat | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    dismissed: Why | None = None
    """Why it is to leave, when somebody else decides that."""

    @property
    def sid(self) -> str:
        return self.call.record.sid

    def fields(self) -> Fields:
        return [
            ("CallSid", self.sid),
            ("Muted", str(self.muted).lower()),
            ("Hold", str(self.hold).lower()),
            ("Coaching", str(bool(self.coaching)).lower()),
            ("EndConferenceOnExit", str(self.ends).lower()),
            ("StartConferenceOnEnter", str(self.starts).lower()),
            *((("ParticipantLabel", self.label),) if self.label else ()),
        ]


class Conference:
    """One conference, from the first who is named to it to its end."""

    def __init__(self, account_sid: str, name: str) -> None:
        self.sid = new_sid("CF")
        self.account_sid = account_sid
        self.name = name
        self.created = self.updated = datetime.now(UTC)
        self.status: Literal["init", "in-progress", "completed"] = "init"
        self.participants: OrderedDict[str, Participant] = OrderedDict()
        self.invited: OrderedDict[str, Participant] = OrderedDict()
        """Called through REST and not there yet."""
        self.most = MAX_PARTICIPANTS
        self.callback: Webhook | None = None
        self.events: frozenset[str] = frozenset()
        self.taping: Taping | None = None
        self.reason_ended = ""
        self.ended_by: Participant | None = None
        self._recorded: Webhook | None = None
        self._room = Room()
        self._sequence = 0

    def join(self, participant: Participant) -> None:
        """Raises NotAdmitted."""
        self._admit(participant)
        self.invited.pop(participant.sid, None)
        self.participants[participant.sid] = participant
        participant.seat = self._room.sit()
        participant.call.line.connect(participant.seat)
        participant.call.line.speech_listener = lambda speaking: self._spoke(participant, speaking)
        self.tell("participant-join", participant)
        _beep(self.participants.values(), participant, "onEnter")
        if self.status == "init" and len(self.participants) >= 2 and any(p.starts for p in self.participants.values()):
            self.status = "in-progress"
            self.tell("conference-start", participant, about=False)
            for each in self.participants.values():
                each.changed.set()
        self._arrange()

    def leave(self, participant: Participant, why: Why) -> None:
        """Also ends the conference, when that was its moderator or its last."""
        if self.participants.pop(participant.sid, None) is None or participant.seat is None:
            return
        line = participant.call.line
        line.connect(None)
        line.speech_listener = None
        self._room.leave(participant.seat)
        status = participant.call.record.status.value
        why = participant.dismissed or why
        self.tell("participant-leave", participant, ParticipantCallStatus=status, ReasonParticipantLeft=why)
        kicked = why == "participant_updated_via_api"
        if participant.ends:
            self._end(f"participant-with-end-conference-on-exit-{'kicked' if kicked else 'left'}", participant)
            self._dismiss("moderator_ended_conference")
        self._arrange()
        if self.participants:
            _beep(self.participants.values(), participant, "onExit")
        else:
            self._end(f"last-participant-{'kicked' if kicked else 'left'}", participant)
            self._close(participant)

    def end(self) -> None:
        """Through REST: everybody drops out."""
        self._end("conference-ended-via-api", None)
        self._dismiss("conference_ended_via_api")
        if not self.participants:
            self.status = "completed"

    def invite(self, participant: Participant) -> None:
        """Called through REST: it is expected until its call joins or is over."""
        self.invited[participant.sid] = participant
        participant.call.when_over.append(lambda: self.fail(participant))

    def fail(self, participant: Participant) -> None:
        """An invited one could not be reached, or did not come."""
        if self.invited.pop(participant.sid, None) is None:
            return
        status = participant.call.record.status.value
        self.tell(
            "participant-leave",
            participant,
            ParticipantCallStatus=status,
            ReasonParticipantLeft="participant_add_failed",
        )
        if not self.participants and not self.invited:
            self.status = "completed"

    def changed(self, participant: Participant, *events: str) -> None:
        """Its attributes have been changed: everybody hears accordingly, and the account is told."""
        self.updated = datetime.now(UTC)
        self._arrange()
        participant.changed.set()
        for event in events:
            self.tell(event, participant)

    def record(self, taping: Taping, callback: Webhook | None) -> None:
        """From now on, while it is in progress, all that is said is recorded."""
        self.taping = taping
        self._recorded = callback
        self._arrange()

    def tell(self, event: str, by: Participant, /, about: bool = True, **more: str) -> None:
        """A status callback, if it was asked for; `about`: whether it concerns the participant by whom it comes."""
        by.call.timeline.note("conference", conference_sid=self.sid, event=event)
        if self.callback is None or _EVENT_WORDS[event] not in self.events:
            return
        self._sequence += 1
        fields = [
            ("AccountSid", self.account_sid),
            ("ConferenceSid", self.sid),
            ("FriendlyName", self.name),
            ("SequenceNumber", str(self._sequence)),
            ("Timestamp", format_datetime(datetime.now(UTC))),
            ("StatusCallbackEvent", event),
            *(by.fields() if about else ()),
            *more.items(),
        ]
        by.call.notify(self.callback, fields, "conference")

    def _admit(self, participant: Participant) -> None:
        others = self.participants.values()
        if len(others) >= self.most:
            raise NotAdmitted(16020)
        if participant.label and any(other.label == participant.label for other in others):
            raise NotAdmitted(16025)
        if participant.coaching and participant.coaching not in self.participants:
            raise NotAdmitted(13240)

    def _arrange(self) -> None:
        """Who hears whom. The one on hold neither hears nor is heard; a coach is heard by one only."""
        by_seat = {p.seat: p for p in self.participants.values()}

        def hears(listener: Seat, speaker: Seat) -> bool:
            one, other = by_seat.get(listener), by_seat.get(speaker)
            if one is None or other is None or self.status != "in-progress" or one.hold or other.hold or other.muted:
                return False
            return other.coaching in ("", one.sid)

        self._room.arrange(hears)
        if self.taping:
            present = (p for p in self.participants.values() if not p.hold and not p.coaching)
            whose = next(present, None) if self.status == "in-progress" else None
            self.taping.follow(whose.call.line if whose else None)

    def _end(self, reason: str, by: Participant | None) -> None:
        if not self.reason_ended:
            self.reason_ended = reason
            self.ended_by = by

    def _dismiss(self, why: Why) -> None:
        for each in self.participants.values():
            each.dismissed = each.dismissed or why
            each.changed.set()

    def _close(self, last: Participant) -> None:
        """The last has left."""
        self.status = "completed"
        self.updated = datetime.now(UTC)
        ended: dict[str, str] = {"ReasonConferenceEnded": self.reason_ended}
        if self.ended_by:
            ended["CallSidEndingConference"] = self.ended_by.sid
            if self.ended_by.label:
                ended["ParticipantLabelEndingConference"] = self.ended_by.label
        self.tell("conference-end", last, about=False, **ended)
        recording = self.taping.finish() if self.taping else None
        if self.taping and recording and self._recorded:
            last.call.notify(self._recorded, self.taping.fields(recording), "recording")

    def _spoke(self, participant: Participant, speaking: bool) -> None:
        if not participant.muted and not participant.hold:
            self.tell(f"participant-speech-{'start' if speaking else 'stop'}", participant)


def _beep(hearers: Iterable[Participant], by: Participant, when: str) -> None:
    if by.beeps in ("true", when):
        for each in hearers:
            each.call.beside(each.call.line.announce(beep()))


class Conferences:
    """The account's conferences; those that ended are kept up to a number."""

    def __init__(self, account_sid: str) -> None:
        self._account_sid = account_sid
        self._all: OrderedDict[str, Conference] = OrderedDict()
        self.kept = 200

    def open(self, name: str) -> Conference:
        """The one of this name that has not ended, or a new one."""
        for conference in self._all.values():
            if conference.name == name and not conference.reason_ended and conference.status != "completed":
                return conference
        conference = Conference(self._account_sid, name)
        self._all[conference.sid] = conference
        ended = [sid for sid, each in self._all.items() if each.status == "completed"]
        for sid in ended[: max(0, len(ended) - self.kept)]:
            del self._all[sid]
        return conference

    def find(self, sid_or_name: str) -> Conference | None:
        """By its sid, or the live one of this name."""
        live = (each for each in self._all.values() if each.name == sid_or_name and each.status != "completed")
        return self._all.get(sid_or_name) or next(live, None)

    def all(self) -> list[Conference]:
        """Newest first."""
        return list(reversed(self._all.values()))
