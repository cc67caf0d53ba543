"""The beginning of a call that the agent makes: who has picked up, before the conversation itself begins.

Text in, moves out, as in `shared.core.dialogue`, which asks here until somebody has answered. Whoever picks up may
speak first, for a moment; then the agent says who calls. A machine is never talked to, and a person's words count more
than the carrier's verdict. Whether it is the right person is found out by `shared.core.identity`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self, assert_never

from shared.core.agent import Agent, Slot, SlotKind
from shared.core.answering import Claim, Party, is_person, party_of
from shared.core.events import JsonValue
from shared.core.identity import WHO, Fetched, Found, Identification, Through, Who
from shared.core.informed import said_of
from shared.core.journal import Journal
from shared.core.languages.telephone import says
from shared.core.lines import Line, filled, fixed
from shared.core.moves import Say, Think
from shared.core.next_step import HangUp
from shared.core.outbound import PERSON, Outbound

HELLO_MS = 1_200
"""For whoever picks up to speak first (field notes 40: 0.8 to 1.2 s)."""
MESSAGE_END_MS = 2_000
"""Silence after which a mailbox's greeting is over, beep or not."""
OTHERS_MS = 24_000
"""For somebody who fetches the person, and for a robot that asks its owner."""
MOST_PIECES = 12
"""Of a machine's announcement; one that talks on is left."""
SCREENINGS = 2
"""How often a robot is told name and reason."""

PICKED_UP, MESSAGE = "picked_up", "voicemail"
"""Kinds of record: who picked up, and that a message was begun."""


class Phase(StrEnum):
    HELLO = "hello"
    """Nobody is known yet; who picked up may speak first."""
    FETCHED = "fetched"
    """Somebody brings the person to the telephone."""
    ASKED = "asked"
    """The agent has said who calls, and waits to hear who it is."""
    MACHINE = "machine"
    """A mailbox's greeting, or an announcement, goes on."""
    SCREENED = "screened"
    """A robot has our name and reason, and asks its owner."""
    BEGUN = "begun"
    """The conversation itself. Until somebody has answered, it may yet be a machine."""
    ENDED = "ended"


type Answer = Say | Think | Through


@dataclass(slots=True)
class Opening:
    agent: Agent
    outbound: Outbound
    facts: Mapping[str, str]
    journal: Journal
    said: Mapping[str, str]
    """The facts that may be said, as they are said, and whom the call is for."""
    identification: Identification | None
    """None where whoever picks up may be talked to."""
    phase: Phase = Phase.HELLO
    party: Party | None = None
    _heard: bool = False
    """Whether a person was heard: the carrier's verdict counts no more."""
    _certain: bool = False
    """Whether a person has answered us: words of a machine count no more."""
    _screenings: int = 0
    _pieces: int = 0

    @classmethod
    def of(cls, agent: Agent, outbound: Outbound, facts: Mapping[str, str], journal: Journal) -> Self:
        said, identity = said_of(agent, outbound, facts), outbound.identity
        asks = None if identity is None else Identification(agent, outbound, identity, facts, said, journal)
        return cls(agent, outbound, facts, journal, said, asks)

    def fork(self, journal: Journal) -> Self:
        """The same, to be changed apart."""
        asks = self.identification and self.identification.fork(journal)
        return replace(self, journal=journal, identification=asks)

    def change_to(self, agent: Agent) -> None:
        """Go on as `agent`, in another language."""
        kept, other = self.snapshot(), Opening.of(agent, agent.outbound or self.outbound, self.facts, self.journal)
        self.agent, self.outbound, self.said = agent, other.outbound, other.said
        self.identification = other.identification
        self.restore(kept)

    @property
    def open(self) -> bool:
        """Whether what is heard is to be told here."""
        return self.phase is not Phase.ENDED and not (self.phase is Phase.BEGUN and self._certain)

    @property
    def patience_ms(self) -> int | None:
        """How long silence is waited for; None for as long as anywhere."""
        waits = {Phase.HELLO: HELLO_MS, Phase.MACHINE: MESSAGE_END_MS}
        return waits.get(self.phase, OTHERS_MS if self.phase in (Phase.FETCHED, Phase.SCREENED) else None)

    @property
    def slot(self) -> Slot | None:
        """What is typed, while a secret is asked for."""
        return self._asks.slot if self._asks is not None else None

    @property
    def expecting(self) -> SlotKind | None:
        """The kind of answer now waited for."""
        if self.is_secret:
            return SlotKind.DIGITS
        return SlotKind.YES_NO if self.phase in (Phase.HELLO, Phase.FETCHED, Phase.ASKED) else None

    @property
    def is_secret(self) -> bool:
        """Whether what is said now is for nobody else's eyes."""
        return self._asks is not None and self._asks.verifying

    def question(self) -> tuple[Line, ...]:
        """What is still open, to be asked once more."""
        return (self._asks.question(),) if self._asks is not None else ()

    # --- what happens

    def heard(self, text: str) -> Answer | None:
        """Somebody, or something, has finished an utterance; None when the conversation goes on with it."""
        if self._asks is not None and self._asks.verifying:
            return self._found(self._asks.heard(text))
        party = None if self._certain else party_of(text, self.agent.speaks)
        if self.phase is Phase.MACHINE and not says(self.agent.speaks.telephone.greeting, text):
            party = party or self.party
        if party is not None:
            return self._machine(party)
        person = is_person(text, self.agent.speaks)
        self._heard |= person
        if self.phase not in (Phase.ASKED, Phase.BEGUN):
            return self.introduce("words")
        self._certain |= person
        if self._asks is not None:
            return self._found(self._asks.heard(text))
        if self._certain:
            self.journal.note(WHO, who=str(Who.THEM))
        return None

    def silence(self) -> Answer | None:
        """Nothing has been heard for a while; None when whoever is there is to be asked as anywhere."""
        match self.phase:
            case Phase.HELLO:
                return self.introduce("silence")
            case Phase.FETCHED if self.identification is not None:
                return self._found(self.identification.leave(Who.NOT_THEM))
            case Phase.MACHINE:
                return self._message()
            case Phase.SCREENED | Phase.FETCHED:
                return self._hang_up()
            case Phase.ASKED | Phase.BEGUN | Phase.ENDED:
                return None
        assert_never(self.phase)

    def keyed(self, digits: str) -> Answer | None:
        """An entry on the keypad, if it means anything here."""
        found = self._asks.keyed(digits) if self._asks is not None else None
        self._certain |= found is not None
        return None if found is None else self._found(found)

    def answered_by(self, verdict: str) -> Answer | None:
        """What the carrier thinks (Twilio's AnsweredBy); None where it changes nothing.

        A robot that screens sounds like a mailbox to it.
        """
        counts = not self._heard and self.open and self.phase is not Phase.SCREENED
        self.journal.note("answered_by", verdict=verdict, counts=counts)
        if not counts:
            return None
        if verdict == "human":
            return self.introduce("carrier") if self.phase is Phase.HELLO else None
        if verdict == "fax":
            self._is(Party.FAX, "carrier")
            return self._hang_up()
        if not verdict.startswith("machine"):
            return None
        known, self.phase = self.phase is Phase.MACHINE, Phase.MACHINE
        self._is(self.party if known and self.party else Party.MAILBOX, "carrier")
        if verdict.startswith("machine_end"):
            return self._message()
        return None if known else Say(())

    def gives_away(self, text: str) -> bool:
        """Whether words heard while the agent speaks are a machine's, which does not listen."""
        talking = self.phase in (Phase.HELLO, Phase.ASKED, Phase.BEGUN) and not self._certain
        return talking and party_of(text, self.agent.speaks) is not None

    def told(self, claim: Claim | None, text: str) -> Answer:
        """The model names what they say of who they are, or has answered them, or neither."""
        asks = self.identification
        assert asks is not None
        if claim is not None:
            return self._found(asks.claimed(claim))
        return Say(self.question()) if text else self._found(asks.not_understood())

    # --- what follows

    def introduce(self, by: str) -> Answer:
        """Say who calls, and how not to be called again; ask who it is, or begin."""
        self._is(Party.PERSON, by)
        self.phase = Phase.ASKED
        law = (fixed(self.outbound.introduction, protected=True), fixed(self.outbound.opt_out, protected=True))
        return Say((*law, *self.question())) if self.identification is not None else Through(law)

    def begin(self) -> tuple[Line, ...]:
        """What the call is about, to whom it may be told."""
        self.phase = Phase.BEGUN
        if self.identification is not None:
            self.journal.note(WHO, who=str(Who.THEM))
            self.journal.note("identity", identity=self.said[PERSON])
            self._certain = True
        disclosure = replace(filled(self.outbound.disclosure, self.said), protected=True)
        return tuple(line for line in (disclosure, filled(self.outbound.opening, self.said)) if line.text)

    def _found(self, found: Found) -> Answer:
        """What was found out of who it is."""
        if isinstance(found, Fetched):
            self.phase, self._heard, self._certain = Phase.FETCHED, False, False
            return found.say
        if isinstance(found, Say) and found.end is not None:
            self.phase = Phase.ENDED
        return found

    @property
    def _asks(self) -> Identification | None:
        return self.identification if self.phase is Phase.ASKED else None

    def _machine(self, party: Party) -> Say:
        """What is heard later says more: a mailbox may begin as an announcement."""
        self._is(party, "words")
        if party is Party.SCREENING:
            self.phase, self._screenings = Phase.SCREENED, self._screenings + 1
            reason = replace(filled(self.outbound.screening, self.said), protected=True)
            return Say((reason,) if reason.text and self._screenings <= SCREENINGS else ())
        self.phase, self._pieces = Phase.MACHINE, self._pieces + 1
        return Say(()) if self._pieces <= MOST_PIECES else self._hang_up()

    def _message(self) -> Say:
        """The mailbox listens now, if it is one."""
        if self.party is not Party.MAILBOX or not self.outbound.voicemail:
            return self._hang_up()
        self.journal.note(MESSAGE)
        self.phase = Phase.ENDED
        return Say((replace(filled(self.outbound.voicemail, self.said), protected=True),), HangUp())

    def _hang_up(self) -> Say:
        self.phase = Phase.ENDED
        return Say((), HangUp())

    def _is(self, party: Party, by: str) -> None:
        """Who picked up, as far as is known now, and by what."""
        if party is not self.party:
            self.party = party
            self.journal.note(PICKED_UP, party=str(party), by=by)

    # --- on the way elsewhere

    def snapshot(self) -> dict[str, JsonValue]:
        """Where it stands, as JSON values."""
        asks = self.identification
        return {
            "phase": str(self.phase),
            "party": self.party and str(self.party),
            "known": [self._heard, self._certain, asks is not None and asks.verifying],
            "counts": [self._screenings, self._pieces, 0 if asks is None else asks.tries],
        }

    def restore(self, kept: object) -> None:
        """Take up a snapshot."""
        known, counts = (kept.get("known"), kept.get("counts")) if isinstance(kept, Mapping) else (None, None)
        if not (isinstance(kept, Mapping) and isinstance(known, list) and isinstance(counts, list)):
            return
        party = kept.get("party")
        self.phase, self.party = Phase(str(kept.get("phase"))), Party(str(party)) if party else None
        self._heard, self._certain, verifying = map(bool, known)
        self._screenings, self._pieces, tries = (int(count) for count in counts)
        if self.identification is not None:
            self.identification.verifying, self.identification.tries = verifying, tries
