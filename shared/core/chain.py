"""Everything that one business event sets off for one person: a pure state machine. Events in, the next step out.

Rules of this file.
1. An attempt is claimed once, in the one place where its number is counted up; only then is anybody dialled.
2. What comes of an attempt carries its number. `after` drops what belongs to another, there and nowhere else.
3. As long as the outcome of an attempt is not known, nothing else begins; an outcome that is overdue is asked for.
4. A chain whose end is known calls nobody any more; the text that goes with the end is all that it still sends.
5. Every step has a time by which somebody looks again, and every chain ends.

Times are in ms since 1970.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self, assert_never

from shared.core.attempt import Disposition, Outcome
from shared.core.campaign import MINUTE_MS, Campaign, LeaveMessage
from shared.core.chain_events import (
    Answer,
    Call,
    CalledOff,
    Changed,
    Claimed,
    Ended,
    Event,
    Finished,
    Freed,
    Happened,
    Looked,
    OutcomeOf,
    Over,
    Phase,
    Published,
    Reconcile,
    Slotted,
    Step,
    Text,
    TextClaimed,
    Unsettled,
    Wait,
)
from shared.core.events import JsonValue
from shared.core.occasion import Occasion
from shared.core.rules.person import Channel
from shared.core.rules.question import Verdict

OVERDUE_MS: Final = 3 * MINUTE_MS
"""After which a call whose outcome is not known is asked for: beyond the ringing, and beyond the life of whoever dials,
so that an order which the carrier does not know by then was never given."""
LONGEST_MS: Final = 4 * 60 * MINUTE_MS
"""What no call outlasts, nor the carrier's silence about one: then its outcome is unknown for good."""
SLOT_GOOD_MS: Final = 30_000
"""How long after its time a slot of the line may be used."""
MOST_NOT_DIALLED: Final = 5
"""Attempts that the carrier refused, besides those the campaign allows."""
ANSWERS_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer of the rules, and when it was first given."""

    at_ms: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Chain:
    """Where one chain stands. Values, never changed: `after` gives the next one."""

    id: str
    campaign: str
    event: str
    """The id of the business event that began it."""
    about: str
    """What it is about, such as `appointment#A-17`."""
    number: str
    """The person's, E.164."""
    opened_ms: int
    as_of_ms: int
    """When the facts were told."""
    due_ms: int
    """The next call not before this; while calling, when its outcome is overdue."""
    until_ms: int
    """No call begins after this."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What was told of it; forgotten when the chain is finished, as is the address."""
    address: Mapping[str, str] = field(default_factory=dict)
    phase: Phase = Phase.WAITING
    attempts: int = 0
    """Claimed so far; while calling, the number of the one under way."""
    not_dialled: int = 0
    """Of these, how many were refused by the carrier."""
    spaced_ms: int = 0
    """The next call not before this, on account of the last."""
    slot_ms: int = 0
    """When the line has a slot for the next call; 0 if none was taken."""
    text: str = ""
    """The one to be sent next."""
    text_ms: int = 0
    """Not before this."""
    texts: tuple[str, ...] = ()
    """Those that were claimed."""
    message_left: bool = False
    ended: Ended | None = None
    """Known before it is over as long as a call is under way or a text is still to be sent."""
    why: str = ""
    """What ended it: an event, a rule, an outcome, by its name."""
    disposition: str = ""
    """Of the last attempt; empty when there was none."""
    result: str = ""
    """What was agreed in it; empty when nothing was."""
    asked: tuple[Asked, ...] = ()
    """What the rules said, the last few."""
    published: int = 0
    """How many of its attempts were told to the company's systems."""
    over_ms: int = 0
    """When it came to its end; 0 while it is live."""
    finished: bool = False
    """Whether its end was told to the company's systems."""

    @classmethod
    def begin(cls, name: str, occasion: Occasion, campaign: Campaign, at_ms: int) -> Self:
        """The chain of that name, for an occasion that begins one."""
        told_ms = round(occasion.at.timestamp() * 1_000)
        moment_ms = told_ms if occasion.moment is None else round(occasion.moment.timestamp() * 1_000)
        return cls(
            id=name,
            campaign=campaign.name,
            event=occasion.id,
            about=occasion.about,
            number=occasion.number,
            opened_ms=at_ms,
            as_of_ms=told_ms,
            due_ms=_start(campaign, moment_ms, at_ms),
            until_ms=moment_ms + campaign.when.until_ms,
            facts=dict(occasion.facts),
            address=dict(occasion.address),
        )

    @property
    def live(self) -> bool:
        return self.phase is not Phase.OVER

    def asks(self, at_ms: int) -> Channel | None:
        """What the rules are to be asked about now; None if nothing is due."""
        if self.phase is not Phase.WAITING:
            return None
        if self.text:
            return Channel.SMS if at_ms >= self.text_ms else None
        return Channel.CALL if self.due_ms <= at_ms <= self.until_ms else None

    def leaves_message(self, campaign: Campaign) -> bool:
        """Whether the next attempt leaves a message on a mailbox."""
        match campaign.message:
            case LeaveMessage.NEVER:
                return False
            case LeaveMessage.FIRST:
                return not self.message_left
            case LeaveMessage.LAST:
                return not self.message_left and self._left(campaign) <= 1
        assert_never(campaign.message)

    def held_up_by(self, rule: str, at_ms: int) -> bool:
        """Whether it waits for something that this rule forbids as yet."""
        held_up = self.phase is Phase.WAITING and self.asked and self.asked[-1].answer.rule == rule
        return bool(held_up) and at_ms < (self.text_ms if self.text else self.due_ms)

    def after(self, event: Event, campaign: Campaign, at_ms: int) -> tuple[Self, Step]:
        """Where it stands after `event`, and what comes next. The same chain if the event changes nothing."""
        if isinstance(event, Looked):
            after, step = self._looked(event.answer, at_ms)
        else:
            after = self._after(event, campaign, at_ms)
            step = after._rest(at_ms)
        ends = self.live and not after.live
        return (replace(after, over_ms=at_ms) if ends else after), step

    def _after(self, event: Happened, campaign: Campaign, at_ms: int) -> Self:
        if isinstance(event, Claimed | Unsettled | OutcomeOf) and not self._belongs(event, at_ms):
            return self
        match event:
            case Changed():
                return self._changed(event, campaign, at_ms)
            case CalledOff(ended, why):
                return self._called_off(ended, why, at_ms)
            case Freed() if self.phase is Phase.WAITING:
                free_ms = max(at_ms, self.spaced_ms)
                return replace(self, text_ms=at_ms) if self.text else replace(self, due_ms=free_ms)
            case Slotted(slot_ms) if self.phase is Phase.WAITING:
                return replace(self, slot_ms=slot_ms, due_ms=max(self.due_ms, slot_ms))
            case Claimed(attempt):
                due_ms = at_ms + OVERDUE_MS
                return replace(self, phase=Phase.CALLING, attempts=attempt, slot_ms=0, due_ms=due_ms)
            case Unsettled():
                return replace(self, due_ms=at_ms + OVERDUE_MS)
            case OutcomeOf(_, outcome):
                return self._came_to(outcome, campaign, at_ms)
            case TextClaimed(text) if self.phase is Phase.WAITING and text == self.text:
                return replace(self, texts=(*self.texts, text))._without_text()
            case Published(attempts):
                return replace(self, published=max(self.published, attempts))
            case Finished() if self.phase is Phase.OVER:
                return replace(self, finished=True, facts={}, address={})  # nobody needs them any more
            case Freed() | Slotted() | TextClaimed() | Finished():
                return self
        assert_never(event)

    def _belongs(self, event: Claimed | Unsettled | OutcomeOf, at_ms: int) -> bool:
        """Whether this is about the attempt under way, or claims the one that is due."""
        if isinstance(event, Claimed):
            return self.asks(at_ms) is Channel.CALL and event.attempt == self.attempts + 1
        return self.phase is Phase.CALLING and event.attempt == self.attempts

    def _rest(self, at_ms: int) -> Step:
        """What comes next if nothing happens."""
        match self.phase:
            case Phase.OVER:
                return Over(self.ended or Ended.FAILED)
            case Phase.CALLING if at_ms >= self.due_ms:
                return Reconcile(self.attempts)
            case Phase.CALLING:
                return Wait(self.due_ms, "a call is under way")
            case Phase.WAITING if self.text:
                return Wait(self.text_ms, f"the text `{self.text}` comes next")
            case Phase.WAITING:
                held_up = self.asked and self.asked[-1].answer.until_ms == self.due_ms
                why = self.asked[-1].answer.why if held_up else "the next call is not due yet"
                return Wait(min(self.due_ms, self.until_ms + 1), why)
        assert_never(self.phase)

    def _looked(self, answer: Answer | None, at_ms: int) -> tuple[Self, Step]:
        if self.phase is Phase.WAITING and not self.text and at_ms > self.until_ms:
            return self._over(Ended.EXHAUSTED, "time"), Over(Ended.EXHAUSTED)
        if answer is None or self.asks(at_ms) is None:
            return self, self._rest(at_ms)
        noted = self._noted(answer, at_ms)
        if answer.verdict is Verdict.NOW:
            return noted, Text(self.text) if self.text else Call(self.attempts + 1)
        after = noted._held_up(answer)
        return after, after._rest(at_ms)

    def _held_up(self, answer: Answer) -> Self:
        """Not now: later, if there is time enough; else a text is left out, and a chain is over."""
        if answer.verdict is Verdict.LATER and answer.until_ms <= self.until_ms:
            later_ms = answer.until_ms
            return replace(self, text_ms=later_ms) if self.text else replace(self, due_ms=later_ms)
        if self.text:
            return self._without_text()
        if answer.verdict is Verdict.NEVER:
            return self._over(Ended.FORBIDDEN, answer.rule)
        return self._over(Ended.EXHAUSTED, answer.rule)

    def _noted(self, answer: Answer, at_ms: int) -> Self:
        if self.asked and self.asked[-1].answer == answer:
            return self
        return replace(self, asked=(*self.asked, Asked(at_ms, answer))[-ANSWERS_KEPT:])

    def _changed(self, event: Changed, campaign: Campaign, at_ms: int) -> Self:
        if event.as_of_ms <= self.as_of_ms or not self.live:
            return self
        after = replace(
            self,
            as_of_ms=event.as_of_ms,
            facts={**self.facts, **event.facts},
            until_ms=event.moment_ms + campaign.when.until_ms,
        )
        if self.phase is Phase.CALLING:
            return after
        return replace(after, due_ms=max(_start(campaign, event.moment_ms, at_ms), self.spaced_ms), slot_ms=0)

    def _called_off(self, ended: Ended, why: str, at_ms: int) -> Self:
        """A call that is under way has an outcome first, and is looked after at once; what stood before stands."""
        match self.phase:
            case Phase.OVER:
                return self
            case Phase.CALLING:
                return self if self.ended else replace(self, ended=ended, why=why, due_ms=at_ms)
            case Phase.WAITING:
                return self._over(self.ended or ended, self.why or why)
        assert_never(self.phase)

    def _came_to(self, outcome: Outcome, campaign: Campaign, at_ms: int) -> Self:
        after = replace(
            self,
            phase=Phase.WAITING,
            message_left=self.message_left or outcome.disposition is Disposition.MESSAGE_LEFT,
            not_dialled=self.not_dialled + (outcome.disposition is Disposition.NOT_DIALLED),
            disposition=str(outcome.disposition),
            result=outcome.result,
        )
        if self.ended:
            return after._over(self.ended, self.why)
        if outcome.disposition is Disposition.OPTED_OUT:
            return after._over(Ended.FORBIDDEN, str(outcome.disposition))
        after = after._tried_again(outcome, campaign, at_ms)
        text = campaign.text_after(outcome.result, self.texts) or campaign.text_after(outcome.disposition, self.texts)
        if text is not None:
            return replace(after, text=text.name, text_ms=at_ms)
        return after._over(after.ended, after.why) if after.ended else after

    def _tried_again(self, outcome: Outcome, campaign: Campaign, at_ms: int) -> Self:
        """With a time for the next call, or with an end."""
        wait_ms = campaign.attempts.again_ms.get(outcome.disposition)
        if outcome.result in campaign.ends or wait_ms is None:
            return replace(self, ended=Ended.DONE, why=outcome.result or str(outcome.disposition))
        if self._left(campaign) <= 0 or self.not_dialled >= MOST_NOT_DIALLED:
            return replace(self, ended=Ended.EXHAUSTED, why="attempts")
        spaced_ms = at_ms + wait_ms
        if spaced_ms > self.until_ms:
            return replace(self, ended=Ended.EXHAUSTED, why="time")
        return replace(self, spaced_ms=spaced_ms, due_ms=spaced_ms)

    def _left(self, campaign: Campaign) -> int:
        """Attempts that may still be made."""
        return campaign.attempts.most - (self.attempts - self.not_dialled)

    def _without_text(self) -> Self:
        after = replace(self, text="", text_ms=0)
        return after._over(after.ended, after.why) if after.ended else after

    def _over(self, ended: Ended, why: str) -> Self:
        return replace(self, phase=Phase.OVER, ended=ended, why=why, text="", text_ms=0, slot_ms=0)

    def snapshot(self) -> dict[str, JsonValue]:
        """As JSON values."""
        asked: list[JsonValue] = [{"at_ms": one.at_ms, "answer": {**asdict(one.answer)}} for one in self.asked]
        ended = None if self.ended is None else str(self.ended)
        return asdict(self) | {"phase": str(self.phase), "ended": ended, "texts": list(self.texts), "asked": asked}

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> Self:
        """Take up a snapshot. Raises KeyError, TypeError or ValueError for anything else."""
        asked = tuple(
            Asked(one["at_ms"], Answer(**{**one["answer"], "verdict": Verdict(one["answer"]["verdict"])}))
            for one in kept["asked"]
        )
        ended = None if kept["ended"] is None else Ended(kept["ended"])
        again = {"phase": Phase(kept["phase"]), "ended": ended, "texts": tuple(kept["texts"]), "asked": asked}
        return cls(**{**kept, **again})


def _start(campaign: Campaign, moment_ms: int, at_ms: int) -> int:
    """When the first call is due."""
    return at_ms if campaign.when.start_ms is None else max(at_ms, moment_ms + campaign.when.start_ms)
