"""What the calls table's stream brings: calls that have just ended, and payments, go into the queue."""

from collections.abc import Mapping
from typing import Any

from shared.adapters.dynamodb_stream import captured_payments, ended_calls
from shared.adapters.sqs_queue import SqsQueue


def hand_over(queue: SqsQueue, event: Mapping[str, Any]) -> None:
    """Put the calls and payments of one event of the stream into the queue.

    Raises ProviderError unless all of them are in: then Lambda brings the event again, and no call goes missing.
    """
    ended = [{"call_sid": call_sid} for call_sid in ended_calls(event)]
    paid = [{"call_sid": call_sid, "payment": str(number)} for call_sid, number in captured_payments(event)]
    if work := [*ended, *paid]:
        queue.put(work)
