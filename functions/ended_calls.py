"""What the calls table's stream brings: calls that have just ended go into the queue."""

from collections.abc import Mapping
from typing import Any

from shared.adapters.dynamodb_stream import ended_calls
from shared.adapters.sqs_queue import SqsQueue


def hand_over(queue: SqsQueue, event: Mapping[str, Any]) -> None:
    """Put the calls of one event of the stream into the queue.

    Raises ProviderError unless all of them are in: then Lambda brings the event again, and no call goes missing.
    """
    if calls := ended_calls(event):
        queue.put([{"call_sid": call_sid} for call_sid in calls])
