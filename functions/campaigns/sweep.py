"""What the clock brings: chains that nobody waits for any more get another execution.

Their own was stopped by hand, has failed, or never began. A chain decides from its row alone, so that an execution too
many does no harm.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.adapters.dynamodb_live_chains import DynamoDbLiveChains
from shared.adapters.stepfunctions import StepFunctions

GRACE: Final = timedelta(minutes=15)
"""More than a step and its first tries take."""
MOST: Final = 500
"""Executions begun at a time; the next sweep goes on with the rest."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweeping:
    """What is swept, and with what."""

    campaigns: Iterable[str]
    chains: DynamoDbLiveChains
    executions: StepFunctions


def sweep(deps: Sweeping, now: datetime) -> None:
    """Begin one execution an hour, at most, for each chain that is left. Raises ProviderError."""
    begun = 0
    for campaign in deps.campaigns:
        for chain in deps.chains.left(campaign, now - GRACE):
            begun += deps.executions.start(f"{chain}-{now:%Y%m%d%H}", {"chain": chain})
            if begun == MOST:
                break
    if begun:
        log.warning("chains_begun_anew", extra={"calls": begun})
