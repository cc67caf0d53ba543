"""Fifty people with something to be called about: what is told about each, who picks up, and what has to come of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from shared.core.attempt import Disposition
from shared.core.chain_events import Ended

type Callee = Mapping[str, Any]
"""As the carrier's lab wants it: `local/carrier/phones/callees.py`."""

NAMES: Final = (
    "Grace Miller", "Peter Jackson", "Anna Schmidt", "Tom Baker", "Linda Young", "James Carter", "Mary Collins",
    "Robert Ward", "Susan Price", "David Hughes",
)  # fmt: skip
SURVEYED_AFTER: Final = timedelta(hours=2, minutes=5)
"""How long ago a visit was that somebody is asked about."""
ZIP: Final = "94110"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a chain has to come to: `ended` is None where another call is to follow, later."""

    ended: Ended | None
    disposition: Disposition | None = None
    result: str = ""

    @property
    def written(self) -> tuple[str, str, str]:
        """As the table has it."""
        return str(self.ended or ""), str(self.disposition or ""), self.result


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person, and the event about them."""

    number: str
    campaign: str
    kind: str
    """Of the event."""
    detail: Mapping[str, Any]
    callee: Callee
    expected: Expected
    twice: bool = False
    """Whether the event is delivered a second time."""
    opted_out: bool = False
    """Whether they have opted out before."""


def _human(*lines: str) -> Callee:
    """Hears the agent out before each line, and after the last."""
    steps: list[Mapping[str, Any]] = []
    for line in lines:
        press = line.removeprefix("press ")
        said = {"do": "press", "digits": press} if press != line else {"do": "say", "text": line}
        steps += [{"do": "listen"}, said]
    return {"like": "human", "then": [*steps, {"do": "listen"}]}


_ME: Final = "Yes, this is me."
_MAILBOX: Final[Callee] = {"like": "voicemail"}
_BUSY: Final[Callee] = {"like": "busy"}
_AWAY: Final[Callee] = {"like": "no answer"}
_LATER: Final = None
_DONE: Final = Ended.DONE
FORBIDDEN: Final = Expected(Ended.FORBIDDEN)

type Group = tuple[int, Callee, Expected]
"""So many people who do the same."""

REMINDED: Final[Sequence[Group]] = (
    (7, _human(_ME, "Yes, I'll be there."), Expected(_DONE, Disposition.REACHED, "confirmed")),
    (
        2,
        _human(_ME, "No, I can't make it.", "I want to cancel it.", "Yes, that's right."),
        Expected(_DONE, Disposition.REACHED, "cancelled"),
    ),
    (4, _MAILBOX, Expected(_DONE, Disposition.MESSAGE_LEFT)),
    (2, _BUSY, Expected(_LATER, Disposition.BUSY)),
    (2, _AWAY, Expected(_LATER, Disposition.NO_ANSWER)),
    (1, {"like": "unallocated"}, Expected(_DONE, Disposition.UNREACHABLE)),
    (1, {"like": "opts out"}, Expected(Ended.FORBIDDEN, Disposition.OPTED_OUT)),
    (1, {"like": "hangs up"}, Expected(_LATER, Disposition.HUNG_UP)),
)
DEBTORS: Final[Sequence[Group]] = (
    (
        3,
        _human(_ME, f"press {ZIP}#", "No, not now.", "I can pay on Friday.", "Yes, that's right."),
        Expected(_DONE, Disposition.REACHED, "promised"),
    ),
    (1, _human("No, you have the wrong number."), Expected(_DONE, Disposition.WRONG_PERSON)),
    (2, _MAILBOX, Expected(_LATER, Disposition.MAILBOX)),
    (2, _BUSY, Expected(_LATER, Disposition.BUSY)),
    (1, {"like": "screening", "connects": False}, Expected(_LATER, Disposition.SCREENED)),
    (1, {"like": "hangs up"}, Expected(_LATER, Disposition.HUNG_UP)),
)
VISITORS: Final[Sequence[Group]] = (
    (
        3,
        _human(_ME, "Five.", "Yes, I would.", "Nothing, it was fine."),
        Expected(_DONE, Disposition.REACHED, "completed"),
    ),
    (2, _human(_ME, "I don't have time."), Expected(_DONE, Disposition.REACHED, "declined")),
    (3, _MAILBOX, Expected(_LATER, Disposition.MAILBOX)),
    (2, _human(_ME), FORBIDDEN),
)
"""The last two have opted out before."""
INTERESTED: Final[Sequence[Group]] = (
    (
        2,
        _human(_ME, "It's for a house.", "I'd like it right away.", "On Friday, please.", "Yes, that's right."),
        Expected(_DONE, Disposition.REACHED, "qualified"),
    ),
    (1, _human(_ME, "I'm not interested any more."), Expected(_DONE, Disposition.REACHED, "not_interested")),
    (2, _MAILBOX, Expected(_LATER, Disposition.MESSAGE_LEFT)),
    (1, {"like": "opts out", "key": "9"}, Expected(Ended.FORBIDDEN, Disposition.OPTED_OUT)),
    (4, _human(_ME), FORBIDDEN),
)
"""The last four have agreed to nothing in writing."""


def people(area: str, now: datetime) -> tuple[Somebody, ...]:
    """All fifty, with numbers of one area code (such as 212)."""
    numbers = (f"+1{area}5550{100 + index}" for index in count())
    return (
        *_reminded(numbers, now),
        *_of("payment_follow_up", "payment.overdue", DEBTORS, numbers, now, payment=_debt(now), zip=ZIP),
        *_visitors(numbers, now),
        *_interested(numbers, now),
    )


def _reminded(numbers: Iterator[str], now: datetime) -> Iterator[Somebody]:
    starts_at = (now + timedelta(hours=20)).replace(minute=0, second=0, microsecond=0)
    visit = {"starts_at": starts_at.isoformat(), "service": "a cleaning"}
    return _of("appointment_reminder", "appointment.upcoming", REMINDED, numbers, now, appointment=visit)


def _debt(now: datetime) -> Mapping[str, Any]:
    return {"amount": 12_550, "currency": "USD", "due_on": (now - timedelta(days=10)).date().isoformat()}


def _visitors(numbers: Iterator[str], now: datetime) -> Iterator[Somebody]:
    visit = {"happened_at": (now - SURVEYED_AFTER).isoformat()}
    for each in _of("survey", "survey.due", VISITORS, numbers, now, survey=visit):
        forbidden = each.expected.ended is Ended.FORBIDDEN
        yield replace(each, opted_out=forbidden)


def _interested(numbers: Iterator[str], now: datetime) -> Iterator[Somebody]:
    for each in _of("lead_qualification", "lead.created", INTERESTED, numbers, now, consent="written"):
        agreed = each.expected != FORBIDDEN
        yield each if agreed else replace(each, detail={k: v for k, v in each.detail.items() if k != "consent"})


def _of(
    campaign: str,
    kind: str,
    groups: Sequence[Group],
    numbers: Iterator[str],
    now: datetime,
    *,
    consent: str = "express",
    zip: str = "",  # noqa: A002
    **thing: Mapping[str, Any],
) -> Iterator[Somebody]:
    each = [(callee, expected) for many, callee, expected in groups for _ in range(many)]
    for index, (callee, expected) in enumerate(each):
        number = next(numbers)
        reference = f"{campaign[:1].upper()}-{number[-4:]}"
        agreed = {"kind": consent, "given_at": (now - timedelta(days=30)).isoformat(), "how": "web form"}
        detail = {
            "version": 1,
            "id": f"demo-{reference}",
            "reference": reference,
            "person": {"phone": number, "name": NAMES[index % len(NAMES)]},
            "consent": {**agreed, "reference": f"form-{reference}"},
            **thing,
            **({"details": {"zip": zip}} if zip else {}),
        }
        yield Somebody(number, campaign, kind, detail, callee, expected, twice=index % 3 == 0)
