"""People pause a campaign, let it go on, or cancel it: no attempt is claimed against their word from that moment on."""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from shared.ports.campaigns import CampaignRuns, ChainStore, Running, Standing
from shared.usecases.chain import TRIES, ms
from shared.usecases.chain_answer import LOOK_AGAIN

log = logging.getLogger(__name__)

type LeftUntil = Callable[[str, datetime], Iterable[str]]
"""The chains of a campaign that are looked after by then at the latest (`DynamoDbLiveChains.left`)."""

_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


def pause(runs: CampaignRuns, campaign: str, by: str, why: str, now: datetime) -> bool:
    """Nobody is called until it is resumed; calls under way go on. False if it was cancelled. Raises ProviderError."""
    return _said(runs, campaign, Standing(Running.PAUSED, by, why, now))


def resume(
    runs: CampaignRuns, chains: ChainStore, left: LeftUntil, campaign: str, by: str, why: str, now: datetime
) -> bool:
    """It goes on at once, also after it has stopped by itself; only calls that end from now on are judged.

    False if it was cancelled. Raises ProviderError.
    """
    if not _said(runs, campaign, Standing(Running.RUNNING, by, why, now)):
        return False
    for name in left(campaign, now + LOOK_AGAIN + LOOK_AGAIN):
        _resumed(chains, name, now)
    return True


def cancel(
    runs: CampaignRuns, chains: ChainStore, left: LeftUntil, campaign: str, by: str, why: str, now: datetime
) -> bool:
    """Its chains end, for good; calls under way go on to their end. False if it was before. Raises ProviderError."""
    first = _said(runs, campaign, Standing(Running.CANCELLED, by, why, now))
    for chain in left(campaign, _FOR_EVER):
        chains.touch(chain)
    return first


def _resumed(chains: ChainStore, name: str, now: datetime) -> None:
    for _ in range(TRIES):
        kept = chains.chain(name)
        resumed = None if kept is None else kept.chain.resumed(ms(now))
        if kept is None or resumed is None or resumed == kept.chain or chains.save(resumed, version=kept.version):
            return


def _said(runs: CampaignRuns, campaign: str, standing: Standing) -> bool:
    said = runs.set_standing(campaign, standing)
    if said:
        log.info("campaign_standing", extra={"campaign": campaign, "state": str(standing.running)})
    return said
