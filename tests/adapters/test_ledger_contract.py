"""What every Ledger does: the fake, and DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_bookings import table_spec
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.core.rules.person import (
    Channel,
    Consent,
    ConsentKind,
    Contact,
    Listing,
    OptOut,
    Person,
    Purpose,
    Registry,
)
from shared.ports import Refused
from shared.ports.ledger import Ledger
from shared.wire.dynamodb_values import encode_row
from tests.adapters.moto_server import live_client
from tests.ledger import FakeLedger

NUMBER, OTHER = "+13055550123", "+13055550124"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
AGREED = Consent(ConsentKind.WRITTEN, frozenset({Purpose.SALES, Purpose.REMINDER}), NOW, "web form", "form-77")
CALLED = Contact(NOW, Channel.CALL, campaign="reminder", debt="inv-9")
SAID_NO = OptOut(NOW, "said", "CA1")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("campaigns"))
        yield client


@pytest.fixture
def live(client: Any) -> Iterator[Any]:
    """The client of the live loop, on the same table."""
    with live_client() as live:
        yield live


@pytest.fixture(params=["fake", "client", "live"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "fake":
        return FakeLedger()
    return DynamoDbLedger(request.getfixturevalue(request.param), "campaigns")


def test_nobody_is_on_file_before_anything_is_known(ledger: Ledger) -> None:
    assert ledger.person(NUMBER) == Person()


def test_an_opt_out_is_kept_as_it_was_first_said(ledger: Ledger) -> None:
    assert ledger.opt_out(NUMBER, SAID_NO)
    assert not ledger.opt_out(NUMBER, OptOut(NOW + timedelta(days=1), "key"))
    assert ledger.person(NUMBER).opt_out == SAID_NO


def test_a_consent_is_read_with_its_proof_and_is_never_overwritten(ledger: Ledger) -> None:
    assert ledger.add_consent(NUMBER, AGREED)
    assert not ledger.add_consent(NUMBER, replace(AGREED, kind=ConsentKind.EXPRESS))
    assert ledger.person(NUMBER).consents == (AGREED,)


def test_a_consent_is_revoked_once_and_stays_on_file(ledger: Ledger) -> None:
    ledger.add_consent(NUMBER, AGREED)
    assert ledger.revoke_consent(NUMBER, "form-77", NOW + timedelta(days=1))
    assert not ledger.revoke_consent(NUMBER, "form-77", NOW + timedelta(days=2))
    assert not ledger.revoke_consent(NUMBER, "form-78", NOW)
    person = ledger.person(NUMBER)
    assert person.consents == (replace(AGREED, revoked_at=NOW + timedelta(days=1)),)
    assert person.version == 1
    assert not ledger.add_consent(NUMBER, AGREED)


def test_contacts_are_read_oldest_first_and_counted_once(ledger: Ledger) -> None:
    later = replace(CALLED, at=NOW + timedelta(hours=1))
    assert ledger.add_contact(NUMBER, "chain-a.2", later)
    assert ledger.add_contact(NUMBER, "chain-a.1", CALLED)
    assert not ledger.add_contact(NUMBER, "chain-a.1", later)
    person = ledger.person(NUMBER)
    assert person.contacts == (CALLED, later)
    assert person.version == 2


def test_a_contact_becomes_a_conversation_once(ledger: Ledger) -> None:
    ledger.add_contact(NUMBER, "chain-a.1", CALLED)
    assert ledger.mark_talked(NUMBER, "chain-a.1")
    assert not ledger.mark_talked(NUMBER, "chain-a.1")
    assert not ledger.mark_talked(NUMBER, "chain-a.2")
    person = ledger.person(NUMBER)
    assert person.contacts == (replace(CALLED, talked=True),)
    assert person.version == 2


def test_a_list_is_of_the_day_of_its_last_import(ledger: Ledger) -> None:
    assert ledger.registry("in-preference") is None
    assert ledger.import_list("in-preference", date(2026, 11, 1), [NUMBER, OTHER]) == 2
    assert ledger.import_list("in-preference", date(2026, 11, 8), [OTHER]) == 1
    assert ledger.registry("in-preference") == Registry("in-preference", date(2026, 11, 8))
    assert ledger.person(NUMBER).listings == (Listing("in-preference", date(2026, 11, 1)),)
    assert ledger.person(OTHER).listings == (Listing("in-preference", date(2026, 11, 8)),)


def test_the_national_registry_is_of_its_day_by_area_code(ledger: Ledger) -> None:
    """Whoever imports Miami's numbers knows nothing of New York's."""
    ledger.import_list("us-national", date(2026, 11, 1), [NUMBER, "+12125550123"])
    ledger.import_list("us-national", date(2026, 11, 8), [OTHER])
    assert ledger.registry("us-national-305") == Registry("us-national-305", date(2026, 11, 8))
    assert ledger.registry("us-national-212") == Registry("us-national-212", date(2026, 11, 1))
    assert ledger.registry("us-national-213") is None
    assert ledger.registry("us-national") is None


def test_an_older_state_of_a_list_is_refused(ledger: Ledger) -> None:
    ledger.import_list("us-national", date(2026, 11, 8), [NUMBER])
    with pytest.raises(Refused, match="later than 2026-11-01"):
        ledger.import_list("us-national", date(2026, 11, 1), ["+13055550124"])
    assert ledger.person("+13055550124") == Person()


def test_many_numbers_are_imported_and_none_is_left_out(ledger: Ledger) -> None:
    numbers = [f"+1305555{each:04}" for each in range(60)]
    assert ledger.import_list("own", date(2026, 11, 20), numbers) == 60
    assert all(ledger.person(number).listings for number in numbers)


@pytest.mark.parametrize(
    "row",
    [
        {"sk": "opt-out", "at": "yesterday", "how": "said", "reference": ""},
        {"sk": "consent#x", "kind": "oral"},
        {"sk": "contact#x", "at": "2026-11-20T09:30:00", "channel": "call"},
        {"sk": "list#own", "data_of": "?"},
        {"sk": "note"},
    ],
)
def test_a_person_with_a_row_that_cannot_be_read_is_not_read_at_all(client: Any, row: dict[str, str]) -> None:
    client.put_item(TableName="campaigns", Item=encode_row({"pk": f"person#{NUMBER}", **row}))
    with pytest.raises(Refused, match="cannot be read"):
        DynamoDbLedger(client, "campaigns").person(NUMBER)


def test_an_opt_out_never_expires(client: Any) -> None:
    DynamoDbLedger(client, "campaigns").opt_out(NUMBER, SAID_NO)
    key = encode_row({"pk": f"person#{NUMBER}", "sk": "opt-out"})
    assert "expires_at" not in client.get_item(TableName="campaigns", Key=key)["Item"]
