"""An attempt: claimed, and dialled once. Nothing here ever dials an attempt a second time.

Whoever has claimed an attempt is the only one who dials it, and does so at once or never. If it dies before, or the
carrier's answer is lost, the attempt has no call: it is left alone until an order given then would be known to the
carrier, who is then asked by number and time.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.campaign import Campaign
from shared.core.chain import LONGEST_MS, SLOT_GOOD_MS, Chain
from shared.core.chain_events import Answer, Claimed, Event, Looked, Slotted
from shared.core.rules.person import Channel, Contact, Person, Purpose
from shared.core.rules.question import Verdict
from shared.ports import ProviderError, Refused, Throttled
from shared.ports.campaigns import Attempt, AttemptStore, Basis, Claim, KeptChain
from shared.ports.outbound import CallOrder, NumberRefused, Outbound
from shared.usecases.chain import Outreach, StepDocument, look_again, ms, written
from shared.usecases.chain_answer import TALK_OVER, answer, later

DIAL_WITHIN: Final = timedelta(seconds=20)
"""Of its claim an attempt is dialled, or not at all: far less than `chain.OVERDUE_MS`."""
LINE_FREE: Final = timedelta(seconds=20)
"""After which a chain looks whether one of the line's channels is free."""
LONGEST: Final = timedelta(milliseconds=LONGEST_MS)

log = logging.getLogger(__name__)

type Orders = Callable[[Attempt], CallOrder]
"""How an attempt is ordered at the carrier: its URLs name the attempt's key."""


def call(outreach: Outreach, outbound: Outbound, orders: Orders, key: AttemptKey) -> StepDocument:
    """Claim this attempt, if it is still right to make it now, and dial; what comes next, which mostly is to wait for
    the outcome. Raises NoSuchChain; ProviderError as long as nothing was claimed."""
    kept = outreach.kept(key.chain)
    chain, now = kept.chain, outreach.now()
    if key.number != chain.attempts + 1 or chain.asks(ms(now)) is not Channel.CALL:
        return look_again(outreach, kept)
    person = outreach.ledger.person(chain.number)
    said = answer(outreach, chain, Channel.CALL, person)
    event = _not_now(outreach, kept, key, said)
    if event is not None:
        return written(outreach, kept, event)
    attempt = _attempt(outreach, chain, key, said)
    order = orders(attempt)
    claim, kept = _claimed(outreach, kept, attempt, person)
    if claim is not Claim.CLAIMED:
        outreach.pace.free_line(attempt.line, str(key))
        return _refused(outreach, kept, claim)
    _dial(outreach, outbound, attempt, order)
    return look_again(outreach, kept)


def attempt_ended(attempts: AttemptStore, key: AttemptKey, outcome: Outcome, at: datetime) -> bool:
    """An attempt has come to its end: whoever knows it says so, at least once; the first outcome counts.

    False if it was known, or there is no such attempt. The chain goes on by itself. Raises ProviderError; then say it
    again.
    """
    first = attempts.ended(key, outcome, at)
    if first:
        about = {"chain": key.chain, "attempt": key.number, "outcome": str(outcome.disposition)}
        log.info("attempt_ended", extra=about)
    return first


def _not_now(outreach: Outreach, kept: KeptChain, key: AttemptKey, said: Answer) -> Event | None:
    """Why the call has to wait: the rules, the line's next slot, or its channels; None if it may begin now."""
    if said.verdict is not Verdict.NOW:
        return Looked(said)
    now, campaign = outreach.now(), outreach.campaign(kept.chain.campaign)
    slot_ms = kept.chain.slot_ms
    if not slot_ms <= ms(now) <= slot_ms + SLOT_GOOD_MS:
        slot = outreach.pace.take_slot(campaign.line, now, per_second=campaign.pace.per_second)
        if slot > now:
            return Slotted(ms(slot) + 1)
    concurrent = campaign.pace.concurrent
    if outreach.pace.take_line(campaign.line, str(key), now, now + LONGEST, concurrent=concurrent):
        return None
    return Looked(later("chain.line", "all channels of the line are in use", now + LINE_FREE))


def _attempt(outreach: Outreach, chain: Chain, key: AttemptKey, said: Answer) -> Attempt:
    campaign = outreach.campaign(chain.campaign)
    return Attempt(
        key=key,
        campaign=campaign.name,
        to=chain.number,
        line=campaign.line,
        claimed_at=outreach.now(),
        leave_message=chain.leaves_message(campaign),
        answer=said,
        cents=campaign.ceilings.call_cents,
        facts=chain.facts,
    )


def _claimed(outreach: Outreach, kept: KeptChain, attempt: Attempt, person: Person) -> tuple[Claim, KeptChain]:
    """Whether this process has it now, and the chain as it is then."""
    campaign = outreach.campaign(attempt.campaign)
    chain, _ = kept.chain.after(Claimed(attempt.key.number), campaign, ms(attempt.claimed_at))
    if chain == kept.chain:
        return Claim.CHANGED, kept
    basis = Basis(kept.version, person.version, campaign.ceilings.calls, campaign.ceilings.cents)
    contact = contact_of(kept.chain, campaign, Channel.CALL, attempt.claimed_at)
    until = attempt.claimed_at + LONGEST
    claim = outreach.attempts.claim_attempt(attempt, chain, contact, basis, until)
    return claim, KeptChain(chain, kept.version + 1) if claim is Claim.CLAIMED else kept


def contact_of(chain: Chain, campaign: Campaign, channel: Channel, at: datetime) -> Contact:
    """What goes on file about the person, whatever comes of it."""
    return Contact(at, channel, campaign=campaign.name, debt=debt_of(chain, campaign))


def debt_of(chain: Chain, campaign: Campaign) -> str:
    """The debt it is about, for a collection."""
    return chain.about if campaign.purpose is Purpose.COLLECTION else ""


def _refused(outreach: Outreach, kept: KeptChain, claim: Claim) -> StepDocument:
    if claim is Claim.ON_THE_PHONE:
        until = outreach.now() + TALK_OVER
        said = later("chain.on-the-phone", "they are being called about something else", until)
        return written(outreach, kept, Looked(said))
    log.info("attempt_not_claimed", extra={"chain": kept.chain.id, "reason": str(claim)})
    return look_again(outreach, kept)


def _dial(outreach: Outreach, outbound: Outbound, attempt: Attempt, order: CallOrder) -> None:
    """Once. What cannot be written down afterwards is found out by asking the carrier."""
    about = {"chain": attempt.key.chain, "attempt": attempt.key.number}
    try:
        placed = _placed(outreach, outbound, attempt, order)
    except ProviderError as error:
        log.warning("attempt_ambiguous", extra={**about, "error": type(error).__name__})
        return
    try:
        if isinstance(placed, Disposition):
            attempt_ended(outreach.attempts, attempt.key, Outcome(placed), outreach.now())
        else:
            outreach.attempts.placed(attempt.key, placed)
            log.info("attempt_dialled", extra={**about, "call_sid": placed})
    except ProviderError as error:
        log.warning("attempt_not_noted", extra={**about, "error": type(error).__name__})


def _placed(outreach: Outreach, outbound: Outbound, attempt: Attempt, order: CallOrder) -> str | Disposition:
    """The call's sid, or why surely nobody was dialled. Raises ProviderError when nobody knows."""
    if outreach.now() > attempt.claimed_at + DIAL_WITHIN:
        return Disposition.NOT_DIALLED
    try:
        return outbound.place(order)
    except NumberRefused:
        return Disposition.UNREACHABLE
    except (Refused, Throttled):
        return Disposition.NOT_DIALLED
