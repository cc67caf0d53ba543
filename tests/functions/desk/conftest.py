"""The desk on tables in memory, with connections that keep what is sent to them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.desk.dependencies import Carrier, Dependencies
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_desk.calls import DynamoDbDeskCalls
from shared.adapters.dynamodb_desk.connections import DynamoDbConnections
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_desk.reviews import DynamoDbReviews
from shared.adapters.dynamodb_desk.rows import table_spec
from shared.adapters.dynamodb_desk.transfers import DynamoDbHandedOver
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.adapters.twilio_recordings import TwilioRecordings
from shared.ports import NewCall, Person, ProviderError
from shared.ports.transfers import TransferStore
from shared.usecases.transfer import Switch
from tests.agents import front_door
from tests.fakes import FakeTelephony
from tests.usecases.clinic import ADDRESSES

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAM = Person("p-sam", "Sam Rivera", ("front_desk",), "+14155550171", "sam")
KIM = Person("p-kim", "Kim Lee", ("front_desk",), "sip:kim@example.com", "kim")
RECORDING = "RE" + "a" * 32

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


class Tapes:
    """The carrier's recordings over HTTP: one of a call, whose bytes are served whole or, if it can, in ranges."""

    SOUND = bytes(range(256)) * 10_000

    def __init__(self) -> None:
        self.url = ""
        self.knows_ranges = True
        self.call_sid = ""
        self.asked: list[tuple[str, str]] = []
        """Paths, and who asked."""

    def answer(self, path: str, wanted: str | None, credentials: str) -> tuple[int, bytes]:
        self.asked.append((path, credentials))
        if path.endswith(f"/Calls/{self.call_sid}/Recordings.json"):
            began = "Fri, 20 Nov 2026 12:00:00 +0000"
            kept = {"sid": RECORDING, "status": "completed", "start_time": began, "duration": "9", "channels": 2}
            return 200, json.dumps({"recordings": [kept]}).encode()
        if path.endswith("/Recordings.json"):
            return 200, b'{"recordings": []}'
        if wanted and self.knows_ranges:
            first, last = map(int, wanted.removeprefix("bytes=").split("-"))
            return 206, self.SOUND[first : last + 1]
        return 200, self.SOUND


@dataclass
class Desk:
    """Everything, at a time that stands still until it is moved."""

    deps: Dependencies
    lines: Lines
    events: Callable[[], Mapping[str, Any]]
    """What has been written into both tables since it was last asked, as Lambda gets it from their streams."""
    times: list[datetime]
    transfers: TransferStore
    telephony: FakeTelephony
    tapes: Tapes

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
def tapes() -> Iterator[Tapes]:
    tapes = Tapes()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = tapes.answer(self.path, self.headers.get("Range"), self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Nothing is said of requests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        tapes.url = f"http://127.0.0.1:{server.server_port}"
        yield tapes
        server.shutdown()
        thread.join()


@pytest.fixture
def desk(aws: tuple[Any, Any], tapes: Tapes) -> Desk:
    client, streams = aws
    telephony = FakeTelephony()
    names = [f"{kind}-{next(_tables)}" for kind in ("calls", "desk")]
    view = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
    made = [client.create_table(**table_spec(name), **view)["TableDescription"] for name in names]
    calls_table, desk_table = names
    times, lines, tickets = [NOON], Lines(), count(1)

    def now() -> datetime:
        return times[0]

    switch = Switch(
        calls=DynamoDbCalls(client, calls_table),
        transfers=DynamoDbTransfers(client, calls_table),
        telephony=telephony,
        people=DynamoDbPeople(client, desk_table, now=now),
        addresses=ADDRESSES,
        agents={"front_door": front_door()},
        now=now,
    )
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
        carrier=lambda: Carrier(switch, TwilioRecordings("token", url=tapes.url)),
    )
    readers = [_reader(streams, table["LatestStreamArn"]) for table in made]
    return Desk(
        deps,
        lines,
        lambda: {"Records": [record for read in readers for record in read()]},
        times,
        switch.transfers,
        telephony,
        tapes,
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
