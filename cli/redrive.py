"""`switchboard redrive`: see what could not be published or accepted, and send it back to be tried again.

Sending back is receive, send, delete: a message may arrive twice, and none is lost, wherever it is interrupted. SQS's
own task for it (StartMessageMoveTask) does not say what it moves.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from rich.console import Console

from cli.campaign.place import EVENTS
from cli.counted import counted
from cli.deployed.aws import Aws, plainly
from cli.deployed.refusal import Refusal
from cli.deployed.stage_file import read_stage
from shared.adapters.event_schemas import BadEvent, EventSchemas

LOOK_MOST: Final = 1_000

_BATCH: Final = 10
"""The most messages SQS gives at a time."""
_HIDDEN_S: Final = 120
"""While it is looked at, a dead letter is given to nobody else."""
_ALL_SERVERS_S: Final = 1
"""A receive that waits asks all of SQS's servers; one that does not may miss messages."""


def redrive(stage: str | None, queue: str, *, look: bool, console: Console) -> tuple[str, list[str]]:
    """Send back what is stuck, or only look; gives the figures, and what fell short."""
    plan = read_stage(stage)
    aws = Aws.of_shell(os.environ)
    done = 0
    with plainly():
        letters = _dead_letters(aws, plan.name, queue)
        for letter in letters.look() if look else letters.send_back():
            done += 1
            line = f"{letter.what} {'is stuck' if look else 'sent back'}, since {letter.since}"
            console.print(line, markup=False, soft_wrap=True)
    more = " or more" if look and done == LOOK_MOST else ""
    return f"{counted(done, 'message')}{more} {'stuck' if look else 'sent back'} in {plan.name}", []


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was received too often without success. `id` is SQS's; `handle` is good for _HIDDEN_S."""

    id: str
    body: str
    sent_at: datetime
    handle: str

    @property
    def what(self) -> str:
        """The call, or who opted out; of an event of the company's own its kind and id, and what is wrong with it."""
        try:
            body = json.loads(self.body)
            about = body.get("call_sid") or body.get("opted_out")
            return str(about) if about else _event(body)
        except (ValueError, KeyError, TypeError):
            return f"message {self.id}, which names no call,"

    @property
    def since(self) -> str:
        return self.sent_at.astimezone().strftime("%Y-%m-%d %H:%M %Z")


class DeadLetters:
    """The dead-letter queue at `dead`, and the queue at `source` that it belongs to. Raises botocore's errors."""

    def __init__(self, client: Any, dead: str, source: str) -> None:
        self._client = client
        self._dead = dead
        self._source = source

    def look(self) -> list[DeadLetter]:
        """What is in it, up to LOOK_MOST; all of it stays where it is."""
        found = {letter.id: letter for letter in islice(self._take(), LOOK_MOST)}
        for letter in found.values():
            self._client.change_message_visibility(
                QueueUrl=self._dead, ReceiptHandle=letter.handle, VisibilityTimeout=0
            )
        return list(found.values())

    def send_back(self) -> Iterator[DeadLetter]:
        """Send each to the queue it came from; gives it when that is done.

        The same work is sent back once, so that what dies anew meanwhile stays, and the end is reached.
        """
        done: set[str] = set()
        for letter in self._take():
            if letter.body in done:
                continue
            done.add(letter.body)
            self._client.send_message(QueueUrl=self._source, MessageBody=letter.body)
            self._client.delete_message(QueueUrl=self._dead, ReceiptHandle=letter.handle)
            yield letter

    def _take(self) -> Iterator[DeadLetter]:
        """Until none is left to be seen."""
        request = {
            "QueueUrl": self._dead,
            "MaxNumberOfMessages": _BATCH,
            "VisibilityTimeout": _HIDDEN_S,
            "WaitTimeSeconds": _ALL_SERVERS_S,
            "MessageSystemAttributeNames": ["SentTimestamp"],
        }
        while messages := self._client.receive_message(**request).get("Messages"):
            yield from map(_letter, messages)


def _dead_letters(aws: Aws, stage: str, name: str) -> DeadLetters:
    client = aws.client("sqs")
    queue = f"switchboard-{stage}-{name}"
    try:
        dead, source = (client.get_queue_url(QueueName=name)["QueueUrl"] for name in (f"{queue}-dead", queue))
    except client.exceptions.QueueDoesNotExist:
        raise Refusal(f"there is no queue {queue} in {aws.region}; run `make deploy STAGE={stage}` first") from None
    return DeadLetters(client, dead, source)


def _event(body: Mapping[str, Any]) -> str:
    kind, detail = body["detail-type"], body["detail"]
    try:
        EventSchemas(EVENTS).check(kind, detail)
    except BadEvent as error:
        return f"{kind} {detail.get('id', '')} ({error})"
    return f"{kind} {detail['id']}"


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    sent_at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    return DeadLetter(message["MessageId"], message["Body"], sent_at, message["ReceiptHandle"])
