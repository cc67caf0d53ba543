"""What DynamoDB refuses for the moment is not lost."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_bookings import table_spec
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.core.rules.person import Channel, Contact, OptOut
from shared.ports import Throttled
from tests.adapters.test_dynamodb_campaigns import Meeting

NUMBER = "+13055550123"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("campaigns"))
        yield client


@pytest.mark.parametrize("times", [1, 7])
def test_an_opt_out_that_meets_an_attempt_s_transaction_is_recorded_after_it(client: Any, times: int) -> None:
    assert DynamoDbLedger(Meeting(client, times), "campaigns").opt_out(NUMBER, OptOut(NOW, "said"))
    assert DynamoDbLedger(client, "campaigns").person(NUMBER).opt_out == OptOut(NOW, "said")


def test_a_contact_that_meets_one_is_recorded_once(client: Any) -> None:
    contact = Contact(NOW, Channel.CALL)
    assert DynamoDbLedger(Meeting(client, 3), "campaigns").add_contact(NUMBER, "a.1", contact)
    person = DynamoDbLedger(client, "campaigns").person(NUMBER)
    assert (person.contacts, person.version) == ((contact,), 1)


def test_whoever_meets_one_again_and_again_is_told_to_come_back(client: Any) -> None:
    ledger = DynamoDbLedger(Meeting(client, 100), "campaigns")
    with pytest.raises(Throttled):
        ledger.opt_out(NUMBER, OptOut(NOW, "said"))
    with pytest.raises(Throttled):
        ledger.add_contact(NUMBER, "a.1", Contact(NOW, Channel.CALL))


class Busy:
    """DynamoDB takes all but one of a batch, so often."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self.times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, puts),) = RequestItems.items()
        if self.times <= 0:
            return dict(self._client.batch_write_item(RequestItems=RequestItems))
        self.times -= 1
        if puts[1:]:
            self._client.batch_write_item(RequestItems={table: puts[1:]})
        return {"UnprocessedItems": {table: puts[:1]}}


def test_numbers_of_a_list_that_were_not_taken_are_given_again(client: Any) -> None:
    numbers = [f"+1305555{each:04}" for each in range(30)]
    assert DynamoDbLedger(Busy(client, 3), "campaigns").import_list("us-national", date(2026, 11, 1), numbers) == 30
    ledger = DynamoDbLedger(client, "campaigns")
    assert all(ledger.person(number).listings for number in numbers)


def test_a_list_of_which_a_number_is_never_taken_is_not_of_its_day(client: Any) -> None:
    with pytest.raises(Throttled, match="1 of the numbers"):
        DynamoDbLedger(Busy(client, 100), "campaigns").import_list("us-national", date(2026, 11, 1), [NUMBER])
    assert DynamoDbLedger(client, "campaigns").registry("us-national-305") is None
