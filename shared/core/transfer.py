"""A caller is transferred to people: a pure state machine, kept beside the call. Events in, effects out.

Rules of this file.
1. Each event of an attempt carries its number. `after` drops those of another, there and nowhere else.
2. An attempt rings one person once; whatever becomes of it, the next one is another attempt.
3. Nobody waits for ever: the document of a caller who is on hold looks in every few seconds (`Looked`), and what is
   overdue then is over. So no callback is needed to free a caller, and one that comes late, twice or never changes
   nothing. A caller who is not on hold is in a `<Dial>` or a queue of the carrier's, which ends by itself.
4. Who is rung and no longer wanted is hung up on, and whoever was claimed is set free.
5. It may begin ahead of the caller, who still hears that they are put through: then their leg comes by itself when that
   is said, and is not fetched before.

Times are in ms since 1970.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Self, assert_never

from shared.core.agent import Destination, DestinationKind, Route
from shared.core.events import JsonValue
from shared.core.transfer_events import (
    Accepted,
    CallerBack,
    CallerGone,
    Claimed,
    Effect,
    Ended,
    Event,
    Fetch,
    Free,
    HangUpLeg,
    Looked,
    Note,
    OfAttempt,
    Phase,
    PickedUp,
    Ring,
    Rung,
    StreamOver,
    Why,
)

SLACK_MS = 10_000
"""Beyond the time somebody's phone may ring: the carrier rings up to 5 s longer than told (twilio-protocol 3.4)."""
BRIEFING_MS = 35_000
"""From picking up to accepting: 15 s of whisper, 10 s to answer it, and the carrier's own way."""
JOINING_MS = 15_000
"""From accepting until both are in one room."""
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Transfer:
    """Where one transfer stands. Values, never changed: `after` gives the next one."""

    route: str
    reason: str
    warm: bool
    destinations: tuple[Destination, ...]
    ring_ms: int
    until_ms: int
    """When waiting ends, whoever rings."""
    phase: Phase = Phase.RINGING
    attempt: int = 0
    place: int = 0
    """Of the destinations, which is tried."""
    since_ms: int = 0
    """When the phase, or the attempt, began."""
    leg: str = ""
    person: str = ""
    asked: tuple[str, ...] = ()
    """People who were rung already."""
    tried: tuple[tuple[str, str], ...] = ()
    """What was tried in vain: whom, and why."""
    why: Why | None = None
    ahead: bool = False
    """Whether the caller is still with the agent, who says that they are put through."""

    @classmethod
    def begin(
        cls, route: Route, reason: str, at_ms: int, *, ahead: bool = False, before: Self | None = None
    ) -> tuple[Self, list[Effect]]:
        """To the first of the route's destinations, of which there is at least one. `before` is one that was called
        off: its attempts are counted on, so that nothing is taken for this one's that comes of them."""
        attempts = 0 if before is None else before.attempt
        until_ms = at_ms + route.wait_ms
        waiting = cls(route.name, reason, route.warm, route.destinations, route.ring_ms, until_ms, attempt=attempts)
        return replace(waiting, ahead=ahead)._ring(0, at_ms)

    @property
    def destination(self) -> Destination:
        return self.destinations[self.place]

    @property
    def asks(self) -> bool:
        """Whether the person is rung by us, and asked, while the caller is on hold; else the carrier connects them."""
        return self.destination.is_asked(warm=self.warm)

    @property
    def waiting(self) -> bool:
        """Whether the caller waits for a person."""
        return self.phase in (Phase.RINGING, Phase.BRIEFING)

    @property
    def settled(self) -> bool:
        return self.phase in (Phase.BACK, Phase.OVER)

    @property
    def called_off(self) -> bool:
        """Whether the agent went on with the caller instead: another may begin in its place."""
        return self.why is Why.CALLED_OFF

    @property
    def deadline_ms(self) -> int | None:
        """When what is under way is over; None once nothing is."""
        match self.phase:
            case Phase.RINGING:
                ring_ms = 0 if self.destination.kind is DestinationKind.QUEUE else self.ring_ms + SLACK_MS
                return min(self.since_ms + ring_ms, self.until_ms) if ring_ms else self.until_ms
            case Phase.BRIEFING:
                return self.since_ms + BRIEFING_MS
            case Phase.TOGETHER:
                return self.since_ms + JOINING_MS
            case Phase.BACK | Phase.OVER:
                return None
        assert_never(self.phase)

    def after(self, event: Event, at_ms: int) -> tuple[Self, list[Effect]]:
        """Where it stands after `event`, and what that takes. The same transfer and nothing if it changes nothing."""
        if isinstance(event, OfAttempt) and event.attempt != self.attempt:
            return self, self._unwanted(event)
        if self.settled:
            return self, self._unwanted(event)
        match event:
            case Claimed(_, person):
                return replace(self, person=person, asked=(*self.asked, person)), []
            case Rung(_, leg):
                return replace(self, leg=leg or self.leg), []
            case PickedUp(_, leg) if self.phase is Phase.RINGING:
                return replace(self, leg=leg, phase=Phase.BRIEFING, since_ms=at_ms), []
            case Accepted() if self.waiting:
                note = Note({"to": self.destination.label, "attempt": self.attempt, "person": self.person})
                fetch: list[Effect] = [Fetch()] if self.asks and not self.ahead else []
                return replace(self, phase=Phase.TOGETHER, since_ms=at_ms), [note, *fetch]
            case PickedUp() | Accepted():
                return self, []
            case Ended(_, why):
                return self._ended(why, at_ms)
            case CallerBack(why):
                return self._back(why, at_ms, fetch=why is Why.GIVEN_BACK and self.waiting and self.asks)
            case CallerGone():
                return replace(self, phase=Phase.OVER, since_ms=at_ms, leg="", person=""), self._let_go()
            case Looked():
                overdue = self.deadline_ms is not None and at_ms >= self.deadline_ms
                return self._overdue(at_ms) if overdue else (self, [])
            case StreamOver():
                return self._arrived(at_ms), []
        assert_never(event)

    def _arrived(self, at_ms: int) -> Self:
        """The caller's leg is here: whoever has accepted already waits for it from now on."""
        if not self.ahead:
            return self
        return replace(self, ahead=False, since_ms=at_ms if self.phase is Phase.TOGETHER else self.since_ms)

    def _overdue(self, at_ms: int) -> tuple[Self, list[Effect]]:
        if self.phase is Phase.TOGETHER:
            return self._back(Why.FINISHED, at_ms, fetch=True)
        why = Why.DECLINED if self.phase is Phase.BRIEFING else Why.NO_ANSWER
        after, effects = self._next(why, at_ms)
        return after, [*self._let_go(), *effects]

    def _ended(self, why: Why, at_ms: int) -> tuple[Self, list[Effect]]:
        free: list[Effect] = [Free(self.person)] if self.person else []
        if self.phase is Phase.TOGETHER or why is Why.FINISHED:
            back, effects = replace(self, leg="", person="")._back(Why.FINISHED, at_ms, fetch=False)
        else:
            back, effects = self._next(why, at_ms)
        return back, [*free, *effects]

    def _next(self, why: Why, at_ms: int) -> tuple[Self, list[Effect]]:
        """Ring whoever comes next: of a team the others first."""
        tried = replace(self, tried=(*self.tried, (self.destination.label, str(why))), leg="", person="")
        same = self.destination.kind is DestinationKind.TEAM and why is not Why.NOBODY_FREE
        place = self.place if same else self.place + 1
        if place >= len(self.destinations) or self.attempt >= MAX_ATTEMPTS or at_ms >= self.until_ms:
            return tried._back(why, at_ms, fetch=self.asks)
        return tried._ring(place, at_ms)

    def _ring(self, place: int, at_ms: int) -> tuple[Self, list[Effect]]:
        ringing = replace(self, phase=Phase.RINGING, attempt=self.attempt + 1, place=place, since_ms=at_ms)
        return ringing, [Ring(ringing.attempt, ringing.destination, ringing.asked)]

    def _back(self, why: Why, at_ms: int, *, fetch: bool) -> tuple[Self, list[Effect]]:
        """To the agent. The caller's leg gets there by itself, unless it is told to (`fetch`)."""
        note = Note({"back": str(why), "tried": [list(one) for one in self.tried]})
        back = replace(self, phase=Phase.BACK, why=why, since_ms=at_ms, leg="", person="")
        return back, [*self._let_go(), note, *([Fetch()] if fetch and not self.ahead else [])]

    def _let_go(self) -> list[Effect]:
        """Of whoever is rung or talks."""
        return [*([HangUpLeg(self.leg)] if self.leg else []), *([Free(self.person)] if self.person else [])]

    def _unwanted(self, event: Event) -> list[Effect]:
        """What it takes when somebody is there whom nobody waits for any more."""
        match event:
            case Claimed(_, person):
                return [] if person == self.person else [Free(person)]
            case Rung(_, leg) | PickedUp(_, leg):
                return [HangUpLeg(leg)] if leg else []
            case Ended() | Accepted() | CallerBack() | CallerGone() | Looked() | StreamOver():
                return []
        assert_never(event)

    @property
    def returned(self) -> "Returned":
        """What the agent is told of a transfer that is over."""
        return Returned(self.route, self.why or Why.FINISHED)

    def snapshot(self) -> dict[str, JsonValue]:
        """As JSON values."""
        return asdict(self) | {
            "phase": str(self.phase),
            "why": None if self.why is None else str(self.why),
            "destinations": [asdict(one) | {"kind": str(one.kind)} for one in self.destinations],
            "asked": list(self.asked),
            "tried": [list(one) for one in self.tried],
        }

    @classmethod
    def restore(cls, kept: Mapping[str, JsonValue]) -> Self:
        """Take up a snapshot. Raises KeyError, TypeError or ValueError for anything else."""
        listed, asked, tried, why = kept["destinations"], kept["asked"], kept["tried"], kept["why"]
        if not isinstance(listed, list) or not isinstance(asked, list) or not isinstance(tried, list):
            raise TypeError("not the snapshot of a transfer")
        return cls(
            route=str(kept["route"]),
            reason=str(kept["reason"]),
            warm=kept["warm"] is True,
            destinations=tuple(_destination(one) for one in listed),
            ring_ms=_whole(kept["ring_ms"]),
            until_ms=_whole(kept["until_ms"]),
            phase=Phase(str(kept["phase"])),
            attempt=_whole(kept["attempt"]),
            place=_whole(kept["place"]),
            since_ms=_whole(kept["since_ms"]),
            leg=str(kept["leg"]),
            person=str(kept["person"]),
            asked=tuple(str(one) for one in asked),
            tried=tuple((str(whom), str(reason)) for whom, reason in tried),
            why=None if why is None else Why(str(why)),
            ahead=kept.get("ahead") is True,
        )


_KEY = "returned"


@dataclass(frozen=True, slots=True)
class Returned:
    """A caller who is back with the agent, in the call's progress: from which route, and why."""

    route: str
    why: Why
    heard: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    """What was heard of each task's values while people had the call."""

    def into(self, progress: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The progress of the call with this in it."""
        return {**progress, _KEY: {"route": self.route, "why": str(self.why), "heard": dict(self.heard)}}

    @classmethod
    def read(cls, progress: Mapping[str, JsonValue]) -> Self | None:
        """None if the call was not with people just now."""
        kept = progress.get(_KEY)
        if not isinstance(kept, Mapping) or kept.get("why") not in tuple(Why):
            return None
        heard = kept.get("heard")
        by_task = heard if isinstance(heard, Mapping) else {}
        values = {str(task): of for task, of in by_task.items() if isinstance(of, Mapping)}
        return cls(str(kept.get("route")), Why(str(kept["why"])), values)


def _destination(kept: Mapping[str, JsonValue]) -> Destination:
    return Destination(DestinationKind(str(kept["kind"])), str(kept["address"]), str(kept["label"]))


def _whole(kept: JsonValue) -> int:
    if not isinstance(kept, int | float):
        raise TypeError("not a whole number")
    return int(kept)
