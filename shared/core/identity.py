"""Whether whoever picked up is the person the call is for: asked, and proved where that is needed.

Until then nobody is told what it is about. What is said to prove it is compared here, and goes nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self, assert_never

from shared.core.agent import Agent, Slot, SlotKind
from shared.core.answering import Claim, claim_of
from shared.core.facts import EventFact
from shared.core.journal import Journal
from shared.core.languages.telephone import says
from shared.core.lines import Line, filled, fixed
from shared.core.moves import Say, Think
from shared.core.next_step import HangUp
from shared.core.outbound import PERSON, Identity, Outbound, Verification
from shared.core.prompt import claim_specs, stranger_message
from shared.core.slots import yes_or_no
from shared.core.verification import most_digits, proves

TRIES = 2
"""How often a question is asked whose answer helps no further."""
FEWEST_TYPED = 4

WHO = "reached"
"""The kind of record that says who it was that the agent talked with."""


class Who(StrEnum):
    THEM = "them"
    NOT_THEM = "not-them"
    WRONG_PERSON = "wrong-person"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Through:
    """The conversation may begin, after these words."""

    before: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """Somebody brings the person to the telephone: after these words they are waited for."""

    say: Say


type Found = Say | Think | Through | Fetched


@dataclass(slots=True)
class Identification:
    agent: Agent
    outbound: Outbound
    identity: Identity
    facts: Mapping[str, str]
    said: Mapping[str, str]
    journal: Journal
    verifying: bool = False
    tries: int = 0

    def fork(self, journal: Journal) -> Self:
        """The same, to be changed apart."""
        return replace(self, journal=journal)

    @property
    def slot(self) -> Slot | None:
        """What is typed, while a secret is asked for."""
        secret = self._secret if self.verifying else None
        if secret is None:
            return None
        fact, check = secret
        digits = most_digits(fact.kind, self.facts[fact.name])
        least = min(FEWEST_TYPED, digits)
        return Slot(fact.name, SlotKind.DIGITS, check.ask, min_digits=least, max_digits=digits, secret=True)

    def question(self) -> Line:
        """What is asked."""
        secret = self._secret if self.verifying else None
        return self._line(self.identity.ask if secret is None else secret[1].ask)

    def heard(self, text: str) -> Found:
        """Somebody has said this."""
        if self.verifying:
            return self._verify(text)
        claim = claim_of(text, self.said[PERSON], self.agent.speaks)
        plain = yes_or_no(text, self.agent.speaks)
        if claim is None and plain is not None:
            claim = Claim.IT_IS_ME if plain else Claim.NOT_THERE
        if claim is not None:
            return self.claimed(claim)
        if says(self.agent.speaks.telephone.greeting, text):
            return Say((self.question(),))
        system = stranger_message(self.agent, self.said[PERSON])
        return Think((system, *self.journal.conversation.messages), claim_specs())

    def keyed(self, digits: str) -> Found | None:
        """They have typed this: 1 for yes, 2 for no, or the secret."""
        if self.verifying:
            return self._verify(digits)
        return self.claimed(Claim.IT_IS_ME if digits == "1" else Claim.NOT_THERE) if digits in ("1", "2") else None

    def claimed(self, claim: Claim) -> Found:
        """They say this of who they are."""
        match claim:
            case Claim.IT_IS_ME:
                if not self.outbound.verify:
                    return Through()
                if self._secret is None:
                    return self.leave(Who.UNVERIFIED)
                self.verifying, self.tries = True, 0
                return Say((self.question(),))
            case Claim.NOT_THERE:
                return self.leave(Who.NOT_THEM)
            case Claim.WRONG_NUMBER:
                return self.leave(Who.WRONG_PERSON)
            case Claim.FETCHING:
                return Fetched(Say((self._line(self.identity.hold),)))
            case Claim.WHO_IS_IT:
                again = (fixed(self.outbound.introduction), self.question())
                return self._once_more(again, Who.NOT_THEM)
        assert_never(claim)

    def not_understood(self) -> Say:
        """Nobody can tell what they said."""
        return self._once_more((self.question(),), Who.NOT_THEM)

    def leave(self, who: Who) -> Say:
        """The call ends here: it is not them, or cannot be shown to be."""
        self.journal.note(WHO, who=str(who))
        self.journal.note("outcome", outcome=str(who))
        words = {Who.NOT_THEM: self.identity.not_there, Who.WRONG_PERSON: self.identity.wrong_person}
        return Say((self._line(words.get(who, self.outbound.unverified)),), HangUp())

    def _verify(self, said: str) -> Found:
        secret = self._secret
        if secret is None:
            return self.leave(Who.UNVERIFIED)
        fact, check = secret
        if proves(fact.kind, self.facts[fact.name], said, self.agent.speaks):
            return Through()
        return self._once_more((self._line(check.ask_again),), Who.UNVERIFIED)

    def _once_more(self, lines: tuple[Line, ...], else_who: Who) -> Say:
        self.tries += 1
        return Say(lines) if self.tries < TRIES else self.leave(else_who)

    @property
    def _secret(self) -> tuple[EventFact, Verification] | None:
        """The first that the event brought."""
        pairs = ((self.outbound.fact(check.fact), check) for check in self.outbound.verify)
        return next(((fact, check) for fact, check in pairs if fact is not None and self.facts.get(fact.name)), None)

    def _line(self, text: str) -> Line:
        return filled(text, self.said)
