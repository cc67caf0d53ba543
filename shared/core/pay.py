"""How a task is paid, as an agent file says it. Texts may hold `{amount}` and what the task's tool answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

LINK = "link"
"""In the place of a task's or route's name under `otherwise`: a link by SMS."""


@dataclass(frozen=True, slots=True)
class Pay:
    """Money for a task. The sum stands in the file or comes from the task's tool: neither model nor caller names it."""

    connector: str
    """The unique name of a Pay Connector in Twilio's console."""
    currency: str
    """ISO 4217, in small letters."""
    description: str
    """For the company's own books; the payment's id is put behind it."""
    ask: str
    """Says the sum, and asks whether to take it by card now."""
    before: str
    """Leads over to the keypad."""
    declined: str
    stopped: str
    """After the caller came back, or typed nothing that would do: nothing was charged."""
    again: str
    """Asks for another try."""
    unknown: str
    """Nobody can tell whether the card was charged."""
    failed: str
    """Cards cannot be taken now, by no fault of the caller's."""
    already: str
    """The same was paid in this call before."""
    ask_link: str
    """Asks whether to send a link."""
    link_sent: str
    prompts: Mapping[str, str]
    """By what is typed, in the carrier's word for it (payment-card-number, expiration-date, ...): what the caller hears
    before."""
    mistakes: Mapping[str, str]
    """By the carrier's word for what was wrong (invalid-card-number, input-timeout, ...): what they hear before they
    are asked again."""
    amount: str = ""
    """The sum, where the file fixes it."""
    amount_from: str = ""
    """Else the member of the tool's answer that holds it,"""
    amount_fact: str = ""
    """or the fact of the event that a call of ours is about."""
    at_most: str = ""
    """A larger sum goes to people."""
    attempts: int = 2
    """How often the keypad may be entered for one sum."""
    retries: int = 2
    """How often one field may be typed anew, 1 to 3."""
    timeout_s: int = 8
    """For the next digit."""
    cards: tuple[str, ...] = ("visa", "mastercard", "amex")
    security_code: bool = True
    postal_code: bool = False
    otherwise: str = ""
    """A task, a route, or LINK: what follows when the card cannot be charged."""

    def of(self, facts: Mapping[str, str]) -> "Pay":
        """With the sum that the facts name, if it is one of them; money as `shared.core.facts` has it."""
        amount, _, currency = facts.get(self.amount_fact, "").partition(" ")
        return replace(self, amount=amount) if amount and currency.lower() == self.currency else self
