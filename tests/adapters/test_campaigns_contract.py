"""What every store of chains, attempts, lines and campaigns does: the fake, and DynamoDB."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.cloud.emulator import emulator
from shared.adapters.dynamodb_campaigns import (
    DynamoDbAttempts,
    DynamoDbChains,
    DynamoDbPace,
    DynamoDbRuns,
    table_spec,
)
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.campaign_health import Tally
from shared.core.chain import Asked, Chain
from shared.core.chain_events import Answer, Changed, Ended, Phase
from shared.core.rules.person import Channel, Contact, OptOut
from shared.core.rules.question import Verdict
from shared.ports.campaigns import (
    Attempt,
    AttemptStore,
    Basis,
    CampaignRuns,
    ChainStore,
    Claim,
    Day,
    KeptChain,
    LinePace,
    OnThePhone,
    Reference,
    Running,
    SentText,
    Standing,
)
from shared.ports.ledger import Ledger
from tests.campaigns import FakeCampaigns

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1_000)
LATER = NOW + timedelta(hours=4)
REACHED = Outcome(Disposition.REACHED, "confirmed", {"day": "Monday"}, "CA1", 42)


@dataclass(frozen=True)
class Stores:
    chains: ChainStore
    attempts: AttemptStore
    runs: CampaignRuns
    pace: LinePace
    ledger: Ledger


def _at(client: Any, table: str) -> Stores:
    client.create_table(**table_spec(table))
    at = (client, table)
    return Stores(DynamoDbChains(*at), DynamoDbAttempts(*at), DynamoDbRuns(*at), DynamoDbPace(*at), DynamoDbLedger(*at))


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield boto3.client("dynamodb", region_name="eu-west-1")


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest, dynamodb: Any, names: "Names") -> Stores:
    if request.param == "dynamodb":
        return _at(dynamodb, names.campaign)  # of its own: moto copies a table for each transaction
    fake = FakeCampaigns()
    return Stores(fake, fake, fake, fake, fake.ledger)


_numbers = count()


@dataclass(frozen=True)
class Names:
    """A chain, a person, a campaign and a line of its own for each test."""

    number: int

    @property
    def chain(self) -> Chain:
        return Chain(
            id=f"reminder-{self.number}",
            campaign=self.campaign,
            event="e1",
            about=f"appointment#{self.number}",
            number=self.person,
            opened_ms=NOW_MS + self.number,
            as_of_ms=NOW_MS,
            due_ms=NOW_MS,
            until_ms=NOW_MS + 86_400_000,
            facts={"name": "Ann"},
            address={"country": "US"},
            asked=(Asked(NOW_MS, Answer(Verdict.LATER, "us.tcpa.hours", "before eight", NOW_MS + 1)),),
        )

    @property
    def reference(self) -> Reference:
        return Reference(f"appointment#{self.number}")

    @property
    def campaign(self) -> str:
        return f"reminder_{self.number}"

    @property
    def person(self) -> str:
        return f"+1415555{self.number:04}"

    @property
    def line(self) -> str:
        return f"+1415777{self.number:04}"

    def attempt(self, number: int = 1) -> Attempt:
        key = AttemptKey(self.chain.id, number)
        answer = Answer(Verdict.NOW)
        return Attempt(key, self.campaign, self.person, self.line, NOW, True, answer, 40, {"name": "Ann"})


@pytest.fixture
def names() -> Names:
    return Names(next(_numbers))


def opened(stores: Stores, names: Names) -> Chain:
    assert stores.chains.open_chain(names.chain, names.reference)
    return names.chain


BASIS = Basis(version=1, history=0, calls=100, cents=10_000)


def claim(stores: Stores, names: Names, basis: Basis = BASIS, *, until: datetime = LATER) -> Claim:
    calling = replace(names.chain, phase=Phase.CALLING, attempts=1)
    contact = Contact(NOW, Channel.CALL, campaign=names.campaign)
    return stores.attempts.claim_attempt(names.attempt(), calling, contact, basis, until)


# --- chains


def test_a_chain_reads_back_as_it_was_written(stores: Stores, names: Names) -> None:
    chain = opened(stores, names)
    assert stores.chains.chain(chain.id) == KeptChain(chain, 1)
    assert stores.chains.chain("reminder-none") is None


def test_o1_a_chain_is_opened_once(stores: Stores, names: Names) -> None:
    opened(stores, names)
    again = replace(names.chain, event="e2")
    assert not stores.chains.open_chain(again, replace(names.reference, version=1))
    assert stores.chains.chain(again.id) == KeptChain(names.chain, 1)
    assert stores.chains.reference(names.reference.about).version == 1


def test_a_chain_is_not_opened_on_a_reference_that_was_written_since(stores: Stores, names: Names) -> None:
    assert stores.chains.save_reference(replace(names.reference, ended_by="appointment.cancelled"))
    assert not stores.chains.open_chain(names.chain, names.reference)
    assert stores.chains.chain(names.chain.id) is None


def test_a_reference_reads_back_and_is_written_on_its_version(stores: Stores, names: Names) -> None:
    about = names.reference.about
    assert stores.chains.reference(about) == names.reference
    changed = Changed(NOW_MS, {"place": "room 2"}, NOW_MS + 1)
    first = replace(names.reference, chains={"a": "a-1"}, ended_by="x.y", ended_ms=NOW_MS, changed=changed)
    assert stores.chains.save_reference(first)
    assert not stores.chains.save_reference(names.reference)
    assert stores.chains.reference(about) == replace(first, version=1)
    assert stores.chains.save_reference(replace(first, version=1, ended_by=""))
    assert stores.chains.reference(about).version == 2


def test_of_two_who_change_what_both_have_read_one_does(stores: Stores, names: Names) -> None:
    chain = opened(stores, names)
    over = replace(chain, phase=Phase.OVER, ended=Ended.DONE, texts=("one",))
    assert stores.chains.save(over, version=1)
    assert not stores.chains.save(chain, version=1)
    assert stores.chains.chain(chain.id) == KeptChain(over, 2)


def test_a_token_is_kept_only_for_a_chain_that_has_not_changed_since(stores: Stores, names: Names) -> None:
    chain = opened(stores, names)
    assert stores.chains.keep_token(chain.id, "t1", version=1)
    assert stores.chains.chain(chain.id) == KeptChain(chain, 1, "t1")
    stores.chains.touch(chain.id)
    assert not stores.chains.keep_token(chain.id, "t2", version=1)
    assert stores.chains.chain(chain.id) == KeptChain(chain, 2, "t1")


def test_touching_a_chain_that_is_not_there_makes_none(stores: Stores, names: Names) -> None:
    stores.chains.touch(names.chain.id)
    assert stores.chains.chain(names.chain.id) is None
    assert not stores.chains.save(names.chain, version=0)
    assert not stores.chains.keep_token(names.chain.id, "t", version=0)


def test_a_person_has_chains_the_newest_first(stores: Stores, names: Names) -> None:
    first = opened(stores, names)
    newer = replace(first, id=f"{first.id}-b", opened_ms=first.opened_ms + 1, about="appointment#other")
    stores.chains.open_chain(newer, Reference(f"{names.reference.about}b"))
    assert tuple(stores.chains.chains_of(names.person)) == (newer.id, first.id)
    assert tuple(stores.chains.chains_of("+14150000000")) == ()


# --- attempts


def test_an_attempt_is_claimed_with_everything_it_rests_on(stores: Stores, names: Names) -> None:
    opened(stores, names)
    stores.chains.keep_token(names.chain.id, "t1", version=1)
    assert claim(stores, names) is Claim.CLAIMED
    assert stores.attempts.attempt(names.attempt().key) == names.attempt()
    calling = replace(names.chain, phase=Phase.CALLING, attempts=1)
    assert stores.chains.chain(names.chain.id) == KeptChain(calling, 2, "t1")
    person = stores.ledger.person(names.person)
    assert person.contacts == (Contact(NOW, Channel.CALL, campaign=names.campaign),)
    assert person.version == 1
    assert stores.attempts.on_the_phone(names.person) == OnThePhone(str(names.attempt().key), LATER)
    assert stores.runs.day(names.campaign, NOW) == Day(calls=1, cents=40)


def test_o2_an_attempt_is_claimed_once(stores: Stores, names: Names) -> None:
    opened(stores, names)
    claim(stores, names)
    assert claim(stores, names) is Claim.TAKEN
    assert claim(stores, names, replace(BASIS, version=2, history=1)) is Claim.TAKEN


def _opts_out(stores: Stores, names: Names) -> None:
    stores.ledger.opt_out(names.person, OptOut(NOW, "said", "CA1"))


def _is_paused(stores: Stores, names: Names) -> None:
    stores.runs.set_standing(names.campaign, Standing(Running.PAUSED, "ann", "lunch", NOW))


def _is_called_before(stores: Stores, names: Names) -> None:
    stores.ledger.add_contact(names.person, "other.1", Contact(NOW, Channel.CALL))


def _changes(stores: Stores, names: Names) -> None:
    stores.chains.touch(names.chain.id)


@pytest.mark.parametrize(
    ("happens", "refused"),
    [
        (_opts_out, Claim.OPTED_OUT),
        (_is_paused, Claim.STOPPED),
        (_is_called_before, Claim.HISTORY),
        (_changes, Claim.CHANGED),
    ],
)
def test_o3_what_happened_since_the_rules_were_asked_refuses_the_claim_and_nothing_is_written(
    stores: Stores, names: Names, happens: Callable[[Stores, Names], None], refused: Claim
) -> None:
    opened(stores, names)
    happens(stores, names)
    before = (stores.chains.chain(names.chain.id), stores.ledger.person(names.person))
    assert claim(stores, names) is refused
    assert stores.attempts.attempt(names.attempt().key) is None
    assert (stores.chains.chain(names.chain.id), stores.ledger.person(names.person)) == before
    assert stores.attempts.on_the_phone(names.person) == OnThePhone()
    assert stores.runs.day(names.campaign, NOW) == Day()


@pytest.mark.parametrize("used_up", [replace(BASIS, calls=0), replace(BASIS, cents=39), replace(BASIS, cents=-1)])
def test_o6_a_day_that_is_used_up_refuses_the_claim(stores: Stores, names: Names, used_up: Basis) -> None:
    opened(stores, names)
    assert claim(stores, names, used_up) is Claim.CEILING
    assert claim(stores, names, replace(BASIS, calls=1, cents=40)) is Claim.CLAIMED


def test_the_last_call_of_a_day_is_the_one_that_reaches_its_ceiling(stores: Stores, names: Names) -> None:
    opened(stores, names)
    claim(stores, names, replace(BASIS, calls=1))
    other = replace(names.chain, id=f"{names.chain.id}-b", number="+14150000001")
    stores.chains.open_chain(other, Reference(f"{names.reference.about}b"))
    attempt = replace(names.attempt(), key=AttemptKey(other.id, 1), to=other.number)
    basis = Basis(1, stores.ledger.person(other.number).version, 1, 10_000)
    contact = Contact(NOW, Channel.CALL)
    assert stores.attempts.claim_attempt(attempt, other, contact, basis, LATER) is Claim.CEILING


def test_a_person_is_called_by_one_chain_at_a_time(stores: Stores, names: Names) -> None:
    opened(stores, names)
    claim(stores, names, until=NOW + timedelta(hours=1))
    other = replace(names.chain, id=f"{names.chain.id}-b")
    stores.chains.open_chain(other, Reference(f"{names.reference.about}b"))
    attempt = replace(names.attempt(), key=AttemptKey(other.id, 1))
    contact, basis = Contact(NOW, Channel.CALL), Basis(1, 1, 100, 10_000)
    assert stores.attempts.claim_attempt(attempt, other, contact, basis, LATER) is Claim.ON_THE_PHONE

    stores.attempts.off_the_phone(names.person, attempt.key, LATER)
    assert stores.attempts.on_the_phone(names.person).attempt == str(names.attempt().key)
    stores.attempts.off_the_phone(names.person, names.attempt().key, LATER)
    stores.attempts.off_the_phone(names.person, names.attempt().key, NOW)
    assert stores.attempts.on_the_phone(names.person) == OnThePhone(last_chain=names.chain.id, last_at=LATER)
    assert stores.attempts.claim_attempt(attempt, other, contact, basis, LATER) is Claim.CLAIMED
    assert stores.attempts.on_the_phone(names.person).last_chain == names.chain.id


def test_a_lease_on_a_person_that_nobody_ended_ends_by_itself(stores: Stores, names: Names) -> None:
    opened(stores, names)
    claim(stores, names, until=NOW)
    other = replace(names.chain, id=f"{names.chain.id}-b")
    stores.chains.open_chain(other, Reference(f"{names.reference.about}b"))
    attempt = replace(names.attempt(), key=AttemptKey(other.id, 1))
    contact, basis = Contact(NOW, Channel.CALL), Basis(1, 1, 100, 10_000)
    assert stores.attempts.claim_attempt(attempt, other, contact, basis, LATER) is Claim.CLAIMED


def test_a_call_has_one_name(stores: Stores, names: Names) -> None:
    opened(stores, names)
    key = names.attempt().key
    assert not stores.attempts.placed(key, "CA1")
    claim(stores, names)
    assert stores.attempts.placed(key, "CA1")
    assert stores.attempts.placed(key, "CA1")
    assert not stores.attempts.placed(key, "CA2")
    assert stores.attempts.attempt(key) == replace(names.attempt(), call_sid="CA1")


def test_of_an_attempts_outcomes_the_first_counts(stores: Stores, names: Names) -> None:
    opened(stores, names)
    key = names.attempt().key
    assert not stores.attempts.ended(key, REACHED, NOW)
    claim(stores, names)
    assert stores.attempts.ended(key, REACHED, NOW)
    assert not stores.attempts.ended(key, Outcome(Disposition.UNKNOWN), LATER)
    assert stores.attempts.attempt(key) == replace(names.attempt(), outcome=REACHED, ended_at=NOW, facts={})
    kept = stores.chains.chain(names.chain.id)
    assert kept is not None
    assert kept.version == 3
    assert [contact.talked for contact in stores.ledger.person(names.person).contacts] == [True]
    assert stores.ledger.person(names.person).version == 2
    assert stores.runs.tally(names.campaign, NOW, NOW) == Tally(calls=1)


def test_nobody_who_was_not_dialled_was_contacted(stores: Stores, names: Names) -> None:
    opened(stores, names)
    claim(stores, names)
    stores.attempts.ended(names.attempt().key, Outcome(Disposition.NOT_DIALLED), NOW)
    person = stores.ledger.person(names.person)
    assert (person.contacts, person.version) == ((), 2)
    assert stores.runs.tally(names.campaign, NOW, NOW) == Tally(calls=1, failing=1)


def test_a_chains_attempts_are_in_order(stores: Stores, names: Names) -> None:
    opened(stores, names)
    assert stores.attempts.attempts(names.chain.id) == []
    claim(stores, names)
    stores.attempts.off_the_phone(names.person, names.attempt().key, NOW)
    contact, basis = Contact(NOW, Channel.CALL), Basis(2, 1, 100, 10_000)
    second = names.attempt(2)
    assert stores.attempts.claim_attempt(second, names.chain, contact, basis, LATER) is Claim.CLAIMED
    assert [one.key.number for one in stores.attempts.attempts(names.chain.id)] == [1, 2]


def test_a_text_is_claimed_once_and_counts_as_money_not_as_a_call(stores: Stores, names: Names) -> None:
    opened(stores, names)
    text = SentText(names.chain.id, "missed", names.campaign, names.person, NOW, 2)
    contact = Contact(NOW, Channel.SMS, campaign=names.campaign)
    sent = replace(names.chain, texts=("missed",))
    assert stores.attempts.claim_text(text, sent, contact, Basis(1, 0, 0, 1)) is Claim.CEILING
    assert stores.attempts.claim_text(text, sent, contact, Basis(1, 0, 0, 100)) is Claim.CLAIMED
    assert stores.attempts.claim_text(text, sent, contact, Basis(2, 1, 0, 100)) is Claim.TAKEN
    assert stores.attempts.texts(names.chain.id) == [text]
    assert stores.chains.chain(names.chain.id) == KeptChain(sent, 2)
    assert stores.ledger.person(names.person).contacts == (contact,)
    assert stores.runs.day(names.campaign, NOW) == Day(texts=1, cents=2)
    assert stores.attempts.on_the_phone(names.person) == OnThePhone()
    stores.attempts.text_sent(names.chain.id, "missed", message_sid="SM1")
    assert stores.attempts.texts(names.chain.id) == [replace(text, message_sid="SM1")]


@pytest.mark.parametrize(("happens", "refused"), [(_opts_out, Claim.OPTED_OUT), (_is_paused, Claim.STOPPED)])
def test_a_text_is_refused_for_the_same_reasons(
    stores: Stores, names: Names, happens: Callable[[Stores, Names], None], refused: Claim
) -> None:
    opened(stores, names)
    happens(stores, names)
    text = SentText(names.chain.id, "missed", names.campaign, names.person, NOW, 2)
    contact = Contact(NOW, Channel.SMS)
    assert stores.attempts.claim_text(text, names.chain, contact, Basis(1, 0, 9, 99)) is refused
    assert stores.attempts.texts(names.chain.id) == []


# --- campaigns


def test_a_campaign_runs_until_somebody_says_otherwise(stores: Stores, names: Names) -> None:
    assert stores.runs.standing(names.campaign) == Standing()
    paused = Standing(Running.PAUSED, "ann", "lunch", NOW)
    assert stores.runs.set_standing(names.campaign, paused)
    assert stores.runs.standing(names.campaign) == paused
    assert stores.runs.set_standing(names.campaign, Standing(since=LATER))
    assert stores.runs.standing(names.campaign) == Standing(since=LATER)


def test_what_does_not_run_does_not_stop_by_itself(stores: Stores, names: Names) -> None:
    stopped = Standing(Running.STOPPED, "switchboard", "too many opt-outs", NOW)
    assert stores.runs.set_standing(names.campaign, stopped)
    assert not stores.runs.set_standing(names.campaign, replace(stopped, why="another"))
    stores.runs.set_standing(names.campaign, Standing(Running.PAUSED, "ann"))
    assert not stores.runs.set_standing(names.campaign, stopped)
    stores.runs.set_standing(names.campaign, Standing())
    assert stores.runs.set_standing(names.campaign, stopped)


def test_a_cancelled_campaign_never_runs_again(stores: Stores, names: Names) -> None:
    assert stores.runs.set_standing(names.campaign, Standing(Running.CANCELLED, "ann"))
    assert not stores.runs.set_standing(names.campaign, Standing())
    assert stores.runs.standing(names.campaign).running is Running.CANCELLED


def test_calls_are_counted_by_the_minute_in_which_they_ended(stores: Stores, names: Names) -> None:
    for number, at in enumerate((NOW, NOW + timedelta(minutes=2), NOW + timedelta(minutes=4)), start=1):
        chain = replace(names.chain, id=f"{names.chain.id}-{number}", number=f"{names.person}{number}")
        stores.chains.open_chain(chain, Reference(f"{names.reference.about}-{number}"))
        attempt = replace(names.attempt(), key=AttemptKey(chain.id, 1), to=chain.number)
        stores.attempts.claim_attempt(attempt, chain, Contact(NOW, Channel.CALL), Basis(1, 0, 9, 999), LATER)
        stores.attempts.ended(attempt.key, Outcome(Disposition.BUSY), at)
    since = NOW + timedelta(minutes=1)
    assert stores.runs.tally(names.campaign, since, NOW + timedelta(minutes=3)) == Tally(calls=1, no_answers=1)
    assert stores.runs.tally(names.campaign, since, LATER) == Tally(calls=2, no_answers=2)
    assert stores.runs.tally(names.campaign, LATER, LATER) == Tally()


# --- lines


def test_t13_slots_of_a_line_are_as_far_apart_as_its_calls_per_second_say(stores: Stores, names: Names) -> None:
    slots = [stores.pace.take_slot(names.line, NOW, per_second=4) for _ in range(3)]
    assert slots == [NOW + timedelta(milliseconds=250 * place) for place in range(3)]
    later = NOW + timedelta(seconds=10)
    assert stores.pace.take_slot(names.line, later, per_second=4) == later


def test_a_line_has_as_many_channels_as_it_may_use(stores: Stores, names: Names) -> None:
    taken = [stores.pace.take_line(names.line, holder, NOW, LATER, concurrent=2) for holder in "abc"]
    assert taken == [True, True, False]
    assert stores.pace.take_line(names.line, "a", NOW, LATER, concurrent=2)
    stores.pace.free_line(names.line, "nobody")
    stores.pace.free_line(names.line, "a")
    assert stores.pace.take_line(names.line, "c", NOW, LATER, concurrent=2)
    assert not stores.pace.take_line(names.line, "a", NOW, LATER, concurrent=2)
    assert stores.pace.take_line(names.line, "a", LATER, LATER + timedelta(hours=1), concurrent=2)


def _emulated() -> Iterator[Stores]:
    """On an emulator that keeps its word to several at once, which moto's in this process does not."""
    with asyncio.Runner() as runner:
        running = emulator()
        url = runner.run(running.__aenter__())
        try:
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=url, **keys)
            yield _at(client, "campaigns")
        finally:
            runner.run(running.__aexit__(None, None, None))


def _fake() -> Iterator[Stores]:
    fake = FakeCampaigns()
    yield Stores(fake, fake, fake, fake, fake.ledger)


@pytest.fixture(params=[_fake, _emulated], ids=["fake", "emulated"])
def shared_by_many(request: pytest.FixtureRequest) -> Iterator[Stores]:
    yield from request.param()


def test_of_many_who_do_the_same_at_once_one_does_it(shared_by_many: Stores, names: Names) -> None:
    stores = shared_by_many
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(lambda _: stores.chains.open_chain(names.chain, names.reference), range(8)))
        claims = list(threads.map(lambda _: claim(stores, names), range(8)))
        ended = list(threads.map(lambda _: stores.attempts.ended(names.attempt().key, REACHED, NOW), range(8)))
        slots = list(threads.map(lambda _: stores.pace.take_slot(names.line, NOW, per_second=10), range(16)))
        held = [f"holder-{number}" for number in range(8)]
        lines = list(threads.map(lambda who: stores.pace.take_line(names.line, who, NOW, LATER, concurrent=3), held))

    assert sum(opened) == 1
    assert claims.count(Claim.CLAIMED) == 1
    assert sum(ended) == 1
    assert sorted(slots) == [NOW + timedelta(milliseconds=100 * place) for place in range(16)]
    assert sum(lines) == 3
    assert stores.runs.day(names.campaign, NOW) == Day(calls=1, cents=40)
    assert stores.runs.tally(names.campaign, NOW, NOW) == Tally(calls=1)
    assert len(stores.ledger.person(names.person).contacts) == 1
