"""Who would be called when, who not, and why: the calling rules asked ahead of time. Nobody is called by this."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared.adapters.phone_zones import places_of
from shared.core.campaign import Campaign
from shared.core.chain import Chain
from shared.core.occasion import Occasion
from shared.core.rules.person import Channel, Consent, ConsentKind, Person, Registry
from shared.core.rules.question import Verdict
from shared.ports.ledger import Ledger
from shared.usecases.calling_rules import CallingRules
from shared.usecases.chain_accept import chain_id

_LOOKS: Final = 50
"""Times that the rules are asked about one person: each answer may be a later time."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One contact of the file."""

    line: int
    number: str
    at: datetime | None
    """When they would be called first; None if they would not be."""
    rule: str = ""
    """That put it off, or forbids it; empty if nothing stands against the time that the campaign has."""
    why: str = ""


class NothingOnFile:
    """What the rules are asked with when no account is looked at: nobody is on file, all lists are as of today."""

    def __init__(self, now: datetime) -> None:
        self._today = now.astimezone(UTC).date()

    def person(self, number: str) -> Person:
        return Person()

    def registry(self, name: str) -> Registry:
        return Registry(name, self._today)


def plan(
    campaign: Campaign, events: Mapping[int, Mapping[str, Any]], ledger: Ledger | NothingOnFile, now: datetime
) -> Iterator[Planned]:
    """Each contact's first call. Raises ProviderError when what is on file cannot be read."""
    rules = CallingRules(ledger, places_of)
    for line, detail in events.items():
        occasion = Occasion.read(campaign.event, detail, now)
        chain = Chain.begin(chain_id(campaign.name, occasion.id), occasion, campaign, _ms(now))
        yield _planned(line, campaign, chain, _person(occasion, campaign, ledger), rules, now)


def _planned(
    line: int, campaign: Campaign, chain: Chain, person: Person, rules: CallingRules, now: datetime
) -> Planned:
    at_ms, rule, why = max(chain.due_ms, _ms(now)), "", ""
    for _ in range(_LOOKS):
        if at_ms > chain.until_ms:
            why = f"too late: {why}" if why else "too late: its time is over"
            return Planned(line, chain.number, None, rule or "campaign.until", why)
        at = datetime.fromtimestamp(at_ms / 1_000, UTC)
        answer = rules(chain, campaign, Channel.CALL, person, at)
        match answer.verdict:
            case Verdict.NOW:
                return Planned(line, chain.number, at, rule, why)
            case Verdict.NEVER:
                return Planned(line, chain.number, None, answer.rule, answer.why)
            case Verdict.LATER:
                at_ms, rule, why = max(answer.until_ms, at_ms + 1), answer.rule, answer.why
    return Planned(line, chain.number, None, rule, why)


def _person(occasion: Occasion, campaign: Campaign, ledger: Ledger | NothingOnFile) -> Person:
    """As on file, with what the contact itself brings."""
    person, agreed = ledger.person(occasion.number), occasion.consent
    if agreed is None:
        return person
    purposes = frozenset({campaign.purpose})
    consent = Consent(ConsentKind(agreed.kind), purposes, agreed.given_at, agreed.how, agreed.reference)
    return Person((*person.consents, consent), person.opt_out, person.listings, person.contacts, person.version)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1_000)
