"""What a real table's stream brings, and which calls it says have ended."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_calls import DynamoDbCalls, table_spec
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_stream import ENDED, OPTED_OUT, ended_calls, opted_out, rows_of
from shared.core.call_status import CallStatus
from shared.core.rules.person import OptOut
from shared.usecases.report_call import report_call
from tests.usecases.clinic import CALL_SID, OTHER_SID, answered
from tests.usecases.finished_call import ENDED as AT
from tests.usecases.finished_call import finished

REGION = "eu-west-1"


@dataclass
class Streamed:
    """The table, and its stream as the Lambda's filter lets it through."""

    client: Any
    store: DynamoDbCalls
    stream: str

    def event(self, pattern: Any = ENDED) -> Mapping[str, Any]:
        records = boto3.client("dynamodbstreams", region_name=REGION)
        (shard,) = records.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"]
        at = records.get_shard_iterator(
            StreamArn=self.stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        found = records.get_records(ShardIterator=at["ShardIterator"])["Records"]
        return {"Records": [record for record in found if passes(record, pattern)]}


def passes(value: Any, pattern: Any = ENDED) -> bool:
    """Lambda's rules, as far as the filter needs them."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(passes(value.get(key), inner) for key, inner in pattern.items())
    return value is not None if pattern == [{"exists": True}] else value in pattern


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Streamed]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        images = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made = client.create_table(**table_spec("calls"), StreamSpecification=images)
        yield Streamed(client, DynamoDbCalls(client, "calls"), made["TableDescription"]["LatestStreamArn"])


def test_p5_a_call_has_one_end_whatever_is_written_after_it(table: Streamed) -> None:
    finished(table.store)
    table.store.advance_status(CALL_SID, CallStatus.COMPLETED, AT)
    report_call(table.store, CALL_SID)

    event = table.event()

    assert len(event["Records"]) > 1
    assert ended_calls(event) == [CALL_SID]


def test_calls_that_go_on_have_no_end(table: Streamed) -> None:
    answered(table.store, OTHER_SID)
    table.store.advance_status(OTHER_SID, CallStatus.IN_PROGRESS, AT)

    assert ended_calls(table.event()) == []


def test_o6_who_opts_out_does_so_once(table: Streamed) -> None:
    ledger = DynamoDbLedger(table.client, "calls")
    for how in ("text message", "said"):
        ledger.opt_out("+14155550142", OptOut(AT, how, "SM1"))

    assert opted_out(table.event(OPTED_OUT)) == ["+14155550142"]
    assert ended_calls(table.event()) == opted_out(table.event()) == []


def test_a_transcript_is_found_where_the_rows_are_said_to_be(table: Streamed) -> None:
    finished(table.store)
    where = rows_of("calls", CALL_SID)

    answer = table.client.query(
        TableName=where["table"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": where["pk"]}},
    )

    assert "my name is" in json.dumps(answer["Items"])
