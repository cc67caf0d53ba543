"""A text message of a chain: claimed, then sent at most once."""

from shared.ports.messages import Messages
from shared.usecases.chain import Outreach, StepDocument


def send(outreach: Outreach, messages: Messages, chain_id: str, text: str, *, status_url: str) -> StepDocument:
    """Claim this text and send it; what comes next. Raises NoSuchChain, ProviderError before anything was claimed."""
    raise NotImplementedError
