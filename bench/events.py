"""`python -m bench.events`: events at a steady pace onto the bus of the deployed Core, each of which begins a chain.

Accepted is an event whose chain is in the table; lost is one that is neither that nor among the dead letters in the
end. The emulator runs beside, on the same machine, and so do the steps of the executions that begin. Before, for
comparison, the same events go as fast onto a bus with a bare queue behind it, which nobody reads.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cli.account import Account
from cli.children import Children
from cli.deployment import STAGE, deploy
from cli.stand_ins import aws_at, start_aws
from shared.adapters.dynamodb_live_chains import DynamoDbLiveChains

BATCH = 10
"""Events that EventBridge takes at a time."""
QUEUE = f"switchboard-{STAGE}-campaigns"
DRAIN_S = 900
LOOK_S = 2.0
WRITERS = 4
LAMBDAS = 3
FLOOR = "floor"
CAMPAIGN = "appointment_reminder"


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured."""

    sent: int
    sending_s: float
    chains: int
    dead: int
    longest_queue: int
    all_s: float
    """From the first event to the last chain."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.events")
    parser.add_argument("--per-second", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    with TemporaryDirectory() as logs, Children(Path(logs)) as children:
        aws_url = aws_at(start_aws(children), _say)
        deployed = deploy(children, aws_url, _say)
        account = Account(aws_url, "")
        _fit(account)
        measure(account, deployed.campaigns_table, per_second=BATCH, seconds=1, first=0)  # Lambdas have started
        floor_s = bare(account, given.per_second, given.seconds)
        run = measure(account, deployed.campaigns_table, given.per_second, given.seconds, first=1_000)
    sent = given.per_second * given.seconds
    print(f"floor: {sent} in a bare queue after {floor_s:.1f} s, {sent / floor_s:.0f} a second")
    lost = run.sent - run.chains - run.dead
    print(f"sent {run.sent} in {run.sending_s:.1f} s, {run.chains} chains after {run.all_s:.1f} s", end=", ")
    print(f"{run.chains / run.all_s:.0f} accepted a second, longest queue {run.longest_queue}, {run.dead} dead")
    short = f"short: {lost} lost, {run.dead} dead" if lost or run.dead else "ok"
    print(f"bench-events: {run.sent} events at {run.sent / run.sending_s:.0f} a second, {lost} lost: {short}")
    return int(bool(lost or run.dead))


def bare(account: Account, per_second: int, seconds: int) -> float:
    """How long it takes until all are in a queue that nobody reads, in seconds."""
    events, sqs = account.client("events"), account.client("sqs")
    events.create_event_bus(Name=FLOOR)
    events.put_rule(Name=FLOOR, EventBusName=FLOOR, EventPattern=json.dumps({"source": ["bench"]}))
    url = sqs.create_queue(QueueName=FLOOR)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule=FLOOR, EventBusName=FLOOR, Targets=[{"Id": FLOOR, "Arn": arn}])
    begun, end = time.monotonic(), time.monotonic() + DRAIN_S
    _send(account, FLOOR, per_second, range(per_second * seconds))
    while _messages(sqs, FLOOR) < per_second * seconds:
        if time.monotonic() > end:
            raise RuntimeError("the bare queue has lost events")
        time.sleep(LOOK_S)
    took_s = time.monotonic() - begun
    sqs.delete_queue(QueueUrl=url)
    return took_s


def measure(account: Account, table: str, per_second: int, seconds: int, *, first: int) -> Run:
    """Send so many a second, and wait until there is nothing left to accept."""
    live = DynamoDbLiveChains(account.client("dynamodb"), table)
    before, sqs = _count(live), account.client("sqs")
    begun, longest, sent = time.monotonic(), 0, per_second * seconds
    _send(account, f"switchboard-{STAGE}", per_second, range(first, first + sent))
    sending_s, end = time.monotonic() - begun, time.monotonic() + DRAIN_S
    while (waiting := _messages(sqs, QUEUE)) and time.monotonic() < end:  # the chains are counted when it is empty
        longest = max(longest, waiting)
        time.sleep(LOOK_S)
    all_s = time.monotonic() - begun
    return Run(sent, sending_s, _count(live) - before, _messages(sqs, f"{QUEUE}-dead"), longest, all_s)


def _fit(account: Account) -> None:
    """Have the queue read by as many Lambdas as two processors can run: more only wait for the emulator, and for each
    other, until they are given up."""
    functions = account.client("lambda")
    (queue,) = [
        mapping["UUID"]
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]
        if mapping["EventSourceArn"].endswith(f":{QUEUE}")
    ]
    functions.update_event_source_mapping(UUID=queue, ScalingConfig={"MaximumConcurrency": LAMBDAS})


def _send(account: Account, bus: str, per_second: int, numbers: range) -> None:
    """At a steady pace."""
    begun = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as writers:
        writes = []
        for at in range(0, len(numbers), BATCH):
            time.sleep(max(0.0, begun + at / per_second - time.monotonic()))
            writes.append(writers.submit(_put, account, bus, numbers[at : at + BATCH]))
        for write in writes:
            write.result()


def _put(account: Account, bus: str, numbers: range) -> None:
    entries = [
        {
            "EventBusName": bus,
            "Source": "bench",
            "DetailType": "appointment.upcoming",
            "Detail": json.dumps(_detail(number)),
        }
        for number in numbers
    ]
    answer = account.client("events").put_events(Entries=entries)
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"{answer['FailedEntryCount']} events were not taken")


def _detail(number: int) -> dict[str, Any]:
    """Somebody else's appointment, each in nine days: a chain begins, and waits."""
    starts_at = datetime.now(UTC) + timedelta(days=9)
    person = {"phone": f"+1415555{number:04}" if number < 10_000 else f"+1628{number:07}", "name": "Ann"}
    appointment = {"starts_at": starts_at.isoformat(timespec="seconds")}
    event_id = f"bench-{number}"
    return {"version": 1, "id": event_id, "reference": event_id, "person": person, "appointment": appointment}


def _messages(sqs: Any, name: str) -> int:
    """In the queue, whether they can be received or are worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[each]) for each in names)


def _count(live: DynamoDbLiveChains) -> int:
    return sum(1 for _ in live.live(CAMPAIGN))


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
