"""Somebody does not want to be called again: known at once and for good, whatever else is under way.

The record is the first thing that is written; no attempt is claimed from then on (`AttemptStore.claim_attempt`).
"""

import hashlib
import logging
from datetime import UTC, datetime

from shared.core.rules.person import OptOut
from shared.ports import BusinessEvent, EventBus
from shared.ports.campaigns import ChainStore
from shared.ports.ledger import Ledger

OPT_OUT_RECORDED = "optout.recorded"
VERSION = 1

log = logging.getLogger(__name__)


def opt_out(ledger: Ledger, chains: ChainStore, bus: EventBus, number: str, how: str, proof: str, at: datetime) -> bool:
    """Record it, have the person's chains end, and tell the company's systems (`optout.recorded`).

    `how` is such as `said`, `key`, `text message`; `proof` is the call's or message's sid. False if it was known.
    Raises ProviderError; then do it again.
    """
    first = ledger.opt_out(number, OptOut(at, how, proof))
    kept = ledger.person(number).opt_out or OptOut(at, how, proof)
    for chain_id in chains.chains_of(number):
        chains.touch(chain_id)
    bus.publish(_recorded(number, kept))
    if first:
        log.info("opted_out", extra={"called": number, "reason": "recorded"})
    return first


def _recorded(number: str, kept: OptOut) -> BusinessEvent:
    """The same event however often it is made."""
    made_of = f"{number}\0{kept.at.isoformat()}"
    return BusinessEvent(
        OPT_OUT_RECORDED,
        kept.at,
        {
            "version": VERSION,
            "id": f"{hashlib.sha256(made_of.encode()).hexdigest()[:24]}:{OPT_OUT_RECORDED}",
            "called": number,
            "how": kept.how,
            "reference": kept.reference,
            "recorded_at": kept.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        },
    )
