"""What becomes of a call when its stream is over: what the next-step webhook answers with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HangUp:
    """The conversation has ended; nothing more is said."""


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Say `say`, record the caller's message, and hang up."""

    say: str
    reason: str


@dataclass(frozen=True, slots=True)
class Apologise:
    """Say `say` by the carrier's own voice and hang up: our own has failed."""

    say: str
    reason: str


@dataclass(frozen=True, slots=True)
class TurnByTurn:
    """Go on by the carrier's own ear and voice, one turn of the caller's at a time: ours has failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Put the caller through to people, by one of the agent's routes."""

    route: str
    reason: str
    answered: bool = False
    """Whether somebody has taken the call."""
    person: str = ""
    """The user name of somebody who takes the call over from the agent, by their own wish; empty if the agent puts the
    caller through. Nothing else may follow then."""


@dataclass(frozen=True, slots=True)
class TakePayment:
    """Have the carrier take a card on the keypad, for a task, or send a link; the caller comes back to the agent."""

    task: str
    amount: str
    """As a decimal, such as 120.00."""
    currency: str
    description: str
    by_link: bool = False


type NextStep = HangUp | TakeMessage | Apologise | TurnByTurn | HandOver | TakePayment
