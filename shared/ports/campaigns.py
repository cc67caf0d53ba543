"""Where chains, attempts, lines and campaigns stand. Writes are conditional; every method may raise ProviderError."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.core.attempt import AttemptKey, Outcome
from shared.core.campaign_health import Tally
from shared.core.chain import Chain
from shared.core.chain_events import Answer, Changed
from shared.core.rules.person import Contact


@dataclass(frozen=True, slots=True)
class KeptChain:
    """A chain as it was read; `version` counts its writes."""

    chain: Chain
    version: int
    token: str = ""
    """The task that waits for it to change, if any."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of a thing that chains are about, such as an appointment: its news may come before its chains."""

    about: str
    """Such as `appointment#A-17`."""
    chains: Mapping[str, str] = field(default_factory=dict)
    """The newest chain of each campaign."""
    ended_by: str = ""
    """The kind of event by which the company's system said that it ended, such as `payment.made`; empty if none did."""
    ended_ms: int = 0
    changed: Changed | None = None
    """The newest facts that came apart from what begins a chain."""
    version: int = 0
    """Counts its writes; 0: nothing is kept yet."""


class ChainStore(Protocol):
    def open_chain(self, chain: Chain, reference: Reference) -> bool:
        """Write a new chain, and with it the reference that names it.

        False, and nothing changed, if the chain exists, or if the reference is no longer at its version.
        """
        ...

    def chain(self, chain_id: str) -> KeptChain | None:
        """Consistently read."""
        ...

    def save(self, chain: Chain, *, version: int) -> bool:
        """Write it anew; False, and nothing changed, if it has been written since `version` was read."""
        ...

    def touch(self, chain_id: str) -> None:
        """Count its version up, and change nothing else: something has happened that it must look at."""
        ...

    def keep_token(self, chain_id: str, token: str, *, version: int, until: datetime | None = None) -> bool:
        """The task with this token is to be woken when the chain changes; False if it has since `version`.

        With `until` the chain counts as looked after till then.
        """
        ...

    def chains_of(self, number: str) -> Sequence[str]:
        """Ids of the chains of one person, the newest first; those that are long over may be missing."""
        ...

    def reference(self, about: str) -> Reference:
        """Consistently read."""
        ...

    def save_reference(self, reference: Reference) -> bool:
        """Write it anew; False, and nothing changed, if it is no longer at its version."""
        ...


class Claim(StrEnum):
    """What became of an attempt's, or a text's, transaction: made as a whole, or refused for one of these."""

    CLAIMED = "claimed"
    TAKEN = "taken"
    """It was claimed before, by this process or another."""
    CHANGED = "changed"
    """The chain is not as it was read."""
    OPTED_OUT = "opted-out"
    HISTORY = "history"
    """The person's history is not the one that the rules were asked about."""
    ON_THE_PHONE = "on-the-phone"
    """Another chain is calling the person."""
    CEILING = "ceiling"
    """The campaign has used up its day."""
    STOPPED = "stopped"
    """The campaign is not running."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row: written before anybody is dialled."""

    key: AttemptKey
    campaign: str
    to: str
    """E.164."""
    line: str
    """E.164; what the person sees."""
    claimed_at: datetime
    leave_message: bool
    """Whether a mailbox gets a message."""
    answer: Answer
    """What the rules said in the moment of dialling."""
    cents: int
    """What it is taken to cost at most."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the agent may speak of; forgotten when the attempt has ended."""
    call_sid: str = ""
    """Empty as long as the carrier has not said."""
    outcome: Outcome | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentText:
    """One row: written before the text is sent."""

    chain: str
    name: str
    campaign: str
    to: str
    claimed_at: datetime
    cents: int
    message_sid: str = ""
    error: str = ""
    """Why it was not sent; neither this nor a sid: nobody knows."""


@dataclass(frozen=True, slots=True)
class OnThePhone:
    """Who calls a person now, and who did last."""

    attempt: str = ""
    """Empty when nobody does."""
    until: datetime | None = None
    last_chain: str = ""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a claim rests on."""

    version: int
    """The chain's, as it was read."""
    history: int
    """The version of what is on file about the person, as the rules were asked about it."""
    calls: int
    """The campaign's ceiling for a day."""
    cents: int
    """The same, in US cents."""


class AttemptStore(Protocol):
    def claim_attempt(self, attempt: Attempt, chain: Chain, contact: Contact, basis: Basis, until: datetime) -> Claim:
        """In one transaction: the attempt, which must not exist; the `chain` as it is from now on, which must stand at
        its version; no opt-out; the contact, with the person's history, which must stand at its version; nobody else
        on the phone with them, and this attempt until then; the campaign running, and its day below its ceilings with
        this one. All of it, or nothing."""
        ...

    def claim_text(self, text: SentText, chain: Chain, contact: Contact, basis: Basis) -> Claim:
        """The same for a text, which keeps nobody off the phone and counts as no call."""
        ...

    def attempt(self, key: AttemptKey) -> Attempt | None:
        """Consistently read."""
        ...

    def attempts(self, chain_id: str) -> Sequence[Attempt]:
        """Of one chain, in order."""
        ...

    def texts(self, chain_id: str) -> Sequence[SentText]:
        """Of one chain."""
        ...

    def placed(self, key: AttemptKey, call_sid: str) -> bool:
        """Keep the carrier's name of the call; False if there is no such attempt or it has another call."""
        ...

    def ended(self, key: AttemptKey, outcome: Outcome, at: datetime) -> bool:
        """Keep what became of it, with the campaign's tally and the person's history (what was not dialled was no
        contact), and touch the chain. False, and nothing changed, if there is no such attempt or its outcome is known.
        """
        ...

    def text_sent(self, chain_id: str, name: str, *, message_sid: str = "", error: str = "") -> None:
        """Keep what became of a text."""
        ...

    def on_the_phone(self, number: str) -> OnThePhone:
        """Consistently read."""
        ...

    def off_the_phone(self, number: str, key: AttemptKey, at: datetime) -> None:
        """This attempt is over: others may call the person. Nothing happens if another does already."""
        ...


class Running(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    """By people; goes on when they say so."""
    STOPPED = "stopped"
    """By itself; goes on when people say so."""
    CANCELLED = "cancelled"
    """For good: its chains end."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a campaign runs, since when, and who said so and why."""

    running: Running = Running.RUNNING
    by: str = ""
    why: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What a campaign has used up in one day (UTC)."""

    calls: int = 0
    texts: int = 0
    cents: int = 0


class CampaignRuns(Protocol):
    def standing(self, campaign: str) -> Standing:
        """Consistently read; running, if nobody has ever said anything."""
        ...

    def set_standing(self, campaign: str, standing: Standing) -> bool:
        """False, and nothing changed, for a campaign that was cancelled, or if one that runs no more would stop."""
        ...

    def day(self, campaign: str, at: datetime) -> Day:
        """Consistently read."""
        ...

    def tally(self, campaign: str, since: datetime, now: datetime) -> Tally:
        """What the calls came to that ended since then, by the minute."""
        ...


class LinePace(Protocol):
    """What all workers together do with one line. Nobody waits here: a time is given."""

    def take_slot(self, line: str, now: datetime, *, per_second: float) -> datetime:
        """The next slot that is free, taken: begin a call then, and not before."""
        ...

    def take_line(self, line: str, holder: str, now: datetime, until: datetime, *, concurrent: int) -> bool:
        """Use one of the line's channels until then at most; the same holder again keeps it. False if none is free."""
        ...

    def free_line(self, line: str, holder: str) -> None:
        """The holder needs it no more; nothing happens if it has none."""
        ...
