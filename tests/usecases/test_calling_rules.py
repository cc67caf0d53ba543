"""A chain that asks whether it may call is answered by the rules, the ledger and the numbering plan together."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from shared.adapters.phone_zones import places_of
from shared.core.campaign import Attempts, Campaign, Ceilings, Pace, Stop, When
from shared.core.chain import Chain
from shared.core.chain_events import Answer
from shared.core.rules.person import Channel, Contact, Purpose
from shared.core.rules.question import Verdict
from shared.usecases.calling_rules import CallingRules
from tests.core.rules.asking import WILLING, local
from tests.ledger import FakeLedger

NUMBER = "+12015550123"
LEADS = Campaign(
    name="leads",
    event="lead.created",
    purpose=Purpose.SALES,
    agent="leads",
    line="+12015550100",
    attempts=Attempts(3),
    when=When(None, 0),
    pace=Pace(1, 1),
    ceilings=Ceilings(10, 10, 1),
    stop=Stop(1, 1),
    ends=frozenset(),
)
CHAIN = Chain("leads-1", "leads", "e1", "lead#7", NUMBER, 0, 0, 0, 0)
NOON = local("2026-11-18 12:00")


@pytest.fixture
def ledger() -> FakeLedger:
    ledger = FakeLedger()
    ledger.import_list("us-national", date(2026, 11, 15), ["+12015550199"])
    return ledger


def test_a_call_that_all_rules_allow_is_answered_with_no_rule(ledger: FakeLedger) -> None:
    rules = CallingRules(ledger, places_of)
    assert rules(CHAIN, LEADS, Channel.CALL, WILLING, NOON) == Answer(Verdict.NOW)


def test_the_address_of_the_chain_counts_beside_its_number(ledger: FakeLedger) -> None:
    """Half past eight in New Jersey, and half past five where they live."""
    rules = CallingRules(ledger, places_of)
    chain = replace(CHAIN, address={"country": "US", "region": "US-OR", "time_zone": "America/Los_Angeles"})
    answer = rules(chain, LEADS, Channel.CALL, WILLING, local("2026-11-18 08:30"))
    assert answer.verdict is Verdict.LATER
    assert answer.rule == "us.tcpa.hours"
    assert datetime.fromtimestamp(answer.until_ms / 1000, UTC) == local("2026-11-18 08:00", "America/Los_Angeles")


def test_a_list_that_was_never_imported_forbids_sales_and_nothing_else() -> None:
    rules = CallingRules(FakeLedger(), places_of)
    answer = rules(CHAIN, LEADS, Channel.CALL, WILLING, NOON)
    assert (answer.verdict, answer.rule) == (Verdict.NEVER, "us.dnc.national")
    reminder = replace(LEADS, purpose=Purpose.REMINDER)
    assert rules(CHAIN, reminder, Channel.CALL, WILLING, NOON).verdict is Verdict.NOW


def test_the_calls_about_a_debt_are_those_about_what_the_chain_is_about(ledger: FakeLedger) -> None:
    rules = CallingRules(ledger, places_of)
    talked = Contact(local("2026-11-15 12:00"), Channel.CALL, talked=True, debt="lead#7")
    person = replace(WILLING, contacts=(talked,))
    collection = replace(LEADS, purpose=Purpose.COLLECTION)
    answer = rules(CHAIN, collection, Channel.CALL, person, NOON)
    assert (answer.verdict, answer.rule) == (Verdict.LATER, "us.regf.week-after-talk")
    assert rules(replace(CHAIN, about="lead#8"), collection, Channel.CALL, person, NOON).verdict is Verdict.NOW


def test_a_number_that_is_none_is_never_called(ledger: FakeLedger) -> None:
    rules = CallingRules(ledger, places_of)
    answer = rules(replace(CHAIN, number="+1"), LEADS, Channel.CALL, WILLING, NOON)
    assert (answer.verdict, answer.rule) == (Verdict.NEVER, "house.readable")
