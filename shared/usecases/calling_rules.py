"""The calling rules, asked by a chain: with where its person may be, and the do-not-call lists that were imported."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.core.campaign import Campaign
from shared.core.chain import Chain
from shared.core.chain_events import Answer
from shared.core.rules.decide import decide, lists_asked
from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Person, Purpose, Registry
from shared.core.rules.question import Decision, Place, Question
from shared.core.rules.rule import Rulebook
from shared.ports.ledger import Registries

type PlacesOf = Callable[[str, Mapping[str, str]], tuple[Place, ...]]
"""Where a number may be, and an address."""


class CallingRules:
    """What `shared.usecases.chain.AskRules` is made of. Raises ProviderError when the lists cannot be read."""

    def __init__(self, lists: Registries, places_of: PlacesOf, book: Rulebook = RULEBOOK) -> None:
        self._lists = lists
        self._places_of = places_of
        self._book = book

    def __call__(self, chain: Chain, campaign: Campaign, channel: Channel, person: Person, now: datetime) -> Answer:
        question = Question(
            number=chain.number,
            purpose=campaign.purpose,
            channel=channel,
            now=now,
            places=self._places_of(chain.number, chain.address),
            person=person,
            campaign=campaign.name,
            debt=chain.about if campaign.purpose is Purpose.COLLECTION else "",
            caller_id=campaign.line,
        )
        return _as_answer(self.decide(question))

    def decide(self, question: Question) -> Decision:
        """The answer, with the lists that the rules want to see for it, and every rule that had a say."""
        return decide(replace(question, registries=self._registries(question)), self._book)

    def _registries(self, question: Question) -> tuple[Registry, ...]:
        return tuple(filter(None, map(self._lists.registry, lists_asked(question, self._book))))


def _as_answer(decision: Decision) -> Answer:
    by = decision.decided_by
    until_ms = 0 if decision.at is None else int(decision.at.timestamp() * 1000)
    return Answer(decision.verdict, by.rule if by else "", by.why if by else "", until_ms)
