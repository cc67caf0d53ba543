"""The desk on tables in memory, with connections that keep what is sent to them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.desk.dependencies import Dependencies
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_desk.calls import DynamoDbDeskCalls
from shared.adapters.dynamodb_desk.connections import DynamoDbConnections
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_desk.reviews import DynamoDbReviews
from shared.adapters.dynamodb_desk.rows import table_spec
from shared.adapters.dynamodb_desk.transfers import DynamoDbHandedOver
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.ports import NewCall, Person, ProviderError
from tests.agents import front_door

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAM = Person("p-sam", "Sam Rivera", ("front_desk",), "+14155550171")
KIM = Person("p-kim", "Kim Lee", ("front_desk",), "sip:kim@example.com")

_tables = count()


@dataclass
class Lines:
    """The pages' connections: what each was sent; those that are `gone`, and whether all of them fail."""

    sent: defaultdict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: set[str] = field(default_factory=set)
    failure: ProviderError | None = None

    def send(self, connection_id: str, message: bytes) -> bool:
        if self.failure:
            raise self.failure
        if connection_id in self.gone:
            return False
        self.sent[connection_id] += json.loads(message)["news"]
        return True

    def told(self, connection_id: str, kind: str) -> list[Mapping[str, Any]]:
        return [news for news in self.sent[connection_id] if news["kind"] == kind]


@dataclass
class Desk:
    """Everything, at a time that stands still until it is moved."""

    deps: Dependencies
    lines: Lines
    events: Callable[[], Mapping[str, Any]]
    """What has been written into both tables since it was last asked, as Lambda gets it from their streams."""
    times: list[datetime]
    transfers: DynamoDbTransfers

    def pass_by(self, seconds: float) -> datetime:
        self.times[0] += timedelta(seconds=seconds)
        return self.times[0]

    def connect(self, connection_id: str, person: Person, watching: str | None = None) -> None:
        self.deps.people.sign_in(person)
        self.deps.connections.issue(f"ticket-{connection_id}", person.id)
        assert self.deps.connections.open(connection_id, f"ticket-{connection_id}") == person.id
        self.deps.connections.watch(connection_id, watching)

    def ring(self, number: int = 1) -> str:
        """A call comes in; its sid."""
        sid = f"CA{number:032x}"
        at = self.times[0]
        new = NewCall(sid, "AC1", f"+1415555{number:04}", "+15550100123", "front_door", at, "hash", at, "en-US")
        assert self.deps.store.create(new)
        return sid


@pytest.fixture(scope="module")
def aws() -> Iterator[tuple[Any, Any]]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield tuple(boto3.client(name, region_name="eu-west-1") for name in ("dynamodb", "dynamodbstreams"))


@pytest.fixture
def desk(aws: tuple[Any, Any]) -> Desk:
    client, streams = aws
    names = [f"{kind}-{next(_tables)}" for kind in ("calls", "desk")]
    view = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
    made = [client.create_table(**table_spec(name), **view)["TableDescription"] for name in names]
    calls_table, desk_table = names
    times, lines, tickets = [NOON], Lines(), count(1)

    def now() -> datetime:
        return times[0]

    deps = Dependencies(
        store=DynamoDbCalls(client, calls_table),
        calls=DynamoDbDeskCalls(client, desk_table, now=now),
        people=DynamoDbPeople(client, desk_table, now=now),
        connections=DynamoDbConnections(client, desk_table, now=now),
        follow_ups=DynamoDbFollowUps(client, desk_table, now=now),
        reviews=DynamoDbReviews(client, calls_table),
        transfers=DynamoDbHandedOver(client, desk_table, now=now),
        agents={"front_door": front_door()},
        send=lines.send,
        now=now,
        new_ticket=lambda: f"t{next(tickets)}",
    )
    readers = [_reader(streams, table["LatestStreamArn"]) for table in made]
    return Desk(
        deps,
        lines,
        lambda: {"Records": [record for read in readers for record in read()]},
        times,
        DynamoDbTransfers(client, calls_table),
    )


def _reader(streams: Any, arn: str) -> Callable[[], list[Mapping[str, Any]]]:
    """Reads on from where it stopped. moto writes an upsert down twice, first with nothing but its key."""
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    place = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = [streams.get_shard_iterator(**place)["ShardIterator"]]

    def read() -> list[Mapping[str, Any]]:
        answer = streams.get_records(ShardIterator=iterator[0])
        iterator[0] = answer["NextShardIterator"]
        return [record for record in answer["Records"] if record["dynamodb"].get("NewImage", {}).keys() != {"pk", "sk"}]

    return read
