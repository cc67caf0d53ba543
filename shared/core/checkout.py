"""A sum to be paid, as the conversation has it: asked for, tried, and what is offered when it does not work.

Between two stretches of conversation the carrier takes the card (`shared.core.payment`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Self

from shared.core.events import JsonValue
from shared.core.languages.language import Language
from shared.core.lines import Line, filled
from shared.core.money import Money
from shared.core.pay import Pay


class Asking(StrEnum):
    """What the caller is asked to agree to."""

    CARD = "card"
    AGAIN = "again"
    LINK = "link"


@dataclass(slots=True)
class Checkout:
    """A bill, and how far its payment is."""

    amount: Money
    known: dict[str, str] = field(default_factory=dict)
    """What the task's tool answered, for texts."""
    asking: Asking = Asking.CARD
    begun: int = 0
    """How often the caller was led to the keypad."""
    agreed: bool | None = None
    """The caller's answer, until it is acted on."""

    @classmethod
    def of(cls, pay: Pay, answer: Mapping[str, JsonValue]) -> Self:
        """What the task's tool says is to be paid. Raises ValueError for no sum, or more than the file allows."""
        amount = Money.read(pay.amount or answer.get(pay.amount_from), pay.currency)
        if pay.at_most and amount.minor > Money.read(pay.at_most, pay.currency).minor:
            raise ValueError("more than the agent may take")
        return cls(amount, {key: str(value) for key, value in answer.items() if isinstance(value, str | int)})

    def fork(self) -> Self:
        """The same, to be changed apart."""
        return replace(self, known=dict(self.known))

    def values(self, language: Language, spoken: Mapping[str, str]) -> dict[str, str]:
        """Values of placeholders, with what the task itself knows, as it is said."""
        amount = language.money(Decimal(self.amount.decimal), self.amount.currency.upper())
        return {**self.known, **spoken, "amount": amount}

    def described(self, pay: Pay, values: Mapping[str, str]) -> str:
        """For the company's books, in the values as they are kept."""
        return filled(pay.description, {**self.known, **values, "amount": self.amount.decimal}).text

    def question(self, pay: Pay, language: Language, spoken: Mapping[str, str]) -> Line:
        """What is open."""
        asked = {Asking.CARD: pay.ask, Asking.AGAIN: pay.again, Asking.LINK: pay.ask_link}
        return filled(asked[self.asking], self.values(language, spoken))

    def bill(self, task: str, values: Mapping[str, str]) -> str:
        """By what the same bill is known again in this call; nothing of the values can be read from it."""
        return hashlib.sha256("\0".join((task, *values.values(), self.amount.decimal)).encode()).hexdigest()[:16]

    def snapshot(self) -> dict[str, JsonValue]:
        """As JSON values."""
        return asdict(self) | {"asking": str(self.asking)}

    @classmethod
    def restore(cls, kept: object) -> Self | None:
        """Take up a snapshot; an agreement that was not acted on is asked for anew. None for anything else."""
        amount = kept.get("amount") if isinstance(kept, Mapping) else None
        if not isinstance(kept, Mapping) or not isinstance(amount, Mapping):
            return None
        known, begun = kept.get("known"), kept.get("begun")
        return cls(
            Money(int(amount["minor"]), str(amount["currency"])),
            {str(key): str(value) for key, value in known.items()} if isinstance(known, Mapping) else {},
            Asking(str(kept.get("asking"))),
            int(begun) if isinstance(begun, int | float) else 0,
        )
