"""A carrier that counts whose telephone rang for which attempt, and what the product is told of it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rehearsal.sweep.clock import Clock
from rehearsal.sweep.talks import Talks
from shared.core.answering import Party
from shared.core.attempt import AttemptKey
from shared.core.call_status import CallStatus
from shared.core.identity import WHO, Who
from shared.core.opening import PICKED_UP
from shared.core.ways_out import RESULT
from shared.ports import Throttled
from shared.ports.messages import TextMessage
from shared.ports.outbound import CallOrder, NumberRefused, PlacedCall

URL: Final = "https://voice.example.test/outbound?attempt="
TALK_S: Final = 120
RING_S: Final = 15


class Manner(StrEnum):
    """What comes of a call to somebody."""

    CONFIRMS = "confirms"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    MAILBOX = "mailbox"
    OPTS_OUT = "opts-out"
    UNHEARD = "unheard"
    """They talk, and nobody is told a word of the call: neither by the carrier nor by whoever led it."""
    REFUSED = "refused"
    """Nobody has the number: the carrier refuses the order."""
    THROTTLED = "throttled"


_UNANSWERED: Final = {
    Manner.NO_ANSWER: CallStatus.NO_ANSWER,
    Manner.BUSY: CallStatus.BUSY,
    Manner.FAILED: CallStatus.FAILED,
}
_FOUND_OUT: Final[Mapping[Manner, tuple[tuple[str, Mapping[str, str]], ...]]] = {
    Manner.CONFIRMS: ((WHO, {"who": Who.THEM}), (RESULT, {"result": "confirmed"})),
    Manner.MAILBOX: ((PICKED_UP, {"party": Party.MAILBOX}),),
}


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody's telephone rang."""

    key: AttemptKey
    to: str
    at: datetime
    until: datetime


@dataclass
class Carrier:
    """Outbound and Messages. `manners` are what each person does with one call after the other; then nobody answers."""

    clock: Clock
    talks: Talks
    manners: dict[str, deque[Manner]]
    rings: list[Ring] = field(default_factory=list)
    texts: list[TextMessage] = field(default_factory=list)
    said_stop: set[str] = field(default_factory=set)
    """Who did in a call."""
    _calls: dict[str, PlacedCall] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, AttemptKey] = field(default_factory=dict)

    def place(self, order: CallOrder) -> str:
        manners = self.manners.get(order.to, deque())
        manner = manners.popleft() if manners else Manner.NO_ANSWER
        if manner is Manner.REFUSED:
            raise NumberRefused("struck")
        if manner is Manner.THROTTLED:
            raise Throttled("struck")
        key, now = AttemptKey.read(order.url.removeprefix(URL)), self.clock.now()
        sid = f"CA{len(self._calls):032x}"
        lasts = RING_S + (0 if manner in _UNANSWERED else TALK_S)
        self.rings.append(Ring(key, order.to, now, now + timedelta(seconds=lasts)))
        self._calls[sid] = PlacedCall(sid, CallStatus.RINGING, now.replace(microsecond=0))
        self._numbers[sid], self._keys[sid] = order.to, key
        self.clock.after(RING_S, lambda: self._picked_up(key, sid, manner))
        return sid

    def find(self, to: str, since: datetime) -> tuple[PlacedCall, ...]:
        found = [call for sid, call in self._calls.items() if self._numbers[sid] == to]
        return tuple(call for call in reversed(found) if call.placed_at >= since.replace(microsecond=0))

    def status(self, call_sid: str) -> PlacedCall | None:
        return self._calls.get(call_sid)

    def cancel(self, call_sid: str) -> None:
        call = self._calls[call_sid]
        if call.status is CallStatus.RINGING:
            self._calls[call_sid] = replace(call, status=CallStatus.CANCELED)
            self.talks.over(self._keys[call_sid], call_sid, CallStatus.CANCELED, 0)

    def send(self, message: TextMessage) -> str:
        self.texts.append(message)
        return f"SM{len(self.texts):032x}"

    def _picked_up(self, key: AttemptKey, sid: str, manner: Manner) -> None:
        if self._calls[sid].status.is_terminal:
            return
        if manner in _UNANSWERED:
            status = _UNANSWERED[manner]
            self._calls[sid] = replace(self._calls[sid], status=status)
            self.talks.over(key, sid, status, 0)
            return
        self._calls[sid] = replace(self._calls[sid], status=CallStatus.IN_PROGRESS)
        if manner is not Manner.UNHEARD:
            self.talks.picked_up(key, sid, self._numbers[sid])
        self.clock.after(TALK_S, lambda: self._talked(key, sid, manner))

    def _talked(self, key: AttemptKey, sid: str, manner: Manner) -> None:
        self._calls[sid] = replace(self._calls[sid], status=CallStatus.COMPLETED, talked_s=TALK_S)
        if manner is Manner.UNHEARD:
            return
        for kind, data in _FOUND_OUT.get(manner, ()):
            self.talks.says(sid, kind, **data)
        if manner is Manner.OPTS_OUT and self.talks.opts_out(sid, self._numbers[sid]):
            self.said_stop.add(self._numbers[sid])
        self.talks.over(key, sid, CallStatus.COMPLETED, TALK_S)
