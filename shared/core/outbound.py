"""What an agent says and asks before a conversation that it begins itself. Data only; texts may hold `{fact}`s."""

from dataclasses import dataclass

from shared.core.facts import EventFact

PERSON = "person"
"""Under this name texts hold whom the call is for."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the call is for, and what is said until it is sure that it is they. Nobody else is told what it is about."""

    person: str
    ask: str
    not_there: str
    wrong_person: str
    hold: str
    """To somebody who fetches them."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A secret fact that the person has to know before anything is disclosed."""

    fact: str
    ask: str
    ask_again: str


@dataclass(frozen=True, slots=True)
class CallsBack:
    """Who asked for a call back is rung by the agent, and put through to people if they still want that."""

    ask: str
    """Whether they do."""
    declined: str


@dataclass(frozen=True, slots=True)
class Outbound:
    introduction: str
    """Who calls, for whom, and that it is a machine."""
    opt_out: str
    """How not to be called again; said right after the introduction (47 CFR 64.1200(b)(3): within two seconds)."""
    opted_out: str
    facts: tuple[EventFact, ...] = ()
    opt_out_key: str = "9"
    identity: Identity | None = None
    """None where whoever picks up may be talked to."""
    verify: tuple[Verification, ...] = ()
    """The first whose fact the event brought is asked."""
    unverified: str = ""
    """To somebody who does not know it."""
    disclosure: str = ""
    """To the person themselves, before anything else, and heard to its end: the debt collector's notice."""
    opening: str = ""
    """What it is about."""
    begins_with: str = ""
    """The task that is asked about at once."""
    voicemail: str = ""
    """Left on a mailbox, once; empty to leave nothing."""
    screening: str = ""
    """Name and reason, to a robot that asks."""
    calls_back: CallsBack | None = None
    """None where people ring those who asked for a call back."""
    results: tuple[str, ...] = ()
    """What a call may come to; tasks and routes name one each."""

    def fact(self, name: str) -> EventFact | None:
        return next((fact for fact in self.facts if fact.name == name), None)
