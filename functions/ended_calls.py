"""What the tables' streams bring: calls that have just ended, payments, and who opted out go into the queue."""

from collections.abc import Mapping
from typing import Any

from shared.adapters.dynamodb_stream import captured_payments, ended_calls, opted_out
from shared.adapters.sqs_queue import SqsQueue


def hand_over(queue: SqsQueue, event: Mapping[str, Any]) -> None:
    """Put the calls, payments and opt-outs of one event of a stream into the queue.

    Raises ProviderError unless all of them are in: then Lambda brings the event again, and none goes missing.
    """
    ended = [{"call_sid": call_sid} for call_sid in ended_calls(event)]
    paid = [{"call_sid": call_sid, "payment": str(number)} for call_sid, number in captured_payments(event)]
    out = [{"opted_out": number} for number in opted_out(event)]
    if work := [*ended, *paid, *out]:
        queue.put(work)
