"""A chain is looked after: what comes next is decided from its row, written conditionally, and only then done.

Whoever waits (Step Functions) knows nothing of it but the next step, a small dict:

    {"chain": id, "version": 7, "do": "wait", "until": "2026-11-23T14:00:00+00:00", "wait_s": 3600, "why": "...",
     "calling": false}
                                                                                   then `chain_decide.decide`
    {"chain": id, "version": 7, "do": "call", "attempt": "reminder-4f2a.1"}        then `chain_call.call`
    {"chain": id, "version": 7, "do": "reconcile", "attempt": "reminder-4f2a.1"}   then `chain_reconcile.reconcile`
    {"chain": id, "version": 7, "do": "text", "text": "confirmation"}              then `chain_text.send`
    {"chain": id, "version": 7, "do": "over", "ended": "done"}                     then `chain_finish.finish`

`call`, `reconcile` and `send` answer with such a dict too. Every one of these may be done twice, by several at once, or
be left half done: the rows say what has been done.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, assert_never

from shared.core.attempt import AttemptKey
from shared.core.campaign import Attempts, Campaign, Ceilings, Pace, Stop, When
from shared.core.chain import Chain
from shared.core.chain_events import Answer, Call, Event, Looked, Over, Phase, Reconcile, Step, Text, Wait
from shared.core.events import JsonValue
from shared.core.rules.person import Channel, Person, Purpose
from shared.ports import Unavailable
from shared.ports.campaigns import AttemptStore, CampaignRuns, ChainStore, KeptChain, LinePace
from shared.ports.ledger import Ledger

TRIES: Final = 10
"""To change a row that others change as well."""

log = logging.getLogger(__name__)

type StepDocument = dict[str, JsonValue]
type AskRules = Callable[[Chain, Campaign, Channel, Person, datetime], Answer]
"""What the calling rules say to calling (or texting) the chain's person now, with what is on file about them."""


@dataclass(frozen=True, slots=True)
class Outreach:
    """What chains are carried out with."""

    chains: ChainStore
    attempts: AttemptStore
    runs: CampaignRuns
    pace: LinePace
    ledger: Ledger
    rules: AskRules
    campaigns: Mapping[str, Campaign]
    """By name."""
    now: Callable[[], datetime]

    def kept(self, chain_id: str) -> KeptChain:
        """The chain as it stands. Raises NoSuchChain."""
        kept = self.chains.chain(chain_id)
        if kept is None:
            raise NoSuchChain(chain_id)
        return kept

    def campaign(self, name: str) -> Campaign:
        """The campaign of that name; one that allows nothing if there is none any more."""
        return self.campaigns.get(name) or replace(_GONE, name=name)

    def after(self, kept: KeptChain, event: Event) -> tuple[KeptChain, Step] | None:
        """The chain after this event, written, and what comes next; None if it was written by another meanwhile."""
        chain, step = kept.chain.after(event, self.campaign(kept.chain.campaign), ms(self.now()))
        if chain == kept.chain:
            return kept, step
        if not self.chains.save(chain, version=kept.version):
            return None
        return replace(kept, chain=chain, version=kept.version + 1), step


class NoSuchChain(LookupError):
    """There is none of that name."""


class Contended(Unavailable):
    """A row is written by others again and again."""


def keep_token(outreach: Outreach, chain_id: str, token: str, *, version: int, until: datetime | None = None) -> bool:
    """Wake this task when the chain is no longer at the `version` of the step it waits for; it waits `until` then.

    False if that is so already: then wake it at once.
    """
    return outreach.chains.keep_token(chain_id, token, version=version, until=until)


def to_wake(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> str:
    """The token of the task to be woken, by the images of a row of the table's stream; empty if there is none."""
    changed = before.get("version") != after.get("version")
    return str(after.get("token", "")) if changed and after.get("sk") == "state" else ""


def document(kept: KeptChain, step: Step, now: datetime) -> StepDocument:
    """A step as whoever waits is told it."""
    chain = kept.chain.id
    told: StepDocument = {"chain": chain, "version": kept.version}
    match step:
        case Wait(until_ms, why):
            until = datetime.fromtimestamp(until_ms / 1_000, UTC)
            wait_s = max(1, math.ceil((until - now).total_seconds()))
            calling = kept.chain.phase is Phase.CALLING
            return {**told, "do": "wait", "until": until.isoformat(), "wait_s": wait_s, "why": why, "calling": calling}
        case Call(attempt):
            return {**told, "do": "call", "attempt": str(AttemptKey(chain, attempt))}
        case Reconcile(attempt):
            return {**told, "do": "reconcile", "attempt": str(AttemptKey(chain, attempt))}
        case Text(name):
            return {**told, "do": "text", "text": name}
        case Over(ended):
            return {**told, "do": "over", "ended": str(ended)}
    assert_never(step)


def written(outreach: Outreach, kept: KeptChain, event: Event) -> StepDocument:
    """What comes next after this event; if another has written the chain meanwhile, it is decided anew."""
    after = outreach.after(kept, event)
    return look_again(outreach, kept) if after is None else document(*after, outreach.now())


def look_again(outreach: Outreach, kept: KeptChain) -> StepDocument:
    """Decide anew: at once, or when there may be something to decide."""
    now = outreach.now()
    _, step = kept.chain.after(Looked(), outreach.campaign(kept.chain.campaign), ms(now))
    return document(kept, step if isinstance(step, Wait) else Wait(ms(now), "something else has happened"), now)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1_000)


_GONE: Final = Campaign(
    name="",
    event="",
    purpose=Purpose.SERVICE,
    agent="",
    line="",
    attempts=Attempts(most=0),
    when=When(start_ms=None, until_ms=0),
    pace=Pace(per_second=1, concurrent=1),
    ceilings=Ceilings(calls=0, cents=0, call_cents=0),
    stop=Stop(window_ms=0, at_least=0),
    ends=frozenset(),
)
