"""A text message of a chain: claimed, then sent at most once."""

import logging

from shared.core.campaign import Campaign, filled
from shared.core.chain_events import Looked, TextClaimed
from shared.core.rules.person import Channel, Person
from shared.core.rules.question import Verdict
from shared.ports import ProviderError, Refused, Throttled
from shared.ports.campaigns import Basis, Claim, KeptChain, SentText
from shared.ports.messages import Messages, TextMessage
from shared.usecases.chain import Outreach, StepDocument, look_again, ms, written
from shared.usecases.chain_answer import answer
from shared.usecases.chain_call import contact_of

log = logging.getLogger(__name__)


def send(outreach: Outreach, messages: Messages, chain_id: str, text: str, *, status_url: str) -> StepDocument:
    """Claim this text and send it; what comes next. Raises NoSuchChain; ProviderError while nothing was claimed."""
    kept = outreach.kept(chain_id)
    chain, now = kept.chain, outreach.now()
    if chain.asks(ms(now)) is not Channel.SMS or chain.text != text:
        return look_again(outreach, kept)
    person = outreach.ledger.person(chain.number)
    said = answer(outreach, chain, Channel.SMS, person)
    if said.verdict is not Verdict.NOW:
        return written(outreach, kept, Looked(said))
    campaign = outreach.campaign(chain.campaign)
    step = campaign.text(text)
    if step is None:  # the campaign's file has changed since
        return written(outreach, kept, TextClaimed(text))
    body = filled(step.body, chain.facts, campaign.language)
    order = TextMessage(to=chain.number, from_=campaign.line, body=body, status_url=status_url)
    claim, kept = _claimed(outreach, kept, campaign, person)
    if claim is Claim.CLAIMED:
        _send(outreach, messages, chain_id, text, order)
    return look_again(outreach, kept)


def _claimed(outreach: Outreach, kept: KeptChain, campaign: Campaign, person: Person) -> tuple[Claim, KeptChain]:
    chain, now = kept.chain, outreach.now()
    after, _ = chain.after(TextClaimed(chain.text), campaign, ms(now))
    text = SentText(chain.id, chain.text, campaign.name, chain.number, now, campaign.ceilings.text_cents)
    basis = Basis(kept.version, person.version, campaign.ceilings.calls, campaign.ceilings.cents)
    claim = outreach.attempts.claim_text(text, after, contact_of(chain, campaign, Channel.SMS, now), basis)
    return claim, KeptChain(after, kept.version + 1) if claim is Claim.CLAIMED else kept


def _send(outreach: Outreach, messages: Messages, chain_id: str, text: str, order: TextMessage) -> None:
    """Once. Whether a text whose answer was lost has gone out, nobody finds out: it is not sent again."""
    sid = error = ""
    try:
        sid = messages.send(order)
    except (Refused, Throttled) as refused:
        error = type(refused).__name__
    except ProviderError as lost:
        log.warning("text_ambiguous", extra={"chain": chain_id, "error": type(lost).__name__})
        return
    try:
        outreach.attempts.text_sent(chain_id, text, message_sid=sid, error=error)
    except ProviderError as lost:
        log.warning("text_not_noted", extra={"chain": chain_id, "error": type(lost).__name__})
