"""The sweep finds nothing in the product, and what is wrong in products that were spoiled on purpose."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

import boto3
import pytest
from moto import mock_aws

from rehearsal.sweep.__main__ import dice, exhaustive
from rehearsal.sweep.effects import Blow
from rehearsal.sweep.rows import in_dynamodb, in_memory
from rehearsal.sweep.run import Order, run
from rehearsal.sweep.scenarios import SCENARIOS
from shared.core.attempt import AttemptKey, Outcome
from shared.core.chain import Chain
from shared.core.rules.person import Contact
from shared.ports.campaigns import Attempt, Basis, Claim, SentText
from tests.campaigns import FakeCampaigns
from tests.ledger import FakeLedger

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
RINGS = {
    "confirms": 1,
    "third-time": 3,
    "never-there": 3,
    "unheard": 3,
    "refused": 0,
    "opts-out": 1,
    "texts-stop": 2,
    "cancelled": 1,
    "moved": 2,
    "two-matters": 3,
    "paused": 2,
    "given-up": 1,
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Forgetful(FakeCampaigns):
    """Lets an attempt be claimed again, whatever stands in the rows."""

    def claim_attempt(self, attempt: Attempt, chain: Chain, contact: Contact, basis: Basis, until: datetime) -> Claim:
        self._attempts.pop(attempt.key, None)
        kept = self._chains[chain.id]
        self._phones.pop(attempt.to, None)
        person = self.ledger.person(attempt.to)
        return super().claim_attempt(
            attempt, chain, contact, replace(basis, version=kept.version, history=person.version), until
        )


class Careless(FakeCampaigns):
    """Writes chains whatever others have written meanwhile."""

    def save(self, chain: Chain, *, version: int) -> bool:
        kept = self._chains[chain.id]
        return super().save(chain, version=kept.version)


class Deaf(FakeCampaigns):
    """Claims attempts and texts for those who opted out, too, and tells their chains nothing."""

    def touch(self, chain_id: str) -> None:
        pass

    def _refused(self, campaign: str, number: str, chain_id: str, basis: Basis, at: datetime) -> Claim | None:
        refused = super()._refused(campaign, number, chain_id, basis, at)
        return None if refused is Claim.OPTED_OUT else refused


class Unstoppable(FakeCampaigns):
    """Claims attempts of a campaign that was paused or cancelled meanwhile."""

    def _refused(self, campaign: str, number: str, chain_id: str, basis: Basis, at: datetime) -> Claim | None:
        refused = super()._refused(campaign, number, chain_id, basis, at)
        return None if refused is Claim.STOPPED else refused


class Losing(FakeCampaigns):
    """Forgets what became of attempts."""

    def ended(self, key: AttemptKey, outcome: Outcome, at: datetime) -> bool:
        return True


class Repeating(FakeCampaigns):
    """Lets a text be claimed twice."""

    def claim_text(self, text: SentText, chain: Chain, contact: Contact, basis: Basis) -> Claim:
        self._texts.pop((text.chain, text.name), None)
        kept = self._chains[chain.id]
        return super().claim_text(text, chain, contact, replace(basis, version=kept.version))


def short(orders: Iterable[Order], store: Callable[[FakeLedger], FakeCampaigns] = FakeCampaigns) -> str:
    """The first run that is short, and of what."""
    return next(
        (
            f"{ran.order}: {'; '.join(ran.short)}"
            for ran in (run(o, partial(in_memory, make_store=store)) for o in orders)
            if ran.short
        ),
        "",
    )


@pytest.mark.parametrize("name", BY_NAME)
def test_whatever_strikes_nobody_is_rung_twice_and_nothing_is_lost(name: str) -> None:
    scenario = BY_NAME[name]
    orders = [*exhaustive(scenario, every=17), *(dice(scenario, seed) for seed in range(15))]
    assert len(orders) > 30
    assert short(orders) == ""


@pytest.mark.parametrize("name", BY_NAME)
def test_a_run_that_nothing_strikes_makes_the_calls_it_should(name: str) -> None:
    ran = run(Order(BY_NAME[name]))
    assert ran.short == ()
    assert ran.rings == RINGS[name]


@pytest.mark.parametrize("blow", ["killed-after", "lost", "overtaken"])
def test_the_adapters_are_struck_at_their_requests(monkeypatch: pytest.MonkeyPatch, blow: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    order = Order(BY_NAME["confirms"], strikes=((19, Blow(blow)),))
    with mock_aws():
        ran = run(order, partial(in_dynamodb, boto3.client("dynamodb", region_name="eu-west-1")))
    assert (ran.short, ran.rings) == ((), 1)


def test_the_same_order_runs_the_same_again() -> None:
    order = dice(BY_NAME["two-matters"], 7)
    assert run(order) == run(order)


@pytest.mark.parametrize(
    ("store", "name", "what"),
    [
        (Forgetful, "confirms", "rang 2 times"),
        (Careless, "texts-stop", "no recorded outcome"),
        (Deaf, "confirms", "after the opt-out"),
        (Unstoppable, "paused", "claimed while paused"),
        (Losing, "cancelled", "never ends"),
        (Repeating, "third-time", "was sent 2 times"),
    ],
)
def test_what_is_spoiled_is_found(store: type[FakeCampaigns], name: str, what: str) -> None:
    assert what in short(exhaustive(BY_NAME[name]), store)
