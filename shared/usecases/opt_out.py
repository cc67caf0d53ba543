"""Somebody does not want to be called again: known at once and for good, whatever else is under way."""

from datetime import datetime

from shared.ports import EventBus
from shared.ports.campaigns import ChainStore
from shared.ports.ledger import Ledger


def opt_out(ledger: Ledger, chains: ChainStore, bus: EventBus, number: str, how: str, proof: str, at: datetime) -> bool:
    """Record it, end the person's chains, and tell the company's systems (`optout.recorded`).

    `how` is such as `said`, `key`, `text message`; `proof` is the call's or message's sid. False if it was known.
    Raises ProviderError; then do it again.
    """
    raise NotImplementedError
