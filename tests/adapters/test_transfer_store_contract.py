"""What every TransferStore does: the fake, and DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_calls import table_spec
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.core.agent import Destination, DestinationKind, Route
from shared.core.transfer import Transfer
from shared.core.transfer_events import PickedUp
from shared.ports.transfers import KeptTransfer, TransferStore
from tests.fakes import FakeTransfers

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DESK = Destination(DestinationKind.NUMBER, "+15550100001", "the desk")
RINGING, _ = Transfer.begin(Route("front", "people", (), "", "", (DESK,)), "asked", 1_795_165_800_000)
BRIEFING, _ = RINGING.after(PickedUp(1, "CA2"), 1_795_165_801_000)
PAGE = {"about": "a bill", "slots": [{"name": "day", "value": "Monday"}], "last_turns": [], "identity": ""}


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[TransferStore]:
    if request.param == "fake":
        yield FakeTransfers()
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("calls"))
        yield DynamoDbTransfers(client, "calls")


def test_a_transfer_is_read_as_it_was_written(store: TransferStore) -> None:
    assert store.open_transfer("CA1", 1, RINGING, PAGE, NOW)
    assert store.transfer("CA1", 1) == KeptTransfer(RINGING, PAGE, 1)
    assert store.transfer("CA1", 2) is None


def test_a_transfer_is_opened_once(store: TransferStore) -> None:
    assert store.open_transfer("CA1", 1, RINGING, PAGE, NOW)
    assert not store.open_transfer("CA1", 1, BRIEFING, {}, NOW)
    assert store.transfer("CA1", 1) == KeptTransfer(RINGING, PAGE, 1)


def test_one_that_is_over_may_be_opened_anew_by_whoever_read_it_last(store: TransferStore) -> None:
    store.open_transfer("CA1", 1, RINGING, PAGE, NOW)
    store.save_transfer("CA1", 1, BRIEFING, version=1)
    assert not store.open_transfer("CA1", 1, RINGING, {}, NOW, version=1)
    assert store.open_transfer("CA1", 1, RINGING, {}, NOW, version=2)
    assert store.transfer("CA1", 1) == KeptTransfer(RINGING, {}, 3)


def test_of_two_who_change_what_both_have_read_one_does(store: TransferStore) -> None:
    store.open_transfer("CA1", 1, RINGING, PAGE, NOW)
    assert store.save_transfer("CA1", 1, BRIEFING, version=1)
    assert not store.save_transfer("CA1", 1, RINGING, version=1)
    assert store.transfer("CA1", 1) == KeptTransfer(BRIEFING, PAGE, 2)


def test_what_was_never_opened_is_not_changed(store: TransferStore) -> None:
    assert not store.save_transfer("CA9", 1, BRIEFING, version=1)
    assert store.transfer("CA9", 1) is None
