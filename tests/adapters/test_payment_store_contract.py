"""What every PaymentStore does: the fake, the rehearsal's, and DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from rehearsal.payments import Payments
from shared.adapters.dynamodb_calls import table_spec
from shared.adapters.dynamodb_payments import DynamoDbPayments
from shared.core.money import Money
from shared.core.payment import Ended, Method, Payment, Phase, Shown
from shared.ports.payments import KeptPayment, PaymentStore
from tests.payments import FakePayments

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NEW = Payment("CA1-01", "pay", Method.CARD, Money(12_050, "usd"))
PAYING, _ = NEW.after(Shown(), 1_795_165_800_000)
PAID, _ = PAYING.after(Ended(Phase.PAID, "success", "ch_1"), 1_795_165_900_000)


@pytest.fixture(params=["fake", "rehearsal", "dynamodb"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PaymentStore]:
    if request.param != "dynamodb":
        yield FakePayments() if request.param == "fake" else Payments()
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("calls"))
        yield DynamoDbPayments(client, "calls")


def test_a_payment_is_read_as_it_was_written(store: PaymentStore) -> None:
    assert store.open_payment("CA1", 1, NEW, NOW)
    assert store.payment("CA1", 1) == KeptPayment(NEW, 1)
    assert store.payment("CA1", 2) is None


def test_o4_a_payment_is_opened_once(store: PaymentStore) -> None:
    assert store.open_payment("CA1", 1, NEW, NOW)
    assert not store.open_payment("CA1", 1, PAID, NOW)
    assert store.payment("CA1", 1) == KeptPayment(NEW, 1)


def test_of_two_who_change_what_both_have_read_one_does(store: PaymentStore) -> None:
    store.open_payment("CA1", 1, NEW, NOW)
    assert store.save_payment("CA1", 1, PAYING, version=1)
    assert not store.save_payment("CA1", 1, PAID, version=1)
    assert store.save_payment("CA1", 1, PAID, version=2)
    assert store.payment("CA1", 1) == KeptPayment(PAID, 3)


def test_what_was_never_opened_is_not_changed(store: PaymentStore) -> None:
    assert not store.save_payment("CA9", 1, PAID, version=1)
    assert store.payment("CA9", 1) is None
