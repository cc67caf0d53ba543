"""Somebody does not want to be called again: whoever hears it puts it on file at once and for good, and nothing else.

From then on no attempt is claimed (`AttemptStore.claim_attempt`). The rest follows from the row, once, by whatever way
it was written.
"""

import hashlib
import logging
from datetime import UTC

from shared.core.rules.person import OptOut
from shared.ports import BusinessEvent, EventBus
from shared.ports.campaigns import ChainStore
from shared.ports.ledger import Ledger

OPT_OUT_RECORDED = "optout.recorded"
VERSION = 1

log = logging.getLogger(__name__)


def tell_opt_out(ledger: Ledger, chains: ChainStore, bus: EventBus, number: str) -> None:
    """Have the chains of somebody who has opted out end, and tell the company's systems (`optout.recorded`).

    Done once more, it tells the same event. Nothing for one who has not opted out. Raises ProviderError; then do it
    again.
    """
    kept = ledger.person(number).opt_out
    if kept is None:
        return
    for chain_id in chains.chains_of(number):
        chains.touch(chain_id)
    bus.publish(_recorded(number, kept))
    log.info("opted_out", extra={"called": number, "reason": "told"})


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
