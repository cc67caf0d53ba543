"""What the clock brings: chains that nobody waits for any more get another execution.

Their own was stopped by hand, has failed, or never began. A chain decides from its row alone, so that an execution too
many does no harm.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, Protocol

from shared.ports.executions import Executions

GRACE: Final = timedelta(minutes=15)
"""More than a step and its first tries take."""
MOST: Final = 500
"""Executions begun at a time; the next sweep goes on with the rest."""

log = logging.getLogger(__name__)


class LeftChains(Protocol):
    def left(self, campaign: str, before: datetime) -> Iterable[str]:
        """Ids of the chains for which somebody waited until `before` at the latest. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Sweeping:
    """What is swept, and with what."""

    campaigns: Iterable[str]
    chains: LeftChains
    executions: Executions


def sweep(deps: Sweeping, now: datetime) -> None:
    """Begin one execution an hour, at most, for each chain that is left. Raises ProviderError."""
    left = chain.from_iterable(deps.chains.left(campaign, now - GRACE) for campaign in deps.campaigns)
    begun = 0
    for name in left:
        begun += deps.executions.start(f"{name}-{now:%Y%m%d%H}", {"chain": name})
        if begun == MOST:
            break
    if begun:
        log.warning("chains_begun_anew", extra={"calls": begun})
