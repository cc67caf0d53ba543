"""Whether a chain may call or text now, by everything that may stand against it; the strictest counts.

The calling rules are asked last, with the person's file in hand: theirs is the answer if nothing of our own is.
"""

from datetime import datetime, timedelta
from typing import Final

from shared.core.campaign import Campaign
from shared.core.chain import Chain
from shared.core.chain_events import Answer, Phase
from shared.core.rules.person import Channel, Person
from shared.core.rules.question import Verdict
from shared.ports.campaigns import Running
from shared.usecases.chain import Outreach, ms

CAMPAIGN_RULE: Final = "chain.campaign"
"""That a campaign which does not run calls nobody."""
LOOK_AGAIN: Final = timedelta(minutes=15)
"""After which a chain looks whether its campaign runs again."""
TALK_OVER: Final = timedelta(minutes=2)
"""After which it looks whether somebody's other call has ended."""

NEWEST: Final = 10
"""Of a person's chains so many are looked at."""


def answer(outreach: Outreach, chain: Chain, channel: Channel, person: Person) -> Answer:
    """NOW only if nothing at all stands against it. Raises ProviderError."""
    now = outreach.now()
    campaign = outreach.campaign(chain.campaign)
    return (
        _campaign_stands_against(outreach, campaign, channel, now)
        or (_others_stand_against(outreach, chain, campaign, person, now) if channel is Channel.CALL else None)
        or outreach.rules(chain, campaign, channel, person, now)
    )


def later(rule: str, why: str, until: datetime) -> Answer:
    return Answer(Verdict.LATER, rule, why, ms(until))


def _campaign_stands_against(outreach: Outreach, campaign: Campaign, channel: Channel, now: datetime) -> Answer | None:
    standing = outreach.runs.standing(campaign.name)
    if standing.running is not Running.RUNNING:
        return later(CAMPAIGN_RULE, f"the campaign is {standing.running}", now + LOOK_AGAIN)
    used, ceilings = outreach.runs.day(campaign.name, now), campaign.ceilings
    cents = ceilings.call_cents if channel is Channel.CALL else ceilings.text_cents
    if (channel is Channel.SMS or used.calls < ceilings.calls) and used.cents + cents <= ceilings.cents:
        return None
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return later("chain.ceiling", "the campaign has used up its day", tomorrow)


def _others_stand_against(
    outreach: Outreach, chain: Chain, campaign: Campaign, person: Person, now: datetime
) -> Answer | None:
    """Somebody talks with the person about something else, did so just now, or is about to with more right."""
    phone = outreach.attempts.on_the_phone(chain.number)
    if phone.attempt and phone.until is not None and phone.until > now:
        return later("chain.on-the-phone", "they are being called about something else", now + TALK_OVER)
    apart = timedelta(milliseconds=campaign.attempts.apart_ms)
    if phone.last_at is not None and phone.last_chain != chain.id and phone.last_at + apart > now:
        return later("chain.apart", "they were called about something else just now", phone.last_at + apart)
    called_us = max((contact.at for contact in person.contacts if contact.inbound and contact.talked), default=None)
    if called_us is not None and called_us + apart > now:
        return later("chain.apart", "they called us just now", called_us + apart)
    for other_id in outreach.chains.chains_of(chain.number)[:NEWEST]:
        other = None if other_id == chain.id else outreach.chains.chain(other_id)
        if other is not None and _goes_first(outreach, other.chain, campaign, now + apart):
            return later("chain.priority", "another call to them comes first", now + LOOK_AGAIN)
    return None


def _goes_first(outreach: Outreach, other: Chain, campaign: Campaign, soon: datetime) -> bool:
    waits = other.phase is Phase.WAITING and other.ended is None and other.due_ms <= ms(soon)
    return (
        waits
        and outreach.campaign(other.campaign).priority > campaign.priority
        and outreach.runs.standing(other.campaign).running is Running.RUNNING
    )
