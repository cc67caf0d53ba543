"""A company's own system tells that something has happened: a chain begins, goes by newer facts, or ends.

Events come twice and in any order. A chain is named by its campaign and the id of the event that begins it, so that it
begins once; what ends or changes a thing is kept beside it, so that it counts even for a chain that begins later.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from shared.core.campaign import Campaign
from shared.core.chain import Chain
from shared.core.chain_events import CalledOff, Changed, Ended, Event
from shared.core.occasion import Occasion, Tells
from shared.core.rules.person import Consent, ConsentKind
from shared.ports.campaigns import Reference
from shared.usecases.chain import TRIES, Contended, Outreach, ms

log = logging.getLogger(__name__)


class Unacceptable(ValueError):
    """Nothing can be done about this event, however often it is delivered. The message says why."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an event came to. A delivery once more comes to the same."""

    chain: str = ""
    """The chain it began, which is also the name of its execution; empty if it began none."""
    start: bool = False
    """Whether an execution of that name has to be there: start it, unless it has been."""


def accept(outreach: Outreach, kind: str, detail: Mapping[str, Any], at: datetime) -> Accepted:
    """Take in an event that keeps to its schema (`kind` is its detail-type, `at` its time). Raises Unacceptable,
    ProviderError."""
    try:
        occasion = Occasion.read(kind, detail, at)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unacceptable(f"the event keeps to no schema: {error}") from None
    match occasion.tells:
        case Tells.BEGINS:
            return _begin(outreach, occasion)
        case Tells.CHANGES:
            _changed(outreach, occasion)
        case Tells.ENDS:
            _ended(outreach, occasion)
        case _:
            assert_never(occasion.tells)
    return Accepted()


def chain_id(campaign: str, event: str) -> str:
    """The name of the chain that an event begins: lower-case letters, digits and hyphens."""
    return f"{campaign.replace('_', '-')}-{hashlib.sha256(event.encode()).hexdigest()[:20]}"


def _begin(outreach: Outreach, occasion: Occasion) -> Accepted:
    campaign = _campaign(outreach, occasion)
    if missing := [fact for fact in campaign.facts if not occasion.facts.get(fact)]:
        raise Unacceptable(f"the campaign {campaign.name} needs {', '.join(missing)}; tell it in the event")
    name = chain_id(campaign.name, occasion.id)
    _consents(outreach, occasion, campaign)
    for _ in range(TRIES):
        if (known := outreach.chains.chain(name)) is not None:
            return Accepted(name, start=not known.chain.finished)
        reference = outreach.chains.reference(occasion.about)
        named = reference.chains.get(campaign.name, "")
        newest = outreach.chains.chain(named) if named else None
        if newest is not None and newest.chain.as_of_ms >= ms(occasion.at):
            return Accepted()  # it was taken in already
        if newest is not None and newest.chain.live and newest.chain.ended is None:
            if newest.chain.number == occasion.number:
                _tell(outreach, newest.chain.id, _change(occasion))
                return Accepted()
            _tell(outreach, newest.chain.id, CalledOff(Ended.STOPPED, occasion.kind))  # it called the wrong number
            continue
        chain = _as_is_known(Chain.begin(name, occasion, campaign, ms(outreach.now())), reference, campaign, outreach)
        if outreach.chains.open_chain(chain, replace(reference, chains={**reference.chains, campaign.name: name})):
            log.info("chain_begun", extra={"chain": name, "campaign": campaign.name})
            return Accepted(name, start=True)
    raise Contended("the reference is written by others again and again")


def _campaign(outreach: Outreach, occasion: Occasion) -> Campaign:
    """The one that begins with such an event."""
    begin = {name: campaign for name, campaign in outreach.campaigns.items() if campaign.event == occasion.kind}
    if occasion.campaign:
        begin = {name: campaign for name, campaign in begin.items() if name == occasion.campaign}
    elif occasion.agent:
        begin = {name: campaign for name, campaign in begin.items() if campaign.agent == occasion.agent}
    if len(begin) != 1:
        named = f"`{occasion.campaign}`" if occasion.campaign else ", ".join(sorted(begin)) or "none"
        raise Unacceptable(f"{occasion.kind} is for one campaign, not {named}; name it in `campaign`")
    return next(iter(begin.values()))


def _consents(outreach: Outreach, occasion: Occasion, campaign: Campaign) -> None:
    agreed = occasion.consent
    if agreed is not None:
        purposes = frozenset({campaign.purpose})
        consent = Consent(ConsentKind(agreed.kind), purposes, agreed.given_at, agreed.how, agreed.reference)
        outreach.ledger.add_consent(occasion.number, consent)


def _as_is_known(chain: Chain, reference: Reference, campaign: Campaign, outreach: Outreach) -> Chain:
    """With what was told of the thing later than what begins the chain, but came before it."""
    now_ms = ms(outreach.now())
    if reference.changed is not None:
        chain, _ = chain.after(reference.changed, campaign, now_ms)
    if reference.ended_by and reference.ended_ms >= chain.as_of_ms:
        chain, _ = chain.after(CalledOff(Ended.STOPPED, reference.ended_by), campaign, now_ms)
    return chain


def _changed(outreach: Outreach, occasion: Occasion) -> None:
    change = _change(occasion)

    def newer(reference: Reference) -> Reference:
        known = reference.changed
        stale = known is not None and known.as_of_ms >= change.as_of_ms
        return reference if stale else replace(reference, changed=change)

    for name in _noted(outreach, occasion.about, newer).chains.values():
        _tell(outreach, name, change)


def _ended(outreach: Outreach, occasion: Occasion) -> None:
    at_ms = ms(occasion.at)

    def newer(reference: Reference) -> Reference:
        known = reference.ended_by and reference.ended_ms >= at_ms
        return reference if known else replace(reference, ended_by=occasion.kind, ended_ms=at_ms)

    for name in _noted(outreach, occasion.about, newer).chains.values():
        kept = outreach.chains.chain(name)
        if kept is not None and kept.chain.as_of_ms <= at_ms:
            _tell(outreach, name, CalledOff(Ended.STOPPED, occasion.kind))


def _change(occasion: Occasion) -> Changed:
    moment = occasion.moment or occasion.at
    return Changed(ms(occasion.at), occasion.facts, ms(moment))


def _noted(outreach: Outreach, about: str, newer: Callable[[Reference], Reference]) -> Reference:
    """What is known of the thing, with this; chains that begin from now on go by it."""
    for _ in range(TRIES):
        reference = outreach.chains.reference(about)
        noted = newer(reference)
        if noted == reference or outreach.chains.save_reference(noted):
            return noted
    raise Contended("the reference is written by others again and again")


def _tell(outreach: Outreach, name: str, event: Event) -> None:
    """The chain, if it is still there; the token's task is woken by its row."""
    for _ in range(TRIES):
        kept = outreach.chains.chain(name)
        if kept is None or outreach.after(kept, event) is not None:
            return
    raise Contended("the chain is written by others again and again")
