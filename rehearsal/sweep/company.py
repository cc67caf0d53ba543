"""Two campaigns of a company, the hours it calls in, and what its systems tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from rehearsal.sweep.clock import BEGINNING
from shared.core.attempt import Disposition
from shared.core.campaign import HOUR_MS, MINUTE_MS, Attempts, Campaign, Ceilings, Pace, Stop, TextStep, When
from shared.core.chain import Chain
from shared.core.chain_events import Answer
from shared.core.rules.person import Channel, Person, Purpose
from shared.core.rules.question import Verdict
from shared.ports import BusinessEvent

LINE: Final = "+14155550100"
_OPENS_UTC, _CLOSES_UTC = 15, 23
_ATTEMPTS: Final = 3

_AGAIN: Final = {
    Disposition.NO_ANSWER: HOUR_MS,
    Disposition.BUSY: 10 * MINUTE_MS,
    Disposition.FAILED: 10 * MINUTE_MS,
    Disposition.NOT_DIALLED: 5 * MINUTE_MS,
    Disposition.MAILBOX: 3 * HOUR_MS,
    Disposition.UNKNOWN: 3 * HOUR_MS,
}


def _campaign(name: str, event: str, priority: int, texts: tuple[TextStep, ...]) -> Campaign:
    return Campaign(
        name=name,
        event=event,
        purpose=Purpose.REMINDER,
        agent=name,
        line=LINE,
        attempts=Attempts(most=_ATTEMPTS, again_ms=_AGAIN),
        when=When(start_ms=None, until_ms=48 * HOUR_MS),
        pace=Pace(per_second=1, concurrent=2),
        ceilings=Ceilings(calls=1000, cents=100_000, call_cents=20),
        stop=Stop(window_ms=HOUR_MS, at_least=1000),
        ends=frozenset({"confirmed"}),
        texts=texts,
        follow_up={"exhausted": "They could not be reached."},
        priority=priority,
    )


_MISSED: Final = TextStep("missed", "We tried to reach you.", frozenset({"no-answer"}))
_THANKS: Final = TextStep("thanks", "Until then.", frozenset({"confirmed"}))
REMINDER: Final = "reminder"
CAMPAIGNS: Final = {
    REMINDER: _campaign(REMINDER, "appointment.upcoming", 5, (_MISSED, _THANKS)),
    "survey": _campaign("survey", "survey.due", 3, ()),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A business event, sent so long after the beginning."""

    after_s: float
    kind: str
    detail: Mapping[str, Any]

    @property
    def number(self) -> str:
        """Whom it is about; empty for what ends or changes a thing."""
        return str(self.detail.get("person", {}).get("phone", ""))

    @property
    def at(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.after_s)


def told(after_s: float, kind: str, reference: str, number: str = "", *, starts_in_h: float = 0) -> Told:
    """About one thing and one person; an appointment begins so many hours after the beginning."""
    detail: dict[str, Any] = {"id": f"{kind}-{reference}-{after_s}", "reference": reference}
    if number:
        detail["person"] = {"phone": number, "name": "Ana"}
    if starts_in_h:
        starts = BEGINNING + timedelta(hours=starts_in_h)
        detail["appointment"] = {"starts_at": starts.isoformat()}
    return Told(after_s, kind, detail)


def rules(chain: Chain, campaign: Campaign, channel: Channel, person: Person, now: datetime) -> Answer:
    """Calls and texts by day alone."""
    if _OPENS_UTC <= now.hour < _CLOSES_UTC:
        return Answer(Verdict.NOW)
    opens = now.replace(hour=_OPENS_UTC, minute=0, second=0, microsecond=0)
    opens = opens if opens > now else opens + timedelta(days=1)
    return Answer(Verdict.LATER, "sweep.hours", "they sleep", round(opens.timestamp() * 1000))


@dataclass
class Bus:
    """Keeps everything that was published."""

    published: list[BusinessEvent] = field(default_factory=list)

    def publish(self, event: BusinessEvent) -> None:
        self.published.append(event)

    def ids(self, kind: str) -> set[str]:
        return {str(event.detail["id"]) for event in self.published if event.kind == kind}
