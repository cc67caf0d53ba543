"""A chain is over: its result is told to the company's systems, and people get to do what is left.

First it is told, then the row says so. Whoever dies between the two tells it again, under the same id.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.campaign import Campaign, filled
from shared.core.chain import Chain
from shared.core.chain_events import Ended, Finished, Published
from shared.core.events import JsonValue
from shared.core.occasion import CALLBACK_DUE
from shared.ports import BusinessEvent, EventBus, FollowUpKind, FollowUps
from shared.ports.campaigns import Attempt, KeptChain
from shared.usecases.chain import TRIES, Contended, Outreach

ATTEMPT_COMPLETED = "attempt.completed"
CHAIN_COMPLETED = "chain.completed"
VERSION = 1
CALL_BACKS = f"{CALLBACK_DUE.partition('.')[0]}#"
"""What chains are about that the queue of calls back has an entry for."""

log = logging.getLogger(__name__)


def finish(outreach: Outreach, bus: EventBus, follow_ups: FollowUps, chain_id: str) -> bool:
    """Publish what has not been, and queue the follow-up; False if it all was before, or the chain is not over.

    Raises NoSuchChain, ProviderError; then do it again.
    """
    kept = outreach.kept(chain_id)
    chain = kept.chain
    if chain.live or chain.finished:
        return False
    campaign = outreach.campaign(chain.campaign)
    outreach.pace.free_line(campaign.line, str(AttemptKey(chain_id, chain.attempts + 1)))
    attempts = outreach.attempts.attempts(chain_id)
    publish_attempts(outreach, bus, kept)
    bus.publish(_chain_completed(chain, attempts[-1] if attempts else None))
    _follow_up(follow_ups, chain, campaign, attempts[-1].call_sid if attempts else "")
    if chain.about.startswith(CALL_BACKS):
        follow_ups.called_back(chain.number, done=chain.disposition in (Disposition.REACHED, Disposition.OPTED_OUT))
    for _ in range(TRIES):
        if outreach.after(outreach.kept(chain_id), Finished()) is not None:
            log.info("chain_finished", extra={"chain": chain_id, "outcome": str(chain.ended)})
            return True
    raise Contended("the chain is written by others again and again")


def publish_attempts(outreach: Outreach, bus: EventBus, kept: KeptChain) -> None:
    """Tell what each attempt has come to, unless that was told. Raises ProviderError."""
    chain = kept.chain
    untold = [one for one in outreach.attempts.attempts(chain.id) if one.key.number > chain.published and one.outcome]
    for attempt in untold:
        if attempt.outcome is not None:
            bus.publish(_attempt_completed(chain, attempt, attempt.outcome))
    if untold:
        outreach.after(kept, Published(untold[-1].key.number))  # if another writes first, it is told once more


def _attempt_completed(chain: Chain, attempt: Attempt, outcome: Outcome) -> BusinessEvent:
    at = attempt.ended_at or attempt.claimed_at
    detail: dict[str, JsonValue] = {
        **_about(chain, f"{attempt.key}:{ATTEMPT_COMPLETED}", at),
        "attempt": attempt.key.number,
        "called": attempt.to,
        "call_sid": outcome.call_sid or attempt.call_sid,
        "disposition": str(outcome.disposition),
        "result": outcome.result,
        "details": dict(outcome.details),
        "talked_s": outcome.talked_s,
    }
    return BusinessEvent(ATTEMPT_COMPLETED, at, detail)


def _chain_completed(chain: Chain, last: Attempt | None) -> BusinessEvent:
    at = datetime.fromtimestamp(chain.over_ms / 1_000, UTC)
    details: Mapping[str, str] = last.outcome.details if last is not None and last.outcome is not None else {}
    detail: dict[str, JsonValue] = {
        **_about(chain, f"{chain.id}:{CHAIN_COMPLETED}", at),
        "ended": str(chain.ended or Ended.FAILED),
        "why": chain.why,
        "disposition": chain.disposition or None,
        "result": chain.result,
        "details": dict(details),
        "attempts": chain.attempts - chain.not_dialled,
    }
    return BusinessEvent(CHAIN_COMPLETED, at, detail)


def _about(chain: Chain, event_id: str, at: datetime) -> dict[str, JsonValue]:
    return {
        "version": VERSION,
        "id": event_id,
        "chain": chain.id,
        "campaign": chain.campaign,
        "event_id": chain.event,
        "reference": chain.about.partition("#")[2],
        "called": chain.number,
        "ended_at": at.astimezone(UTC).isoformat(timespec="milliseconds"),
    }


def _follow_up(follow_ups: FollowUps, chain: Chain, campaign: Campaign, call_sid: str) -> None:
    """What people have to do: by the result, else how the last call went, else how the chain ended."""
    todo = campaign.follow_up
    about = next((todo[key] for key in (chain.result, chain.disposition, str(chain.ended)) if key in todo), "")
    if about:
        at = datetime.fromtimestamp(chain.over_ms / 1_000, UTC)
        follow_ups.add(
            FollowUpKind.TASK, call_sid, filled(about, chain.facts, campaign.language), at, number=chain.number
        )
