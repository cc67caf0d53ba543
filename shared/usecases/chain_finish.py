"""A chain is over: its result is told to the company's systems, and people get to do what is left."""

from shared.ports import EventBus, FollowUps
from shared.usecases.chain import Outreach


def finish(outreach: Outreach, bus: EventBus, follow_ups: FollowUps, chain_id: str) -> bool:
    """Publish what has not been, and queue the follow-up; False if it all was before. Raises NoSuchChain,
    ProviderError; then do it again."""
    raise NotImplementedError
