"""Cards, and the gateways that charge them, as the stand-in has them: its own rules, and nobody's money."""

import asyncio
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_KINDS: Mapping[str, tuple[str, frozenset[int]]] = {
    "amex": (r"3[47]", frozenset({15})),
    "diners-club": (r"3(?:0[0-5]|[689])", frozenset({14})),
    "jcb": (r"35(?:2[89]|[3-8])", frozenset({16})),
    "discover": (r"6(?:011|4[4-9]|5)", frozenset({16})),
    "mastercard": (r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", frozenset({16})),
    "maestro": (r"50|5[6-9]|6", frozenset(range(12, 20))),
    "visa": (r"4", frozenset({16})),
}
"""Twilio's words, with how the numbers begin, and how long they are."""


def kind_of(number: str) -> str:
    """Which card has such a number, however much of it is there; empty for none."""
    return next((kind for kind, (begins, _) in _KINDS.items() if re.match(begins, number)), "")


def length_of(number: str) -> int:
    """How many digits a number that begins so has, at most."""
    return max(_KINDS[kind][1]) if (kind := kind_of(number)) else 19


def is_number(number: str) -> bool:
    """Whether it is of a card's length, and its last digit is the right one (the Luhn algorithm)."""
    kind = kind_of(number)
    if not kind or len(number) not in _KINDS[kind][1]:
        return False
    doubled = [2 * int(digit) for digit in number[-2::-2]]
    return (sum(map(int, number[-1::-2])) + sum(value // 10 + value % 10 for value in doubled)) % 10 == 0


def is_ahead(expires: str, today: date) -> bool:
    """Whether a card that expires then (MMYY) is good today."""
    if not re.fullmatch(r"(0[1-9]|1[0-2])\d\d", expires):
        return False
    year, month = 2000 + int(expires[2:]), int(expires[:2])
    return (today.year, today.month) <= (year, month) <= (today.year + 20, month)


class Connector(BaseModel):
    """What a Pay Connector does with every card: Twilio has them in its console, this stand-in under `/lab`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: Literal["approve", "decline", "unavailable", "lost"] = "approve"
    """`unavailable`: the gateway cannot be reached. `lost`: it charges, and Twilio does not hear of it."""
    takes_ms: Annotated[int, Field(ge=0, le=60_000)] = 300


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken: all that a gateway would show of it, and of the card only its kind."""

    call_sid: str
    connector: str
    name: str
    amount: str
    currency: str
    description: str
    card: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gateway's answer. `code` is Twilio's error code; 0 for none."""

    name: str = ""
    code: int = 0
    broken: bool = False


@dataclass(slots=True)
class Gateways:
    """The account's Pay Connectors, and what they have charged."""

    connectors: dict[str, Connector] = field(default_factory=lambda: {"Default": Connector()})
    charges: list[Charge] = field(default_factory=list)

    async def charge(self, connector: str, call_sid: str, amount: str, currency: str, about: str, card: str) -> Verdict:
        """Take the money, or not. The connector is one of the account's."""
        rules = self.connectors[connector]
        name = "ch_" + "".join(secrets.choice(string.ascii_letters) for _ in range(20))
        charged = rules.answers in ("approve", "lost")
        if charged:
            self.charges.append(Charge(call_sid, connector, name, amount, currency, about, card))
        await asyncio.sleep(rules.takes_ms / 1000)
        match rules.answers:
            case "approve":
                return Verdict(name)
            case "decline":
                return Verdict(code=64012)
            case "unavailable":
                return Verdict(code=64002)
            case "lost":
                return Verdict(broken=True)
