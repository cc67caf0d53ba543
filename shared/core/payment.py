"""One payment: a pure state machine, kept beside the call. Events in, effects out.

Rules of this file.
1. A payment is written before the carrier is told to take the card, and its sum never changes.
2. It is taken once. Whatever is not known to have ended without a charge is `UNKNOWN`: it is never tried again, and
   people look at it.
3. Who was charged is charged: a success counts whenever it comes, whatever was believed before.

No digit of a card reaches it. Times are in ms since 1970.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final, Self, assert_never

from shared.core.events import JsonValue
from shared.core.money import Money

REPEAT_MS: Final = 5_000
"""Nobody types a card in so short a time: the carrier that asks again for what to do has lost our answer."""


class Method(StrEnum):
    CARD = "card"
    """On the keypad, taken by the carrier."""
    LINK = "link"
    """By a link in a message."""


class Phase(StrEnum):
    ASKED = "asked"
    """Written; neither card nor link has been asked for yet."""
    PAYING = "paying"
    """The carrier takes the card, or the caller has the link."""
    PAID = "paid"
    DECLINED = "declined"
    TIMEOUT = "timeout"
    """Nothing, or nothing that would do, was typed in time; or the link has expired."""
    ABANDONED = "abandoned"
    """The caller went back to the agent, or hung up."""
    FAILED = "failed"
    """The carrier or the gateway would not begin."""
    UNKNOWN = "unknown"
    """It may have been charged."""


_OVER = (Phase.PAID, Phase.DECLINED, Phase.TIMEOUT, Phase.ABANDONED, Phase.FAILED, Phase.UNKNOWN)


# --- events


@dataclass(frozen=True, slots=True)
class Shown:
    """The carrier has asked what to do: it is told to take the card, or the link goes out."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The carrier says how far the caller is: `part` is what was typed or is under way, `mistake` what is wrong."""

    part: str
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The carrier, or the gateway, says how it ended: one of the phases after PAYING. `reason` is their word."""

    phase: Phase
    reason: str
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """The call has gone on, and nobody said how it ended."""


@dataclass(frozen=True, slots=True)
class CallerGone:
    pass


type Event = Shown | Reported | Ended | Missing | CallerGone


# --- effects


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the call's record."""

    data: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class AskPeople:
    """Somebody has to find out at the payment provider whether it was charged."""


type Effect = Note | AskPeople

PROCESSING: Final = "payment-processing"
"""The part after which a card may have been charged."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Where one payment stands. Values, never changed: `after` gives the next one."""

    id: str
    """Of this payment alone, and in the provider's books too."""
    task: str
    method: Method
    amount: Money
    reference: str = ""
    """What is paid, in the company's own words."""
    phase: Phase = Phase.ASKED
    since_ms: int = 0
    """When the phase began."""
    parts: tuple[str, ...] = ()
    """What the carrier has reported."""
    mistake: str = ""
    """What was wrong last."""
    reason: str = ""
    """Why it ended so, in the carrier's or gateway's word."""
    confirmation: str = ""
    """The provider's name for the charge."""

    @property
    def over(self) -> bool:
        return self.phase in _OVER

    def may_be_shown(self, at_ms: int) -> bool:
        """Whether the carrier may be told (again) to take the card."""
        fresh = self.phase is Phase.PAYING and not self.parts and at_ms - self.since_ms < REPEAT_MS
        return self.phase is Phase.ASKED or fresh

    def after(self, event: Event, at_ms: int) -> tuple[Self, list[Effect]]:
        """Where it stands after `event`, and what that takes. The same payment and nothing if it changes nothing."""
        match event:
            case Ended(Phase.PAID, reason, confirmation):
                paid = self.phase is Phase.PAID
                return (self, []) if paid else self._ended(Phase.PAID, reason, at_ms, confirmation)
            case Ended(phase, reason):
                phase = self._blamed(phase)
                known = self.over and self.phase is not Phase.UNKNOWN
                same = self.phase is Phase.UNKNOWN is phase
                return (self, []) if known or same else self._ended(phase, reason, at_ms)
            case _ if self.over:
                return self, []
            case Shown():
                begins = self.phase is Phase.ASKED
                return (replace(self, phase=Phase.PAYING, since_ms=at_ms) if begins else self), []
            case Reported(part, mistake):
                return replace(self, parts=(*self.parts, part)[-20:], mistake=mistake), []
            case Missing():
                unseen = self.phase is Phase.ASKED or not self.parts
                return self._ended(Phase.FAILED if unseen else Phase.UNKNOWN, "no-result", at_ms)
            case CallerGone():
                if self.method is Method.LINK:
                    return self, []
                charged = PROCESSING in self.parts
                return self._ended(Phase.UNKNOWN if charged else Phase.ABANDONED, "caller-gone", at_ms)
        assert_never(event)

    def _blamed(self, phase: Phase) -> Phase:
        """Mistakes that were only silence are a timeout; who leaves while the card is charged may have paid."""
        if phase is Phase.ABANDONED and PROCESSING in self.parts:
            return Phase.UNKNOWN
        silent = phase is Phase.DECLINED and self.mistake == "input-timeout" and PROCESSING not in self.parts
        return Phase.TIMEOUT if silent else phase

    def _ended(self, phase: Phase, reason: str, at_ms: int, confirmation: str = "") -> tuple[Self, list[Effect]]:
        after = replace(self, phase=phase, reason=reason, confirmation=confirmation, since_ms=at_ms)
        told = {"payment": self.id, "task": self.task, "method": str(self.method), "state": str(phase)}
        note = Note({**told, "amount": self.amount.decimal, "currency": self.amount.currency, "reason": reason})
        return after, [note, *([AskPeople()] if phase is Phase.UNKNOWN else [])]

    @property
    def settled(self) -> "Settled":
        """What the agent is told of a payment that is over."""
        code = "".join(char for char in self.confirmation if char.isalnum())[-4:]
        return Settled(self.task, self.phase, code.upper())

    def snapshot(self) -> dict[str, JsonValue]:
        """As JSON values."""
        return asdict(self) | {
            "method": str(self.method),
            "phase": str(self.phase),
            "parts": list(self.parts),
        }

    @classmethod
    def restore(cls, kept: Mapping[str, JsonValue]) -> Self:
        """Take up a snapshot. Raises KeyError, TypeError or ValueError for anything else."""
        amount, parts, since = kept["amount"], kept["parts"], kept["since_ms"]
        if not isinstance(amount, Mapping) or not isinstance(parts, list) or not isinstance(since, int | float):
            raise TypeError("not the snapshot of a payment")
        return cls(
            id=str(kept["id"]),
            task=str(kept["task"]),
            method=Method(str(kept["method"])),
            amount=Money(int(amount["minor"]), str(amount["currency"])),
            reference=str(kept["reference"]),
            phase=Phase(str(kept["phase"])),
            since_ms=int(since),
            parts=tuple(map(str, parts)),
            mistake=str(kept["mistake"]),
            reason=str(kept["reason"]),
            confirmation=str(kept["confirmation"]),
        )


_KEY = "payment"


@dataclass(frozen=True, slots=True)
class Settled:
    """A caller who is back with the agent, in the call's progress: from paying for which task, and how that went.

    PAYING is for a link that was sent.
    """

    task: str
    phase: Phase
    code: str = ""
    """The last four letters or digits of the provider's name for the charge."""

    def into(self, progress: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The progress of the call with this in it."""
        return {**progress, _KEY: {"task": self.task, "phase": str(self.phase), "code": self.code}}

    @classmethod
    def read(cls, progress: Mapping[str, JsonValue]) -> Self | None:
        """None if the call did not pay just now."""
        kept = progress.get(_KEY)
        if not isinstance(kept, Mapping) or kept.get("phase") not in (*_OVER, Phase.PAYING):
            return None
        return cls(str(kept.get("task")), Phase(str(kept["phase"])), str(kept.get("code", "")))
