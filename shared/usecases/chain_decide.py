"""What comes next for a chain: whatever its rows, the person's file and the clock say."""

import logging
from datetime import timedelta
from typing import Final

from shared.core.attempt import AttemptKey
from shared.core.campaign_health import reason_to_stop
from shared.core.chain import Chain
from shared.core.chain_events import CalledOff, Ended, Event, Freed, Looked, OutcomeOf, Phase, Wait
from shared.ports import EventBus, ProviderError
from shared.ports.campaigns import Attempt, KeptChain, Running, Standing
from shared.usecases.chain import TRIES, Contended, Outreach, StepDocument, document, ms
from shared.usecases.chain_answer import CAMPAIGN_RULE, answer
from shared.usecases.chain_finish import publish_attempts

OPTED_OUT: Final = "opted-out"
CAMPAIGN: Final = "campaign"
ITSELF: Final = "switchboard"
"""Who stops a campaign that is stopped by nobody else."""

log = logging.getLogger(__name__)


def decide(outreach: Outreach, bus: EventBus, chain_id: str) -> StepDocument:
    """What comes next for this chain; what attempts came to is told to the bus. Raises NoSuchChain, ProviderError."""
    for _ in range(TRIES):
        kept = outreach.kept(chain_id)
        event = _happened(outreach, kept.chain)
        if isinstance(event, OutcomeOf):
            _let_go(outreach, AttemptKey(chain_id, event.attempt))
        after = outreach.after(kept, event)
        if after is None:
            continue
        kept, step = after
        if isinstance(event, OutcomeOf):
            _tell(outreach, bus, kept)
        elif not isinstance(step, Wait) or step.until_ms > ms(outreach.now()):
            return document(kept, step, outreach.now())
    raise Contended("the chain is written by others again and again")


def _happened(outreach: Outreach, chain: Chain) -> Event:
    """What the chain does not know yet; that somebody looks, if there is nothing."""
    if chain.phase is Phase.CALLING:
        attempt = outreach.attempts.attempt(AttemptKey(chain.id, chain.attempts))
        if attempt is not None and attempt.outcome is not None:
            return OutcomeOf(chain.attempts, attempt.outcome)
    if not chain.live:
        return Looked()
    if chain.campaign not in outreach.campaigns:
        return CalledOff(Ended.FAILED, CAMPAIGN)
    running = outreach.runs.standing(chain.campaign).running
    if running is Running.CANCELLED:
        return CalledOff(Ended.CANCELLED, CAMPAIGN)
    if outreach.ledger.person(chain.number).opt_out is not None:
        return CalledOff(Ended.FORBIDDEN, OPTED_OUT)
    if running is Running.RUNNING and chain.held_up_by(CAMPAIGN_RULE, ms(outreach.now())):
        return Freed()
    return _looked(outreach, chain)


def _looked(outreach: Outreach, chain: Chain) -> Looked:
    channel = chain.asks(ms(outreach.now()))
    if channel is None:
        return Looked()
    return Looked(answer(outreach, chain, channel, outreach.ledger.person(chain.number)))


def _let_go(outreach: Outreach, key: AttemptKey) -> None:
    """Of the line and the person, who may be called by others; and see whether the campaign may go on."""
    attempt = outreach.attempts.attempt(key)
    if attempt is None:
        return
    now = outreach.now()
    outreach.pace.free_line(attempt.line, str(key))
    outreach.attempts.off_the_phone(attempt.to, key, attempt.ended_at or now)
    _watch(outreach, attempt)


def _watch(outreach: Outreach, attempt: Attempt) -> None:
    """Stop a campaign that does harm, or reaches nobody."""
    campaign = outreach.campaigns.get(attempt.campaign)
    standing = outreach.runs.standing(attempt.campaign)
    if campaign is None or standing.running is not Running.RUNNING:
        return
    now = outreach.now()
    since = now - timedelta(milliseconds=campaign.stop.window_ms)
    since = max(since, standing.since) if standing.since is not None else since
    why = reason_to_stop(outreach.runs.tally(campaign.name, since, now), campaign.stop)
    if why and outreach.runs.set_standing(campaign.name, Standing(Running.STOPPED, ITSELF, why, now)):
        log.error("campaign_stopped", extra={"campaign": campaign.name})


def _tell(outreach: Outreach, bus: EventBus, kept: KeptChain) -> None:
    """A bus that takes nothing now holds nobody up: what was not told is told at the next look, or at the end."""
    try:
        publish_attempts(outreach, bus, kept)
    except ProviderError as error:
        log.warning("attempt_not_published", extra={"chain": kept.chain.id, "error": type(error).__name__})
