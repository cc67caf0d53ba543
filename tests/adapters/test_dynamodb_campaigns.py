"""What only DynamoDB does: transactions that meet, rows that expire, and the index of chains that are not finished."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from shared.adapters.dynamodb_campaigns import DynamoDbAttempts, DynamoDbChains, table_spec
from shared.adapters.dynamodb_campaigns.table import Table
from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.chain import Chain
from shared.core.chain_events import Answer, Ended, Phase
from shared.core.rules.person import Channel, Contact
from shared.core.rules.question import Verdict
from shared.ports import Throttled
from shared.ports.campaigns import Attempt, Basis, Claim, Reference

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1_000)
DAY_MS = 86_400_000
CHAIN = Chain("reminder-1", "reminder", "e1", "appointment#1", "+14155550142", NOW_MS, NOW_MS, NOW_MS, NOW_MS + DAY_MS)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("campaigns"))
        yield client


class Meeting:
    """DynamoDB while a transaction is under way, for so many requests."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self.times = times

    def _met(self, code: str, operation: str, **answer: Any) -> None:
        if self.times > 0:
            self.times -= 1
            refused = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}, **answer}
            raise ClientError(refused, operation)

    def put_item(self, **request: Any) -> Any:
        self._met("TransactionConflictException", "PutItem")
        return self._client.put_item(**request)

    def transact_write_items(self, **request: Any) -> Any:
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        self._met("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        return self._client.transact_write_items(**request)


@pytest.mark.parametrize("times", [0, 1, 7])
def test_a_write_that_meets_a_transaction_is_made_after_it(client: Any, times: int) -> None:
    meeting = Meeting(client, times)
    table = Table(meeting, "campaigns")
    row = {"pk": "a", "sk": "b"}
    assert table.written(table.put(row)) == {}
    meeting.times = times
    assert table.transact([table.put(row), table.put({"pk": "a", "sk": "c"})]) is None


def test_a_write_that_meets_one_again_and_again_is_worth_another_try_later(client: Any) -> None:
    table = Table(Meeting(client, 100), "campaigns")
    row = {"pk": "a", "sk": "b"}
    with pytest.raises(Throttled):
        table.written(table.put(row))
    with pytest.raises(Throttled):
        table.transact([table.put(row)])


def rows(client: Any) -> dict[tuple[str, str], Any]:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in client.scan(TableName="campaigns")["Items"]}


def live(client: Any) -> list[str]:
    """Chains that the index has, longest ago first."""
    found = client.query(
        TableName="campaigns",
        IndexName="live",
        KeyConditionExpression="live = :campaign",
        ExpressionAttributeValues={":campaign": {"S": "reminder"}},
    )
    return [f"{item['pk']['S']} {item['looked_after']['S']}" for item in found["Items"]]


def test_chains_are_in_the_index_by_when_somebody_looks_until_they_are_finished(client: Any) -> None:
    chains = DynamoDbChains(client, "campaigns")
    chains.open_chain(CHAIN, Reference("appointment#1"))
    assert live(client) == ["chain#reminder-1 2026-11-20T09:30:00.000+00:00"]
    over = replace(CHAIN, phase=Phase.OVER, ended=Ended.DONE, over_ms=NOW_MS + 1_000)
    chains.save(over, version=1)
    assert live(client) == ["chain#reminder-1 2026-11-20T09:30:01.000+00:00"]
    chains.save(replace(over, finished=True), version=2)
    assert live(client) == []


def test_every_row_of_a_chain_and_its_calls_expires_but_the_count_of_what_is_on_file(client: Any) -> None:
    chains, attempts = DynamoDbChains(client, "campaigns"), DynamoDbAttempts(client, "campaigns")
    chains.open_chain(CHAIN, Reference("appointment#1"))
    answer = Answer(Verdict.NOW)
    attempt = Attempt(AttemptKey(CHAIN.id, 1), "reminder", CHAIN.number, "+15550100100", NOW, False, answer, 30)
    contact, basis = Contact(NOW, Channel.CALL), Basis(1, 0, 10, 1_000)
    assert attempts.claim_attempt(attempt, CHAIN, contact, basis, NOW + timedelta(hours=4)) is Claim.CLAIMED
    attempts.ended(attempt.key, Outcome(Disposition.BUSY), NOW)
    found = rows(client)
    lasting = {key for key, item in found.items() if "expires_at" not in item}
    assert lasting == {(f"person#{CHAIN.number}", "history")}
    until = int((NOW + timedelta(days=91)).timestamp())
    assert int(found["chain#reminder-1", "state"]["expires_at"]["N"]) == until
    assert int(found["reference#appointment#1", "state"]["expires_at"]["N"]) == until


def test_a_chain_that_moves_is_kept_as_much_longer(client: Any) -> None:
    chains = DynamoDbChains(client, "campaigns")
    chains.open_chain(CHAIN, Reference("appointment#1"))
    chains.save(replace(CHAIN, until_ms=CHAIN.until_ms + 200 * DAY_MS), version=1)
    expires = int(rows(client)["chain#reminder-1", "state"]["expires_at"]["N"])
    assert expires == int((NOW + timedelta(days=291)).timestamp())
