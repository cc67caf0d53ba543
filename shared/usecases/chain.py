"""A chain is looked after: what comes next is decided from its row, written conditionally, and only then done.

Whoever waits (Step Functions) knows nothing of it but the next step, a small dict:

    {"chain": id, "version": 7, "do": "wait", "until": "2026-11-23T14:00:00+00:00", "wait_s": 3600, "why": "..."}
    {"chain": id, "version": 7, "do": "call", "attempt": "reminder-4f2a.1"}        then `chain_call.call`
    {"chain": id, "version": 7, "do": "reconcile", "attempt": "reminder-4f2a.1"}   then `chain_call.reconcile`
    {"chain": id, "version": 7, "do": "text", "text": "confirmation"}              then `chain_text.send`
    {"chain": id, "version": 7, "do": "over", "ended": "done"}                     then `chain_finish.finish`

`call`, `reconcile` and `send` answer with such a dict too. Every one of these may be done twice, by several at once, or
be left half done: the rows say what has been done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.core.campaign import Campaign
from shared.core.chain import Chain
from shared.core.chain_events import Answer
from shared.core.events import JsonValue
from shared.core.rules.person import Channel, Person
from shared.ports import EventBus
from shared.ports.campaigns import AttemptStore, CampaignRuns, ChainStore, LinePace
from shared.ports.ledger import Ledger

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


class NoSuchChain(LookupError):
    """There is none of that name."""


def decide(outreach: Outreach, bus: EventBus, chain_id: str) -> StepDocument:
    """What comes next for this chain; what attempts came to is told to the bus. Raises NoSuchChain, ProviderError."""
    raise NotImplementedError


def keep_token(outreach: Outreach, chain_id: str, token: str, *, version: int) -> bool:
    """Wake this task when the chain is no longer at the `version` of the step it waits for.

    False if that is so already: then wake it at once.
    """
    return outreach.chains.keep_token(chain_id, token, version=version)


def to_wake(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> str:
    """The token of the task to be woken, by the images of a row of the table's stream; empty if there is none."""
    changed = before.get("version") != after.get("version")
    return str(after.get("token", "")) if changed and after.get("sk") == "state" else ""
